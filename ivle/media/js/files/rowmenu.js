// The menu of one row, under ⋯ and by the context menu alike: one menu, filled for the row that asks.

import { icon, make } from '../parts/site.js';

const EDGE = 8;

function entriesOf(row, root, selection) {
  const open = row.querySelector('a[data-open]');
  const { mayWrite } = root.dataset;
  const { site } = document.documentElement.dataset;
  const bare = open.pathname;
  const below = (segment) => `${site}${segment}/${bare.slice(`${site}files/`.length)}`;
  const isDirectory = row.dataset.kind === 'directory';
  const link = (title, drawing, href, more = {}) => make('a', { href, role: 'menuitem', ...more }, icon(drawing), title);
  const button = (title, drawing, act) => {
    const made = make('button', { type: 'button', role: 'menuitem' }, icon(drawing), title);
    made.addEventListener('click', act);
    return made;
  };
  const choose = (act) => () => {
    selection.only(row);
    act();
  };
  const entries = [link('Open', isDirectory ? 'files' : 'edit', open.href)];
  if (row.dataset.serve === 'yes') entries.push(link('Serve', 'serve', below('serve') + (isDirectory ? '/' : ''), { target: '_blank', rel: 'noopener' }));
  if (root.dataset.download === 'yes') entries.push(link(isDirectory ? 'Download as zip' : 'Download', 'download', below('download') + open.search));
  if (row.dataset.versioned === 'yes') {
    entries.push(link('Changes since the last version', 'diff', `${bare}/@@diff`), link('History', 'history', `${bare}/@@log`));
  }
  if (mayWrite === 'yes') {
    entries.push(
      button('Rename', 'rename', choose(() => selection.open('rename'))),
      button('Move or copy', 'move', choose(() => selection.open('move'))),
      button('Delete', 'trash', choose(() => selection.press('delete'))),
    );
  }
  entries.push(link('Details', 'info', row.querySelector('a[data-more]').href));
  return entries;
}

/** Give the rows of a listing their menu. */
export function watchRowMenus(root, selection) {
  const menu = make('div', { className: 'menu-panel row-menu', hidden: true, attributes: { role: 'menu' } });
  document.body.append(menu);
  let asker = null;

  const close = () => {
    if (menu.hidden) return;
    menu.hidden = true;
    asker?.setAttribute('aria-expanded', 'false');
  };

  const show = (row, x, y) => {
    asker = row.querySelector('a[data-more]');
    asker.setAttribute('aria-expanded', 'true');
    menu.setAttribute('aria-label', `What to do with ${row.dataset.name}`);
    menu.replaceChildren(...entriesOf(row, root, selection));
    menu.hidden = false;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`;
    menu.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
    menu.firstElementChild.focus();
  };

  for (const link of root.querySelectorAll('a[data-more]')) {
    link.setAttribute('role', 'button');
    link.setAttribute('aria-haspopup', 'menu');
    link.setAttribute('aria-expanded', 'false');
  }
  const openFrom = (link, event) => {
    event.preventDefault();
    const { right, bottom } = link.getBoundingClientRect();
    show(link.closest('tr'), right - 240, bottom + 4);
  };
  root.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-more]');
    if (link) openFrom(link, event);
  });
  root.addEventListener('keydown', (event) => {
    if (event.key === ' ' && event.target.matches('a[data-more]')) openFrom(event.target, event);
  });
  root.addEventListener('contextmenu', (event) => {
    const row = event.target.closest('tbody tr');
    // On a link the browser's own menu stays: it opens new tabs.
    if (!row?.querySelector('a[data-more]') || event.target.closest('a, input')) return;
    event.preventDefault();
    show(row, event.clientX, event.clientY);
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('a[data-more]')) close();
  });
  document.addEventListener('keydown', (event) => {
    if (menu.hidden || event.key !== 'Escape') return;
    close();
    asker.focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
  });
  addEventListener('scroll', close, { passive: true });
}
