// The file listing: sorting in place, the selection bar, the row menu, keys, forms that keep what was typed, uploads.

import { keepForms } from './files/forms.js';
import { watchKeys } from './files/keys.js';
import { watchRowMenus } from './files/rowmenu.js';
import { Selection } from './files/selection.js';
import { sortInPlace } from './files/sorting.js';
import { watchUploads } from './files/uploads.js';
import { toast } from './parts/site.js';

const root = document.querySelector('[data-files]');
const table = root.querySelector('table');
const mayWrite = root.dataset.mayWrite === 'yes';

const said = sessionStorage.getItem('ivle-said');
if (said) {
  sessionStorage.removeItem('ivle-said');
  toast('pass', said);
}

if (table) {
  sortInPlace(table);
  const selection = new Selection(root);
  watchKeys(table, selection);
  watchRowMenus(root, selection);
}
if (mayWrite) {
  keepForms(document);
  watchUploads(root);
}
