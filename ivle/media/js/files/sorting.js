// Sorting without asking the site again, while the whole listing is on this page.

import { icon } from '../parts/site.js';

const collator = new Intl.Collator(undefined, { numeric: true });
const byName = (one, other) => collator.compare(one.dataset.name, other.dataset.name);
const ORDERS = {
  name: byName,
  version: (one, other) => collator.compare(one.dataset.state, other.dataset.state) || byName(one, other),
  size: (one, other) => one.dataset.size - other.dataset.size || byName(one, other),
  modified: (one, other) => (one.dataset.modified ?? '').localeCompare(other.dataset.modified ?? '') || byName(one, other),
};
const rank = (row) => (row.dataset.kind === 'directory' ? 0 : 1);

/** Let the headings of `table` sort its rows; directories stay first. */
export function sortInPlace(table) {
  if (document.querySelector('.pages')) return;
  const body = table.tBodies[0];
  table.tHead.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-sort]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const heading = link.parentElement;
    const isDown = heading.getAttribute('aria-sort') === 'ascending';
    const order = ORDERS[link.dataset.sort];
    const rows = [...body.rows].sort((one, other) => rank(one) - rank(other) || (isDown ? order(other, one) : order(one, other)));
    body.append(...rows);
    for (const other of table.tHead.querySelectorAll('th[aria-sort]')) {
      other.removeAttribute('aria-sort');
      other.querySelector('.icon').remove();
    }
    heading.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
    link.append(icon(isDown ? 'sorted' : 'up'));
  });
}
