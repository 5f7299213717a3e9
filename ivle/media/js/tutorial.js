// Pages with exercises: a worksheet, or one exercise by itself.

import { Exercise } from './tutorial/exercise.js';
import { Trying } from './tutorial/trying.js';

const root = document.querySelector('[data-tutorial]');
const { login, nonce } = root.dataset;
const trying = root.dataset.console ? new Trying(root.querySelector('[data-console-panel]'), root.dataset) : null;

/** Count an exercise as done in the heading of its worksheet. */
function completed(exercise) {
  const shown = document.querySelector('[data-completion]');
  if (!shown || exercise.isOptional) return;
  const done = Number(shown.dataset.done) + 1;
  const total = Number(shown.dataset.total);
  shown.dataset.done = done;
  shown.textContent = `${done} of ${total} ${total === 1 ? 'exercise' : 'exercises'}`;
  if (done >= total) shown.closest('.state').classList.add('pass');
}

function stateChanged(identifier, words) {
  const shown = document.querySelector(`[data-state-of="${CSS.escape(identifier)}"]`);
  if (shown) shown.textContent = words;
}

for (const element of document.querySelectorAll('[data-exercise]')) new Exercise(element, { login, nonce, trying, completed, stateChanged });
