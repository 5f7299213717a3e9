// Verdicts: what failed with expected beside actual, what passed folded, and what can be done from there.

import { icon, make } from '../parts/site.js';
import { differences } from './differences.js';
import { beginning } from './stepping.js';

const SHOWN_WHITE = { ' ': '·', '\t': '→\t', '\n': '⏎\n', '\u00a0': '⍽' };

/** Return a text as nodes; `showsWhite` makes spaces and line ends visible. */
function nodes(text, showsWhite) {
  if (!showsWhite) return [text];
  return text.split(/([ \t\n\u00a0])/).map((part) => (SHOWN_WHITE[part] ? make('span', { className: 'white', textContent: SHOWN_WHITE[part] }) : part));
}

function fill(element, pieces, showsWhite) {
  element.replaceChildren(...pieces.flatMap(({ text, differs }) => (differs ? [make('mark', {}, ...nodes(text, showsWhite))] : nodes(text, showsWhite))));
}

/** Return the row of what can be done from a test that failed. */
function deedsOf(element) {
  const failure = element.closest('details');
  const found = failure.querySelector(':scope > .row');
  if (found) return found;
  const row = make('div', { className: 'row' });
  failure.append(row);
  return row;
}

/** Mark in a grid of expected and actual where they differ, and offer to show whitespace. */
function compare(grid) {
  const [expected, actual] = [grid.querySelector('[data-expected]'), grid.querySelector('[data-actual]')];
  if (!expected) return;
  const [one, other] = differences(expected.textContent, actual.textContent);
  const show = (showsWhite) => {
    fill(expected, one, showsWhite);
    fill(actual, other, showsWhite);
  };
  show(false);
  const button = make('button', { type: 'button', className: 'plain', textContent: 'Show whitespace', attributes: { 'aria-pressed': 'false' } });
  button.addEventListener('click', () => {
    const isOn = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isOn));
    show(isOn);
  });
  deedsOf(grid).prepend(button);
}

function deed(drawing, words, call, act) {
  const button = make('button', { type: 'button' }, icon(drawing), words, ' ', make('span', { className: 'aside', textContent: call }));
  button.addEventListener('click', () => act(call));
  return button;
}

/** Bring a verdict to life that stands in the page. `goToLine(n)` shows a line, `run(call)` runs one, `step(call)` goes through it line by line; null where there is no console. */
export function enliven(root, { goToLine, run, step }) {
  for (const grid of root.querySelectorAll('[data-compared]')) compare(grid);
  for (const named of root.querySelectorAll('[data-line]')) {
    const link = make('a', { className: 'line-link', href: '#', textContent: named.textContent });
    link.addEventListener('click', (event) => {
      event.preventDefault();
      goToLine(Number(named.dataset.line));
    });
    named.replaceWith(link);
  }
  for (const failure of root.querySelectorAll('details.failure[data-call]')) {
    if (!run) break;
    const { call } = failure.dataset;
    deedsOf(failure).append(deed('play', 'Run this', call, run), ...(beginning(call) ? [deed('down', 'Step through this', call, step)] : []));
  }
}

const lineOf = (line) => make('span', { textContent: `Line ${line}`, data: { line } });
const named = (found) => (found.call ? make('code', { textContent: found.call }) : found.name);
const trace = (error, className = '') => make('details', { className }, make('summary', { textContent: 'What Python says' }), make('pre', { className: 'trace', textContent: error.traceback }));

/** Return a sentence in which what stands in backticks is code. */
function explanation(words) {
  if (!words) return '';
  return make('p', { className: 'explanation' }, ...words.split('`').map((part, place) => (place % 2 ? make('code', { textContent: part }) : part)));
}


function compared({ expected, actual }) {
  if (actual === undefined) return '';
  const side = (label, text, mark) => [
    make('dt', { textContent: label }),
    make('dd', {}, make('pre', { textContent: text, tabIndex: 0, data: { [mark]: '' }, attributes: { 'aria-label': label } })),
  ];
  return make('dl', { className: 'compared', data: { compared: '' } }, ...(expected === undefined ? [] : side('Expected', expected, 'expected')), ...side('Yours', actual, 'actual'));
}

