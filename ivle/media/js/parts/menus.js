// Menus are <details class="menu">: they work without us. With us, one is open at a time, and Esc or a click elsewhere closes it.

const openMenus = () => document.querySelectorAll('details.menu[open]');

/** Close every open menu except `kept`. */
export function closeMenus(kept = null) {
  for (const menu of openMenus()) {
    if (menu !== kept && !menu.contains(kept)) menu.open = false;
  }
}

function closeByKey(event) {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details.menu[open]') ?? openMenus()[0];
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
  event.stopPropagation();
}

function walkByKey(event) {
  const panel = event.target.closest?.('.menu-panel');
  if (!panel || !['ArrowDown', 'ArrowUp'].includes(event.key) || event.target.matches('input, textarea, select')) return;
  const items = [...panel.querySelectorAll('a[href], button:not(:disabled)')].filter((item) => item.offsetParent);
  const step = event.key === 'ArrowDown' ? 1 : -1;
  const next = (items.indexOf(event.target) + step + items.length) % items.length;
  items[next]?.focus();
  event.preventDefault();
}

/** Keep the menus of the page in order. */
export function watchMenus(root) {
  root.addEventListener('keydown', closeByKey);
  root.addEventListener('keydown', walkByKey);
  root.addEventListener('click', (event) => closeMenus(event.target.closest?.('details.menu') ?? null));
  root.addEventListener(
    'toggle',
    (event) => {
      if (!event.target.matches?.('details.menu[open]')) return;
      // The browser tells a moment later: whoever has gone to a field meanwhile stays there.
      if (event.target.querySelector('.menu-panel')?.contains(document.activeElement)) return;
      event.target.querySelector('.menu-panel input:not([type=hidden]), .menu-panel textarea')?.focus();
    },
    true,
  );
}
