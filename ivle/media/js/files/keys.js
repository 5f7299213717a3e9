// The listing by keyboard: arrows go from row to row, F2 renames, Delete deletes, Esc selects nothing.

const linkOf = (row) => row.querySelector('a[data-open]') ?? row.querySelector('input');

function step(row, key) {
  const rows = row.parentElement.rows;
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: rows[0], End: rows[rows.length - 1] }[key];
  if (next) linkOf(next)?.focus();
}

/** Answer to the keys of a listing while one of its rows has the focus. */
export function watchKeys(table, selection) {
  const acts = {
    F2: (row) => {
      selection.only(row);
      selection.open('rename');
    },
    Delete: (row) => {
      if (!selection.chosen.length) selection.only(row);
      selection.press('delete');
    },
    ' ': (row) => selection.toggle(row),
    Escape: () => selection.chosen.length && selection.clear(),
  };
  table.addEventListener('keydown', (event) => {
    const row = event.target.closest('tbody tr');
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) {
      event.preventDefault();
      step(row, event.key);
      return;
    }
    const act = selection.bar && acts[event.key];
    // A space on a checkbox or a button is its own.
    if (!act || (event.key === ' ' && event.target.matches('input, button, a[data-more]'))) return;
    event.preventDefault();
    act(row);
  });
}
