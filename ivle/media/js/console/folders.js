// The dialog that asks in which directory a new console starts.

import { ask, make } from '../parts/site.js';

/** Ask for a directory, beginning with `cwd`; the promise gives "/151", or null when the person leaves. */
export function askForFolder(site, cwd) {
  const list = make('datalist', { id: 'console-folders' });
  const field = make('input', { id: 'console-folder', value: cwd, required: true, autocomplete: 'off', spellcheck: false, attributes: { autocapitalize: 'off', list: list.id } });
  const leave = make('button', { type: 'button', textContent: 'Cancel' });
  const form = make(
    'form',
    { method: 'dialog' },
    make('h2', { textContent: 'New console' }),
    make('div', { className: 'field' }, make('label', { htmlFor: field.id, textContent: 'Directory' }), field, list),
    make('div', { className: 'row' }, make('button', { className: 'main', textContent: 'Start' }), leave),
  );
  const dialog = make('dialog', { attributes: { 'aria-label': 'New console' } }, form);
  ask(`${site}files/~`).then(
    ({ entries = [] }) => list.replaceChildren(...['/', ...entries.filter(({ kind }) => kind === 'directory').map(({ name }) => `/${name}`)].map((value) => make('option', { value }))),
    // Without the list one types the name.
    () => {},
  );
  leave.addEventListener('click', () => dialog.close());
  document.body.append(dialog);
  return new Promise((resolve) => {
    let folder = null;
    form.addEventListener('submit', () => {
      folder = `/${field.value.split('/').filter(Boolean).join('/')}`;
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(folder);
    });
    dialog.showModal();
    field.select();
  });
}
