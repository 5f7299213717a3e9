// Forms that stay when the site refuses: what was typed is kept, and the reason stands beside it.

import { ask, make } from '../parts/site.js';

const SINGLE = new Set(['name', 'new_name', 'to', 'message', 'choice', 'revision']);

/** Return a form's fields as the site wants them: several names in lists, all else once. */
function fieldsOf(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name === 'csrf_token') continue;
    if (SINGLE.has(name)) {
      // The panels of one form share field names: the one that was filled in counts.
      fields[name] ||= value;
    } else {
      (fields[name] ??= []).push(value);
    }
  }
  return fields;
}

const chosenIn = (fields) => (fields.names?.length ?? 0) + (fields.names_raw?.length ?? 0);
const things = (count) => (count === 1 ? '1 thing' : `${count} things`);

/** What was done, in words, by the view that did it. */
const DONE = {
  mkdir: (fields) => `Made the directory ${fields.name}.`,
  rename: (fields) => `Renamed to ${fields.new_name}.`,
  move: (fields) => `Moved ${things(chosenIn(fields))} to ${fields.to}.`,
  copy: (fields) => `Copied ${things(chosenIn(fields))} to ${fields.to}.`,
  delete: (fields) => `Moved ${things(chosenIn(fields))} to the trash.`,
  'svn-add': (fields) => `The next version will hold ${things(chosenIn(fields))} more.`,
  'svn-remove': (fields) => `The next version will be without ${things(chosenIn(fields))}.`,
  'svn-revert': (fields) => `Undid the changes of ${things(chosenIn(fields))}.`,
  'svn-resolve': (fields) => `Settled the conflict of ${things(chosenIn(fields))}.`,
  'svn-update': (_, answer) => `Now at revision ${answer.revision}.`,
  'svn-commit': (_, answer) => (answer.revision === null ? 'There was nothing new to save.' : `Saved a version: revision ${answer.revision}.`),
  'svn-cleanup': () => 'Cleaned up.',
};

function errorBeside(button, form) {
  const panel = button.closest('.menu-panel') ?? form;
  let error = panel.querySelector('[data-error]');
  if (!error) {
    error = make('p', { className: 'field-error', attributes: { role: 'alert' }, data: { error: '' } });
    (button.closest('form') === panel ? panel : button.parentElement.classList.contains('row') ? button.parentElement : button).after(error);
  }
  return error;
}

async function send(form, button) {
  const action = button.hasAttribute('formaction') ? button.formAction : form.action;
  const view = action.split('@@')[1];
  const fields = fieldsOf(form);
  const error = errorBeside(button, form);
  error.hidden = true;
  button.disabled = true;
  try {
    const answer = await ask(action, { method: 'POST', body: fields });
    if (view === 'new-file') {
      location.assign(`${action.split('@@')[0]}${encodeURIComponent(fields.name)}`);
      return;
    }
    sessionStorage.setItem('ivle-said', DONE[view](fields, answer));
    location.reload();
  } catch (failure) {
    error.textContent = failure.message;
    error.hidden = false;
    button.disabled = false;
  }
}

/** Send the forms of this page without leaving it. */
export function keepForms(root) {
  for (const form of root.querySelectorAll('form[data-quiet]')) {
    form.addEventListener('submit', (event) => {
      const button = event.submitter ?? form.querySelector('button');
      if (button.dataset.native !== undefined) return;
      event.preventDefault();
      send(form, button);
    });
    // Enter in a field presses the button of its own panel, not the first of the whole form.
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.target.matches('input:not([type=checkbox])')) return;
      const button = event.target.closest('.menu-panel')?.querySelector('button[formaction]');
      if (!button) return;
      event.preventDefault();
      button.click();
    });
  }
}
