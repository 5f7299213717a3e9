// The editor page: the code over its textarea, saving, versions, and the console at its side.

import { openCode } from './editor/code.js';
import { showConflict } from './editor/conflict.js';
import { languageOf } from './editor/languages.js';
import { Document } from './editor/saving.js';
import { Workbench } from './editor/split.js';
import { watchVersionForms } from './editor/versions.js';
import { markLine } from './editor/marking.js';
import { askWhatToRun } from './console/running.js';
import { keptArguments, splitArguments } from './console/arguments.js';
import { ask, make, notice } from './parts/site.js';
import { showShortcuts } from './parts/shortcuts.js';
import { inWords, timeOfDay } from './parts/times.js';

const form = document.querySelector('[data-editor]');
const textarea = form.elements.namedItem('text');
const given = form.dataset;
const mayWrite = given.mayWrite === 'yes';
const notices = document.querySelector('[data-notices]');
const stateShown = document.querySelector('[data-state]');
const byRole = (name) => document.querySelector(`[data-${name}]`);

/** Write the state of the file in words; `weight` colours what needs attention. */
function say(words, weight = 'quiet') {
  stateShown.textContent = words;
  stateShown.className = `edit-state ${weight}`;
}

function show(state, detail) {
  const words = {
    saved: () => say(detail ? `saved ${timeOfDay(detail)}` : 'saved'),
    edited: () => say('not saved yet'),
    saving: () => say('saving'),
    offline: () => say(detail ? 'offline, kept on this device' : 'offline, not kept: copy your text', 'warn'),
    conflict: () => say('conflict', 'fail'),
    failed: () => say('not saved', 'fail'),
  };
  words[state]();
  if (state === 'failed') notices.replaceChildren(notice('fail', detail.message, ...wayOut(detail)));
  if (state === 'saved') notices.replaceChildren();
  if (state === 'conflict') conflict(detail);
}

/** Return the buttons by which a refused save can still succeed. */
function wayOut(error) {
  if (error.character === undefined) return [];
  const button = make('button', { type: 'button', textContent: 'Save as UTF-8' });
  button.addEventListener('click', () => {
    file.encoding = 'utf-8';
    byRole('encoding-shown').textContent = 'UTF-8';
    file.save();
  });
  return [button];
}

function conflict(error) {
  // Without an etag there is nothing that one could merge with.
  if (!error.extra.etag) {
    notices.replaceChildren(notice('warn', 'This file was deleted or renamed while you worked on it. Your text is kept on this device.', recreate()));
    return;
  }
  showConflict(notices, file, view, given.nonce, () => view.focus()).catch((failure) => {
    file.state = 'failed';
    notices.replaceChildren(notice('fail', failure.message));
  });
}

function recreate() {
  const button = make('button', { type: 'button', className: 'main', textContent: 'Make it again' });
  button.addEventListener('click', () => file.saveAsNew());
  return button;
}

function showPosition(state) {
  const head = state.selection.main.head;
  const line = state.doc.lineAt(head);
  byRole('position').textContent = ` · Ln ${line.number}, Col ${head - line.from + 1}`;
}

const save = () => {
  if (mayWrite) file.save();
  return true;
};

/** Offer what an earlier visit typed and did not save. */
function offerDraft() {
  const draft = file.draft.read();
  if (!draft || draft.text === file.text()) {
    file.draft.forget();
    return;
  }
  const use = make('button', { type: 'button', className: 'main', textContent: 'Use it' });
  const drop = make('button', { type: 'button', textContent: 'Throw it away' });
  const isOlder = draft.etag !== file.etag;
  const more = isOlder ? ' The file has changed since.' : '';
  const offered = notice('info', `Unsaved text from ${inWords(new Date(draft.kept))} is kept on this device.${more}`, use, drop);
  use.addEventListener('click', () => {
    offered.remove();
    // Saved over the version it came from: where that is gone, the conflict shows both.
    file.etag = draft.etag;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: draft.text } });
    view.focus();
  });
  drop.addEventListener('click', () => {
    offered.remove();
    file.draft.forget();
  });
  notices.append(offered);
}

let console_ = null;

