// Hints: revealed one by one, when the reader asks.

import { ask, make } from '../parts/site.js';

/** Watch the hints of an exercise; `notices` shows a refusal. */
export function watchHints(element, notices) {
  const form = element?.querySelector('[data-hint-form]');
  if (!form) return;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const { number, html, count } = await ask(form.action, { method: 'POST', body: {} });
      reveal(element, form, number, html, count);
    } catch (error) {
      notices.failed(error);
    }
  });
}

function reveal(element, form, number, html, count) {
  const text = make('div', { className: 'authored' });
  // Cleaned by the site, by the same list as what stands in its pages.
  text.innerHTML = html;
  const summary = make('summary', { textContent: `Hint ${number} of ${count}` });
  for (const other of element.querySelectorAll('details')) other.open = false;
  form.before(make('details', { className: 'hint', open: true }, summary, text));
  form.querySelector('[data-hint-words]').textContent = `Show hint ${number + 1} of ${count}`;
  form.hidden = number >= count;
  summary.focus();
}
