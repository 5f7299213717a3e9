// A conflict: the file changed while it was edited. Both versions are shown, and the person decides.

import { ask, make, notice } from '../parts/site.js';

const button = (title, className, act) => {
  const made = make('button', { type: 'button', className, textContent: title });
  made.addEventListener('click', act);
  return made;
};

/** Show the conflict of `file` above the editor `view`; `done()` when it is settled. */
export async function showConflict(holder, file, view, nonce, done) {
  const theirs = await ask(file.url);
  const settle = (text) => {
    holder.replaceChildren();
    if (text !== null && text !== view.state.doc.toString()) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }
    file.adopt(theirs);
    done();
  };
  const sentence = 'This file was saved elsewhere while you worked on it, perhaps by you in another tab. Nothing is lost: choose what it shall hold.';
  const offer = () => {
    holder.replaceChildren(
      notice(
        'warn',
        sentence,
        button('Merge the two', 'main', () => merge(holder, view, nonce, theirs, settle, offer)),
        button('Keep mine', '', () => {
          settle(null);
          file.save();
        }),
        button('Take the other', '', () => settle(theirs.text)),
      ),
    );
    holder.querySelector('button').focus();
  };
  offer();
}

async function merge(holder, view, nonce, theirs, settle, offer) {
  const [{ unifiedMergeView }, { EditorView }, { EditorState }, { reading }] = await Promise.all([
    import('@codemirror/merge'),
    import('@codemirror/view'),
    import('@codemirror/state'),
    import('./code.js'),
  ]);
  const panel = make('section', { className: 'merge', attributes: { 'aria-label': 'Merge the two versions' } });
  const merged = new EditorView({
    parent: panel,
    state: EditorState.create({
      doc: view.state.doc,
      extensions: [EditorState.lineSeparator.of('\n'), reading(nonce), unifiedMergeView({ original: theirs.text }), EditorView.contentAttributes.of({ 'aria-label': 'The merged text' })],
    }),
  });
  // Two texts that are nearly the same, one above the other, and only one of them counts: the other is put away.
  const bench = document.querySelector('[data-workbench]');
  const close = () => {
    bench.hidden = false;
    merged.destroy();
  };
  panel.prepend(
    make(
      'div',
      { className: 'row' },
      make('p', { textContent: 'Yours is shown; what the other version has instead is marked above it. Accept keeps yours, Reject takes the other.' }),
      button('Use this', 'main', () => {
        const text = merged.state.doc.toString();
        close();
        settle(text);
      }),
      button('Back', '', () => {
        close();
        offer();
      }),
    ),
  );
  holder.replaceChildren(panel);
  bench.hidden = true;
  merged.focus();
}
