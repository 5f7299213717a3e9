// The code editor over the page's textarea, which keeps mirroring it: a form that is sent sends what is seen.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import {
  EditorView, crosshairCursor, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { languageOf } from './languages.js';
import { look } from './look.js';

const INDENT = /^(?: {2,8}|\t)(?=\S)/m;

/** Return the indentation that a text uses: four spaces where it tells nothing. */
function indentationOf(text) {
  const first = text.slice(0, 20000).match(INDENT)?.[0];
  return first === '\t' || first === '  ' ? first : '    ';
}

/** Return the extensions that every view of code shares: also the one in which versions are merged. */
export function reading(nonce) {
  return [EditorView.cspNonce.of(nonce), look, lineNumbers(), highlightSpecialChars(), drawSelection(), EditorState.tabSize.of(4)];
}

const writing = () => [
  highlightActiveLineGutter(),
  history(),
  foldGutter(),
  dropCursor(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion(),
  rectangularSelection(),
  crosshairCursor(),
  highlightActiveLine(),
  highlightSelectionMatches(),
];

/**
 * Put an editor in the place of `textarea`.
 *
 * Tab is left to the browser, so that nobody is trapped; Ctrl+M lets it indent. `keys` are key bindings that go first.
 * Lines end in LF inside; in a file of mixed endings a CR is a character like others and stays where it is.
 */
export function openCode(textarea, { text, name, nonce, mayWrite, keys, onChange, onMove }) {
  const language = new Compartment();
  const state = EditorState.create({
    doc: text,
    extensions: [
      keymap.of(keys),
      EditorState.lineSeparator.of('\n'),
      reading(nonce),
      writing(),
      indentUnit.of(indentationOf(text)),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, indentWithTab]),
      EditorState.readOnly.of(!mayWrite),
      EditorView.contentAttributes.of({ 'aria-label': textarea.getAttribute('aria-label'), spellcheck: 'false' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) {
          onChange();
        }
        if (update.docChanged || update.selectionSet) onMove(update.state);
      }),
      language.of([]),
    ],
  });
  const view = new EditorView({ state, parent: textarea.parentElement });
  view.setTabFocusMode(true);
  const hadFocus = document.activeElement === textarea;
  textarea.hidden = true;
  // Written when it is needed, not at every key: a long file would make typing slow.
  textarea.form.addEventListener('formdata', (event) => event.formData.set(textarea.name, view.state.doc.toString()));
  addEventListener('pagehide', () => {
    textarea.value = view.state.doc.toString();
  });
  if (hadFocus) view.focus();
  languageOf(name)?.load().then((extension) => view.dispatch({ effects: language.reconfigure(extension) }));
  return view;
}
