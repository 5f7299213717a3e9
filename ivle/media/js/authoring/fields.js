// Fields of code in a form: each textarea with `data-code` gets the editor, under the name that tells its language.

import { EditorSelection, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { openCode } from '../editor/code.js';

const LANGUAGES = { rst: 'txt', text: 'txt' };
const editors = new WeakMap();

const isProse = (textarea) => !textarea.dataset.code.endsWith('.py');
const fileNameOf = (code) => code.replace(/\.(\w+)$/, (whole, ending) => `.${LANGUAGES[ending] ?? ending}`);

/** Put editors into the places of the code fields below `root`. `onChange` is called with a textarea whose text changed. */
export function openFields(root, nonce, onChange = () => {}) {
  for (const textarea of root.querySelectorAll('textarea[data-code]')) {
    if (editors.has(textarea)) continue;
    const view = openCode(textarea, {
      text: textarea.value,
      name: fileNameOf(textarea.dataset.code),
      nonce,
      mayWrite: true,
      keys: [],
      onChange: () => onChange(textarea),
      onMove: () => {},
    });
    textarea.parentElement.style.setProperty('--code-height', `${21 * Math.min(textarea.rows, 24) + 16}px`);
    // What has no line endings of its own to keep is read best when nothing leaves the window.
    if (isProse(textarea)) view.dispatch({ effects: StateEffect.appendConfig.of(EditorView.lineWrapping) });
    // What scrolls must be in the order of the Tab key, and say so.
    view.contentDOM.tabIndex = 0;
    const label = document.querySelector(`label[for="${CSS.escape(textarea.id)}"]`);
    label?.addEventListener('click', () => view.focus());
    for (const name of ['aria-describedby', 'aria-invalid']) {
      if (textarea.hasAttribute(name)) view.contentDOM.setAttribute(name, textarea.getAttribute(name));
    }
    editors.set(textarea, view);
  }
}

/** Return the text of a field as it is now. */
export const textOf = (textarea) => editors.get(textarea)?.state.doc.toString() ?? textarea.value;

/** Bring the reader to a line of a field. */
export function goToLine(textarea, number) {
  const view = editors.get(textarea);
  if (!view) return;
  const line = view.state.doc.line(Math.max(1, Math.min(number, view.state.doc.lines)));
  view.dispatch({ selection: EditorSelection.cursor(line.from), effects: EditorView.scrollIntoView(line.from, { y: 'center' }) });
  view.focus();
}

/** Bring the reader to the field with an id, whether an editor stands in its place or not. */
export function goToField(id) {
  const field = document.getElementById(id);
  const target = editors.get(field)?.contentDOM ?? field;
  target?.scrollIntoView({ block: 'center' });
  (target?.matches?.('input, textarea, select, [contenteditable]') ? target : target?.querySelector('input:not([type=hidden]), .cm-content, textarea'))?.focus();
}
