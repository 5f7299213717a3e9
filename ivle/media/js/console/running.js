// The dialog that asks which file to run, and with which arguments.

import { ask, make } from '../parts/site.js';
import { keepArguments, keptArguments, splitArguments } from './arguments.js';

const UNENDED = 'A quote in the arguments has no end: close it, or leave it out.';
let made = 0;

const labelled = (label, field, hint) => {
  field.id = `run-field-${++made}`;
  const told = hint && make('p', { id: `${field.id}-hint`, className: 'field-hint', textContent: hint });
  if (told) field.setAttribute('aria-describedby', told.id);
  return make('div', { className: 'field' }, make('label', { htmlFor: field.id, textContent: label }), field, told ?? '');
};

/** Offer the programs of the directory that is being typed; where none can be listed, one types on. */
function offerFiles(field, site) {
  const list = make('datalist', { id: `run-files-${++made}` });
  field.setAttribute('list', list.id);
  let shown = null;
  const offer = async () => {
    const folder = field.value.slice(0, field.value.lastIndexOf('/') + 1) || '/';
    if (folder === shown) return;
    shown = folder;
    const address = `${site}files/~${folder.split('/').map(encodeURIComponent).join('/').replace(/\/$/, '')}`;
    const { entries = [] } = await ask(address).catch(() => ({}));
    const wanted = entries.filter(({ name, kind }) => kind === 'directory' || name.endsWith('.py'));
    list.replaceChildren(...wanted.map(({ name, kind }) => make('option', { value: `${folder}${name}${kind === 'directory' ? '/' : ''}` })));
  };
  field.addEventListener('input', offer);
  field.addEventListener('focus', offer);
  return list;
}

/**
 * Ask for a file and its arguments; the promise gives {path, args, line}, or null when the person leaves.
 *
 * With `path` only the arguments are asked for. `folder` is where a path begins otherwise.
 */
export function askWhatToRun({ site, folder = '/', path = null }) {
  const file = make('input', { value: path ?? (folder === '/' ? '/' : `${folder}/`), required: true, autocomplete: 'off', spellcheck: false, attributes: { autocapitalize: 'off' } });
  const args = make('input', { value: path ? keptArguments(path) : '', autocomplete: 'off', spellcheck: false, attributes: { autocapitalize: 'off' } });
  const error = make('p', { className: 'field-error', hidden: true, attributes: { role: 'alert' } });
  const leave = make('button', { type: 'button', textContent: 'Cancel' });
  const title = path ? `Run ${path.split('/').at(-1)} with arguments` : 'Run a file';
  const form = make(
    'form',
    { method: 'dialog' },
    make('h2', { textContent: title }),
    path ? '' : labelled('File', file, 'Its place among your files, like /151/hello.py.'),
    path ? '' : offerFiles(file, site),
    labelled('Arguments', args, 'Words with spaces between them; quotes around what holds spaces. They are kept for this file.'),
    error,
    make('div', { className: 'row' }, make('button', { className: 'main', textContent: 'Run' }), leave),
  );
  const dialog = make('dialog', { attributes: { 'aria-label': title } }, form);
  file.addEventListener('change', () => {
    if (!args.value) args.value = keptArguments(file.value);
  });
  leave.addEventListener('click', () => dialog.close());
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = null;
    form.addEventListener('submit', (event) => {
      const split = splitArguments(args.value);
      if (split === null) {
        event.preventDefault();
        error.textContent = UNENDED;
        error.hidden = false;
        args.focus();
        return;
      }
      answer = { path: `/${file.value.trim().replace(/^\/+/, '')}`, args: split, line: args.value.trim() };
      keepArguments(answer.path, answer.line);
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    (path ? args : file).focus();
    if (!path) file.setSelectionRange(file.value.length, file.value.length);
  });
}
