// The Version menu: saves first, then asks the site, and says what came of it without leaving the text.

import { ask, toast } from '../parts/site.js';
import { closeMenus } from '../parts/menus.js';

const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

async function act(form, file) {
  const { done, reload } = form.dataset;
  const error = form.querySelector('[data-error]');
  const button = form.querySelector('button');
  error.hidden = true;
  button.disabled = true;
  try {
    if (file.isDirty && !(await file.save())) throw new Error('Your text could not be saved, so nothing was done with its versions.');
    const { csrf_token: _, ...fields } = Object.fromEntries(new FormData(form));
    const answer = await ask(form.action, { method: 'POST', body: fields });
    closeMenus();
    form.reset();
    if (reload !== undefined) {
      file.draft.forget();
      location.reload();
    } else {
      toast('pass', answer.revision === null ? 'There was nothing new to save.' : filled(done, answer));
    }
  } catch (failure) {
    error.textContent = failure.message;
    error.hidden = false;
  } finally {
    button.disabled = false;
  }
}

/** Keep the forms of the Version menu on this page. */
export function watchVersionForms(file) {
  for (const form of document.querySelectorAll('[data-version-form]')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      act(form, file);
    });
  }
}
