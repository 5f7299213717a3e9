// The progress board renews itself: every ten seconds while it is looked at, cell by cell, so that the reader's place stays.

import { ask, icon, make } from './parts/site.js';
import { inWords, timeOfDay } from './parts/times.js';
import { closeRow, watchRows } from './subjects/opened.js';

const SECONDS = 10;
const board = document.querySelector('[data-progress]');

const CELLS = {
  exercise: (student) =>
    student.attempts_url ? make('a', { href: student.attempts_url, textContent: student.exercise_name }) : (student.exercise_name ?? '–'),
  result: (student) => student.result_words,
  failures: (student) => String(student.failures),
  last: (student) => (student.last ? make('time', { dateTime: student.last, textContent: inWords(new Date(student.last)) }) : '–'),
  done: (student) => (student.exercise ? `${student.done} of ${student.total}` : '–'),
  stuck: (student) => (student.stuck ? make('span', { className: 'state warn' }, icon('warning'), student.stuck) : '–'),
};

function renew(row, student) {
  let isChanged = false;
  for (const [name, content] of Object.entries(CELLS)) {
    const cell = row.querySelector(`[data-cell="${name}"]`);
    const fresh = make('td', {}, content(student));
    if (cell.textContent.trim() === fresh.textContent) continue;
    cell.replaceChildren(...fresh.childNodes);
    isChanged = true;
  }
  row.classList.toggle('changed', isChanged);
  row.dataset.latest = student.latest_url ?? '';
  row.querySelector('[data-open-row]').hidden = !student.latest_url;
}

/** Show what the site says now. Whoever came or went since the page was loaded needs the page anew. */
function show(told) {
  const rows = new Map([...board.querySelectorAll('tr[data-login]')].map((row) => [row.dataset.login, row]));
  for (const student of told.students) {
    const row = rows.get(student.login);
    if (row) renew(row, student);
    rows.delete(student.login);
  }
  for (const row of rows.values()) {
    closeRow(row);
    row.remove();
  }
  const isMissing = told.students.some((student) => !board.querySelector(`tr[data-login="${CSS.escape(student.login)}"]`));
  board.querySelector('[data-stuck-count]').textContent = told.students.filter((student) => student.stuck).length;
  board.querySelector('[data-count]').textContent = told.students.length;
  return isMissing;
}

async function look() {
  const freshness = board.querySelector('[data-freshness]');
  try {
    const isMissing = show(await ask(board.dataset.progress));
    freshness.textContent = `As of ${timeOfDay(new Date())}.${isMissing ? ' Somebody was enrolled: reload the page to see them.' : ''}`;
  } catch (error) {
    freshness.textContent = `Not renewed: ${error.message}`;
  }
}

if (board) {
  watchRows(board);
  setInterval(() => {
    if (document.visibilityState === 'visible') look();
  }, SECONDS * 1000);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') look();
  });
}