/** Let whoever pressed Run answer the program; whoever went on typing somewhere is left there. */
function asked() {
  if (document.activeElement === byRole('run')) console_.mounted.focus();
}

/** Show the console and return it. */
async function openConsole() {
  workbench.toggle(true);
  byRole('console-toggle')?.setAttribute('aria-expanded', 'true');
  const { mountConsole, runFile } = await import('./console.js');
  const options = { cwd: given.directory, base: given.console, login: given.login, nonce: given.nonce, go: showPlace, asked };
  console_ ??= { mounted: mountConsole(byRole('console-panel'), options), runFile };
  return console_;
}

/** Save, then run the file in the console, with the arguments that are kept for it. */
async function run() {
  if (mayWrite && file.isDirty && !(await file.save())) return;
  const { mounted, runFile } = await openConsole();
  await runFile(mounted, given.path, splitArguments(keptArguments(given.path)) ?? []);
}

/** Show which arguments Run gives. */
function showArguments() {
  const shown = byRole('arguments-shown');
  if (shown) shown.textContent = keptArguments(given.path);
}

async function runWith() {
  const wanted = await askWhatToRun({ site: document.documentElement.dataset.site, path: given.path });
  showArguments();
  if (wanted) await run();
}

/** Go to a line of this file; false when the place is in another. */
function showPlace(path, line) {
  if (path !== given.path) return false;
  history.replaceState(history.state, '', `#L${line}`);
  showLine(line);
  return true;
}

function showLine(line) {
  document.getElementById('code-tab')?.click();
  markLine(view, line);
}

/** Go to the line that the address names: #L12. */
function showLineOfAddress() {
  const named = location.hash.match(/^#L(\d{1,7})$/);
  if (named) showLine(Number(named[1]));
}

/** Return the text that the page could not carry exactly, and note what it is saved over. */
async function exactText() {
  const { text, etag } = await ask(given.url);
  given.etag = etag;
  return text;
}

const text = given.exact === 'yes' ? textarea.value : await exactText();
const keys = [
  { key: 'Mod-s', run: save, preventDefault: true },
  { key: 'Mod-Enter', run: () => (byRole('run')?.click(), true), preventDefault: true },
];
const view = openCode(textarea, {
  text, name: given.name, nonce: given.nonce, mayWrite, keys, onChange: () => file.edited(), onMove: showPosition,
});
const file = new Document({
  url: given.url, etag: given.etag, encoding: given.encoding, lineEnding: given.lineEnding, text: () => view.state.doc.toString(), show: mayWrite ? show : () => {},
});
const workbench = new Workbench(document);

byRole('language').textContent = languageOf(given.name)?.title ?? 'Text';
showPosition(view.state);
// An empty file is there to be written; on touch, focus would bring up a keyboard that nobody asked for.
if (mayWrite && !text && matchMedia('(pointer: fine)').matches) view.focus();
if (mayWrite) {
  // The page of a refused save holds text that no file has yet.
  if (given.unsaved === 'yes') {
    file.savedText = null;
    show('edited');
  } else {
    show('saved', null);
    offerDraft();
  }
  byRole('save').addEventListener('click', (event) => {
    event.preventDefault();
    file.save();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    file.save();
  });
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 's' && !event.defaultPrevented) {
      event.preventDefault();
      file.save();
    }
  });
  addEventListener('beforeunload', (event) => {
    if (file.isDirty) event.preventDefault();
  });
  watchVersionForms(file);
}
showArguments();
showLineOfAddress();
addEventListener('hashchange', showLineOfAddress);
byRole('run-with')?.addEventListener('click', () => runWith().catch((error) => notices.replaceChildren(notice('fail', error.message))));
byRole('run')?.addEventListener('click', () => run().catch((error) => notices.replaceChildren(notice('fail', error.message))));
byRole('console-toggle')?.addEventListener('click', async (event) => {
  if (workbench.isOpen) {
    workbench.toggle(false);
    event.currentTarget.setAttribute('aria-expanded', 'false');
    return;
  }
  const { mounted } = await openConsole();
  mounted.focus();
});
byRole('serve')?.addEventListener('click', () => file.isDirty && file.save());
byRole('shortcut-help')?.addEventListener('click', showShortcuts);
