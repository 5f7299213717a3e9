// The dialog that asks before something is lost.

import { make } from '../parts/site.js';

/** Ask a question; the promise gives true when the person answers with `yes`, the words of the button. */
export function askWhether(question, yes) {
  const leave = make('button', { type: 'button', autofocus: true, textContent: 'Cancel' });
  const form = make(
    'form',
    { method: 'dialog' },
    make('h2', { textContent: question }),
    make('div', { className: 'row' }, make('button', { className: 'danger', textContent: yes }), leave),
  );
  const dialog = make('dialog', { attributes: { 'aria-label': question } }, form);
  leave.addEventListener('click', () => dialog.close());
  document.body.append(dialog);
  return new Promise((resolve) => {
    let isSure = false;
    form.addEventListener('submit', () => {
      isSure = true;
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(isSure);
    });
    dialog.showModal();
  });
}