function failure(found, isFirst) {
  const summary = make('summary', {}, icon('cross'), named(found), make('span', { className: 'quiet', textContent: 'did not pass' }));
  const words = make('p', { className: 'failure-words' }, `${found.message} `, found.line ? lineOf(found.line) : '');
  const input = found.stdin ? [make('p', { className: 'small quiet', textContent: 'Input of this test' }), make('pre', { className: 'shown-text', textContent: found.stdin })] : [];
  const shown = make(
    'details',
    { className: 'failure', open: isFirst, data: found.call ? { call: found.call } : {} },
    summary,
    words,
    ...input,
    compared(found),
    found.detail ? make('p', { className: 'small', textContent: found.detail }) : '',
    explanation(found.explanation),
    found.error?.traceback ? trace(found.error, 'inner') : '',
  );
  return shown;
}

function passes(found) {
  const lines = found.map((one) => make('li', {}, named(one), ' ', make('span', { className: 'quiet', textContent: one.message })));
  return make('details', { className: 'passes' }, make('summary', {}, icon('check'), `${found.length} passed`), make('ul', {}, ...lines));
}

function wholeError(error) {
  const isPythons = ['exception', 'syntax'].includes(error.kind) && error.name;
  const words = make('p', { className: 'failure-words' }, ...(error.line ? [lineOf(error.line), ': '] : []), ...(isPythons ? [make('code', { textContent: error.name }), ': '] : []), error.message);
  return make('div', { className: 'failure' }, words, explanation(error.explanation), error.traceback ? trace(error) : '');
}

function headline(told) {
  const isVoid = told.state === 'void';
  const [kind, drawing, words] = told.passed ? ['pass', 'check', 'Passed'] : isVoid ? ['warn', 'warning', 'Void'] : ['fail', 'cross', 'Not yet'];
  const late = told.counts === false ? ' · after the cutoff: kept, and does not count for marks' : '';
  return make(
    'p',
    { className: 'verdict-line' },
    make('span', { className: `state ${kind}` }, icon(drawing), words),
    make('span', { className: 'quiet', textContent: `attempt ${told.number}${late}` }),
  );
}

function casesShown(all) {
  const failed = all.filter((one) => !one.passed);
  const passed = all.filter((one) => one.passed);
  return [...failed.map((one, place) => failure(one, place === 0)), ...(passed.length ? [passes(passed)] : [])];
}

/** Return the nodes of a verdict. */
export function verdictNodes(told) {
  return [headline(told), ...(told.error ? [wholeError(told.error)] : []), ...casesShown(told.cases)];
}

/** Return the nodes of an attempt that waits: its place, or the tests that are done. */
export function waitingNodes(waiting) {
  const words = make('p', { className: 'notice' }, icon('clock'), make('span', { textContent: waitingWords(waiting) }));
  return [words, ...(waiting.suites ? casesShown(waiting.suites) : [])];
}

export function waitingWords(waiting) {
  if (waiting.message) return waiting.message;
  if (waiting.suites) return `Being tested. Tests done so far: ${waiting.done} of ${waiting.total}.`;
  return `Waits to be tested: number ${waiting.place}, about ${waiting.seconds} s. You can go away; it is tested all the same.`;
}

/** Return a verdict in one sentence, for those who hear the page. */
export function inOneSentence(told) {
  if (told.passed) return 'Passed.';
  if (told.error) return told.state === 'void' ? told.error.message : `Not yet. ${told.error.message}`;
  const failed = told.cases.filter((one) => !one.passed);
  const [first] = failed;
  if (!first) return 'Not yet.';
  const which = told.cases.length === 1 ? 'the test did not pass' : `${failed.length} of ${told.cases.length} tests did not pass`;
  return `Not yet: ${which}. ${first.name}: ${first.message}`;
}
