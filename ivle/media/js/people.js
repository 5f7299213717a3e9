// Tables of people: rows are hidden as one types, and what was typed is found in any cell.

const plural = (count) => (count === 1 ? '1 shown' : `${count} shown`);

function filter(input, table, told) {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  told.textContent = words.length ? plural(shown) : '';
}

for (const input of document.querySelectorAll('input[data-filter]')) {
  const table = document.getElementById(input.dataset.filter);
  if (!table) continue;
  const told = input.parentElement.querySelector('[data-filter-count]');
  input.addEventListener('input', () => filter(input, table, told));
}
