// On every page: menus that close, times in the reader's own zone, the list of shortcuts.

import { watchMenus } from './shared/menus.js';
import { localiseTimes } from './shared/times.js';
import { watchShortcutHelp } from './shared/shortcuts.js';

watchMenus(document);
localiseTimes(document);
watchShortcutHelp();
