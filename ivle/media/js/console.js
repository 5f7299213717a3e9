// The console: a Python interpreter in a sandbox, in a page of its own or under the editor.

import { ConsoleApi } from './console/api.js';
import { History } from './console/history.js';
import { InputLine } from './console/input.js';
import { PROMPTS } from './console/entries.js';
import { Session } from './console/session.js';
import { Search } from './console/search.js';
import { Transcript } from './console/transcript.js';
import { Variables } from './console/variables.js';
import { askWhether } from './console/sure.js';
import { askWhatToRun } from './console/running.js';
import { build } from './console/frame.js';
import { keepDraft, keptDraft } from './console/drafts.js';
import { seconds, stateInWords } from './console/words.js';

const HISTORY_AGES_MS = 30000;

class MountedConsole {
  constructor(element, { cwd = '/', base, key = null, isNew = false, login = null, nonce = '', go = () => false, asked = () => {}, moved = () => {}, changed = () => {}, states = () => {}, wrote = () => {}, room = '' } = {}) {
    const site = document.documentElement.dataset.site;
    this.api = new ConsoleApi(base ?? `${site}console`);
    this.cwd = cwd;
    this.states = states;
    this.site = site;
    this.frame = build(element, cwd);
    this.history = new History();
    const { frame } = this;
    const transcript = new Transcript(frame.log, frame.announcer, {
      places: { home: login && `/home/${login}`, site, go },
      nonce,
      say: frame.say,
    });
    this.transcript = transcript;
    this.input = this.makeInput();
    this.search = new Search((words) => this.history.search(words), (text) => this.found(text));
    frame.above.append(this.search.element, this.input.choices.list);
    this.variables = new Variables(frame.side, frame.controls.variables, {
      look: () => this.session.lookups.look(),
      inspect: (name) => this.session.lookups.inspect(name),
    });
    const parts = { transcript, input: this.input, variables: this.variables, history: this.history, say: frame.say, show: () => this.show() };
    this.session = new Session(this.api, parts, { cwd, told: { asked, wrote, moved: (now) => this.moved(now, moved), changed, room } });
    this.draft = key ?? cwd;
    this.input.set(keptDraft(this.draft));
    this.ticker = setInterval(() => this.session.isBusy && this.show(), 1000);
    this.onFocus = () => this.readHistory();
    addEventListener('focus', this.onFocus);
    this.watch();
    this.readHistory();
    if (key) this.session.found = this.session.attach(key);
    else if (isNew) this.session.need().catch(() => {});
    else this.session.found = this.session.find();
    this.show();
  }

  get key() {
    return this.session.key;
  }

  makeInput() {
    return new InputLine(this.frame.area, this.frame.behind, {
      submit: (text) => this.session.entering.submit(text),
      step: (direction, current) => this.history.step(direction, current),
      search: (words) => this.search.open(words),
      complete: (text, cursor) => this.session.lookups.complete(text, cursor),
      interrupt: () => this.session.interrupt(),
      endInput: () => this.session.endInput(),
      clear: () => this.transcript.clear(),
      say: (sentence) => this.frame.say(sentence),
      edited: () => this.edited(),
      changed: (text) => keepDraft(this.draft, text),
    });
  }

  watch() {
    const { session } = this;
    this.frame.on({
      send: () => this.input.submit(),
      interrupt: () => session.interrupt(),
      leave: () => session.leaveQueue(),
      restart: () => this.restart(),
      again: () => session.restart(),
      copy: () => this.transcript.copy(),
      variables: () => this.variables.switch(),
      runFile: () => this.askAndRun(),
      search: () => this.search.open(''),
      clear: () => this.transcript.clear(),
    });
  }

  async restart() {
    const { session } = this;
    if (session.hasRun || session.variables.items?.length) {
      const isSure = await askWhether('Restart and lose all variables?', 'Restart');
      this.focus();
      if (!isSure) return;
    }
    await session.restart();
  }

  edited() {
    this.history.rest();
    this.session.typedAt = performance.now();
  }

  found(text) {
    if (text !== null) this.input.set(text);
    this.frame.area.focus();
  }

  moved(key, moved) {
    keepDraft(this.draft, '');
    this.draft = key;
    keepDraft(key, this.input.value);
    moved(key);
  }

  /** Fetch what the person typed before, also at other machines; where it cannot be had, the lines of this page do. */
  async readHistory() {
    if (performance.now() - (this.readAt ?? -Infinity) < HISTORY_AGES_MS) return;
    this.readAt = performance.now();
    const lines = await this.api.history().catch(() => null);
    if (lines && this.history.place === this.history.lines.length) this.history.load(lines);
  }

  async askAndRun() {
    const wanted = await askWhatToRun({ site: this.site, folder: this.cwd });
    this.focus();
    if (wanted) await this.run(wanted.path, wanted.args).catch(() => {});
  }

  /** Run a file of the home; the promise says how it ended. */
  run(path, args = []) {
    return this.session.runs.run(path, args);
  }

  /** Run a program that is in no file; the promise says how it ended. */
  runText(text) {
    return this.session.runs.runText(text);
  }

  /** Enter a line, as if it were typed. */
  enter(line) {
    this.session.entering.submit(line);
  }

  interrupt() {
    return this.session.interrupt();
  }

  show() {
    const { session } = this;
    if (!session) return;
    const { isBusy, end, isRestarting, since, wants, queue } = session;
    const isRunning = isBusy && end === null && !isRestarting;
    this.input.expect(wants !== 'input');
    const state = stateInWords(session);
    this.states(state, end !== null ? 'nothing' : isBusy ? 'busy' : wants);
    this.frame.show({
      state,
      clock: isRunning && since ? seconds(performance.now() - since) : '',
      prompt: PROMPTS[wants],
      isInput: wants === 'input',
      isUnused: session.line === 'idle' && end === null,
      isRunning,
      isQueued: queue !== null,
      canInterrupt: isRunning || wants === 'input',
      isEnded: (end !== null || session.isFull) && !isRestarting,
      hasNoRoom: session.isFull,
      canRestart: session.connection !== null && !isRestarting && queue === null,
    });
  }

  focus() {
    this.frame.area.focus();
  }

  /** Stop listening; the console itself lives on. */
  close() {
    clearInterval(this.ticker);
    removeEventListener('focus', this.onFocus);
    this.session.close();
  }
}

/**
 * Put a console into `element` and return it: `run(path, args)`, `interrupt()`, `close()`, `key`, `focus()`.
 *
 * `cwd` is the directory it starts in ("/151"). `key` is a console to come back to; without one it is the newest in that
 * directory, and without any the first line or run starts one; `isNew` starts one at once. `asked()` is told that a program
 * asks for input, `moved(key)` that another console is talked to, `changed()` that one began or ended,
 * `states(words, wants)` what it does now, `wrote(text)` what a program wrote to its output; `room` says what to do when one has as many consoles as one may. `login` and `go(path, line)` make places in tracebacks links: `go` returns true where the
 * page shows that line itself. `nonce` is that of the page's policy. `base` is the address of the console page, needed only where the page does not have the site's layout.
 */
export function mountConsole(element, options = {}) {
  return new MountedConsole(element, options);
}

/** Run a file in a mounted console; the promise gives 'ok', 'error', 'ended', 'busy', 'lost' or 'refused'. */
export function runFile(mounted, path, args = []) {
  return mounted.run(path, args);
}
