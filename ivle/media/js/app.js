// On every page: menus that close, times in the reader's own zone, how close rows stand, the list of shortcuts.

import { watchDensity } from './parts/density.js';
import { watchMenus } from './parts/menus.js';
import { localiseTimes } from './parts/times.js';
import { watchShortcutHelp } from './parts/shortcuts.js';

watchMenus(document);
localiseTimes(document);
watchDensity();
watchShortcutHelp();
