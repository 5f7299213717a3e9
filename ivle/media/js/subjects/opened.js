// A row of the progress board opens in place: its student's newest attempt, with what failed. Each look is recorded by the site.

import { ask, make } from '../parts/site.js';
import { inWords } from '../parts/times.js';

const STATES = { waiting: 'is being tested', void: 'could not be judged', judged: 'does not pass' };
const detailOf = (row) => (row.nextElementSibling?.matches('tr.opened') ? row.nextElementSibling : null);

function failure(found) {
  const item = make('li', {}, found.name || found.message || 'A test failed.');
  if (found.expected === undefined) return item;
  item.append(': expected ', make('code', { textContent: found.expected }), ', got ', make('code', { textContent: found.actual }));
  return item;
}

function wrong(told) {
  const { error, fault } = told;
  if (fault) return [make('li', {}, [fault.where, fault.message].filter(Boolean).join(': '))];
  const failed = (told.cases ?? []).filter((found) => !found.passed).map(failure);
  return error ? [make('li', {}, [error.name, error.message].filter(Boolean).join(': ')), ...failed] : failed;
}

function shown(told) {
  const words = told.passed ? 'passes' : STATES[told.state];
  const sentences = wrong(told);
  return [
    make('p', {}, `Attempt ${told.number}, `, make('time', { dateTime: told.date, textContent: inWords(new Date(told.date)) }), `: ${words}.`),
    ...(sentences.length ? [make('ul', {}, ...sentences)] : []),
    make('pre', { className: 'kept-code', tabIndex: 0, textContent: told.code, attributes: { 'aria-label': 'The code of this attempt' } }),
  ];
}

async function open(row, button) {
  const cell = make('td', { colSpan: row.cells.length });
  const place = make('div', { attributes: { role: 'status' } });
  cell.append(place);
  row.after(make('tr', { className: 'opened' }, cell));
  button.setAttribute('aria-expanded', 'true');
  try {
    place.replaceChildren(...shown(await ask(row.dataset.latest)));
  } catch (error) {
    place.replaceChildren(make('p', { textContent: `The attempt cannot be shown. ${error.message}` }));
  }
}

/** Close what a row has opened. */
export function closeRow(row) {
  detailOf(row)?.remove();
  row.querySelector('[data-open-row]')?.setAttribute('aria-expanded', 'false');
}

/** Let the buttons in the rows of a table open and close them; Esc closes, too. */
export function watchRows(table) {
  table.addEventListener('click', (event) => {
    const button = event.target.closest('[data-open-row]');
    if (!button) return;
    const row = button.closest('tr');
    if (detailOf(row)) closeRow(row);
    else open(row, button);
  });
  table.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const inside = event.target.closest('tr');
    const row = inside.matches('.opened') ? inside.previousElementSibling : inside;
    if (!detailOf(row)) return;
    closeRow(row);
    row.querySelector('[data-open-row]').focus();
  });
}
