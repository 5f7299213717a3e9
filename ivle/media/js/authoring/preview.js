// A preview that follows what is typed: asked for when the typing pauses, the latest answer wins.

import { ask, make } from '../parts/site.js';
import { goToLine } from './fields.js';

const PAUSE_MS = 350;
const LINE = /^Line (\d+): /;

function problem(sentence, textarea) {
  const line = sentence.match(LINE);
  if (!line) return make('li', { textContent: sentence });
  const link = make('button', { type: 'button', textContent: sentence });
  link.addEventListener('click', () => goToLine(textarea, Number(line[1])));
  return make('li', {}, link);
}

/** Write the problems of a text below its field; those with a line lead to it. */
export function tellProblems(place, sentences, textarea) {
  place.replaceChildren(...(sentences.length ? [make('ul', {}, ...sentences.map((sentence) => problem(sentence, textarea)))] : []));
}

/** Let the Tab key reach what scrolls sideways in a text. */
export function makeReachable(shown) {
  for (const block of shown.querySelectorAll('pre, table, .formula')) block.tabIndex = 0;
}

/** Return a function to call at every change. `given()` is what to send, `shown` the element, `problems` where sentences go. */
export function followTyping({ url, given, shown, problems, textarea }) {
  let timer = null;
  makeReachable(shown);
  let asking = null;
  const renew = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await ask(url, { method: 'POST', body: given(), signal });
      // The site has cleaned it: ivle/teaching/clean.py.
      shown.innerHTML = answer.html;
      makeReachable(shown);
      tellProblems(problems, answer.problems, textarea);
      delete shown.dataset.isOld;
    } catch (error) {
      if (error.name === 'AbortError') return;
      shown.dataset.isOld = '';
      tellProblems(problems, [`The preview is that of an earlier text. ${error.message}`], textarea);
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(renew, PAUSE_MS);
  };
}
