// The page of a console: puts the console where the plain form stood.

import { mountConsole } from './console.js';

const place = document.querySelector('[data-console]');
const { cwd, key } = place.dataset;
const mounted = mountConsole(place, { cwd, key: key || null });
mounted.focus();
