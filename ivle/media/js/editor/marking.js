// The mark on a line that an address or a traceback named, until the text changes.

import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';

const marked = StateEffect.define();
const mark = Decoration.line({ class: 'cm-namedLine' });
const field = StateField.define({
  create: () => Decoration.none,
  update(found, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(marked)) return effect.value === null ? Decoration.none : Decoration.set([mark.range(effect.value)]);
    }
    return transaction.docChanged ? Decoration.none : found;
  },
  provide: (self) => EditorView.decorations.from(self),
});
const look = EditorView.theme({ '.cm-namedLine': { backgroundColor: 'var(--warn-soft)', boxShadow: 'inset 3px 0 var(--warn)' } });

/** Go to a line, mark it, and leave the cursor at its beginning; behind the end it is the last line. The focus goes there, too, if so wanted. */
export function markLine(view, number, { focuses = true } = {}) {
  if (!view.state.field(field, false)) view.dispatch({ effects: StateEffect.appendConfig.of([field, look]) });
  const line = view.state.doc.line(Math.min(Math.max(1, number), view.state.doc.lines));
  const indent = line.text.match(/^\s*/)[0].length;
  view.dispatch({
    selection: { anchor: line.from + indent },
    effects: [marked.of(line.from), EditorView.scrollIntoView(line.from, { y: 'center' })],
  });
  if (focuses) view.focus();
}

/** Take the mark away. */
export function unmarkLine(view) {
  if (view.state.field(field, false)) view.dispatch({ effects: marked.of(null) });
}
