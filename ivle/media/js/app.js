// On every page: menus that close, times in the reader's own zone, the list of shortcuts.

import { watchMenus } from './parts/menus.js';
import { localiseTimes } from './parts/times.js';
import { watchShortcutHelp } from './parts/shortcuts.js';

watchMenus(document);
localiseTimes(document);
watchShortcutHelp();
