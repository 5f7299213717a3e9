// The console: a Python interpreter in a sandbox, in a page of its own or under the editor.

import { ConsoleApi } from './console/api.js';
import { Connection } from './console/connection.js';
import { InputLine } from './console/input.js';
import { Memory } from './console/memory.js';
import { TypedAhead } from './console/ahead.js';
import { copyText } from './console/clipboard.js';
import { endsCommand } from './console/replies.js';
import { seconds, stateInWords } from './console/words.js';
import { Transcript } from './console/transcript.js';
import { build } from './console/frame.js';

const PROMPTS = { code: '>>> ', more: '... ', input: '' };
const TIMED_FROM_MS = 1000;
const TYPED_AHEAD_MS = 1000;
const STILL_RUNNING = 'Still running: interrupt it first, or wait.';
const IS_RUNNING = 'Something is still running here: interrupt it, then run again.';
const IS_ASKING = 'The program here waits for input: type it below, or interrupt the program, then run again.';

class MountedConsole {
  constructor(element, { cwd = '/', base, key = null, asked = () => {} } = {}) {
    this.api = new ConsoleApi(base ?? `${document.documentElement.dataset.site}console`);
    this.cwd = cwd;
    this.asked = asked;
    this.frame = build(element, cwd);
    this.transcript = new Transcript(this.frame.log, this.frame.announcer);
    this.input = new InputLine(this.frame.area, {
      submit: (text) => this.submit(text),
      step: (direction, current) => this.memory?.step(direction, current) ?? null,
      complete: (text, cursor) => this.complete(text, cursor),
      interrupt: () => this.interrupt(),
      endInput: () => this.endInput(),
      hint: (words, isNone) => this.frame.hint(words, isNone),
    });
    this.line = 'idle';
    this.wants = 'code';
    this.isBusy = false;
    this.since = 0;
    this.end = null;
    this.waiting = [];
    this.isRestarting = false;
    this.ahead = new TypedAhead({
      isTaken: () => this.isTaken(),
      deliver: (text) => this.deliver(text),
      giveBack: (lines) => this.giveBack(lines),
    });
    this.connection = this.memory = this.starting = null;
    this.ticker = setInterval(() => this.tick(), 1000);
    this.frame.on({
      send: () => this.input.submit(),
      interrupt: () => this.interrupt(),
      restart: () => this.restart(),
      again: () => this.restart(),
      copy: () => this.copy(),
    });
    this.found = key ? this.attach(key) : this.find();
    this.show();
  }

  get key() {
    return this.connection?.key ?? null;
  }

  // -- the line ---------------------------------------------------------------------------------

  attach(key) {
    this.connection?.close();
    this.memory = new Memory(key);
    this.memory.replay();
    this.end = null;
    this.connection = new Connection(this.api, key, {
      reply: (reply) => this.hear(reply),
      synced: (isBusy) => this.sync(isBusy),
      line: (line) => this.set({ line }),
      gone: () => this.finish('This console is no more.'),
      lost: (command) => this.lost(command),
      refused: (reason) => this.refuse(reason),
    });
    return this.connection.open();
  }

  /** Come back to the newest console in this directory; a person has few, and variables to find again in them. */
  async find() {
    const consoles = await this.api.list().catch(() => []);
    const same = consoles.find((console) => console.cwd === this.cwd);
    if (same) await this.attach(same.key);
  }

  /** Make sure there is a console to talk to; what goes wrong is shown and thrown. */
  async need() {
    await this.found;
    if (this.connection && this.end === null) return;
    this.starting ??= this.start().finally(() => (this.starting = null));
    await this.starting;
  }

  async start() {
    this.set({ line: 'connecting', end: null, isBusy: false, wants: 'code' });
    try {
      const { key } = await this.api.start(this.cwd);
      await this.api.chat(key, { cmd: 'splash', text: '' });
      await this.attach(key);
    } catch (error) {
      this.set({ line: 'idle' });
      this.transcript.notice(error.message, 'fail');
      throw error;
    }
  }

  // -- up ---------------------------------------------------------------------------------------

  /** Take what was entered; beside a program that runs for longer it stays where it is. */
  submit(text) {
    if (this.isTaken() && performance.now() - this.since > TYPED_AHEAD_MS) {
      this.frame.say(STILL_RUNNING);
      return;
    }
    this.input.set('');
    this.ahead.push(text);
  }

  isTaken() {
    return this.isRestarting || (this.isBusy && this.wants !== 'input');
  }

  giveBack(lines) {
    this.input.set([...lines, this.input.value].filter(Boolean).join('\n'));
    if (this.isTaken()) this.frame.say(STILL_RUNNING);
  }

  async deliver(text) {
    if (!text.trim() && this.wants === 'code') return;
    try {
      await this.need();
    } catch {
      this.giveBack([text]);
      return;
    }
    const isInput = this.wants === 'input';
    // Whoever wrote several lines wants them run: the empty line at their end closes an open block.
    const ending = !isInput && text.includes('\n') ? '\n\n' : '\n';
    this.typed = text;
    await this.send({ cmd: 'chat', text: text + ending }, { text, prompt: PROMPTS[this.wants], isInput });
  }

  async send(command, entry) {
    this.memory.note(entry, this.connection.seen);
    this.enter(entry);
    this.memory.replayed = this.memory.typed.length;
    this.set({ isBusy: true, wants: 'code', since: performance.now() });
    try {
      await this.connection.send(command);
    } catch (error) {
      this.transcript.notice(error.message, 'fail');
      this.set({ isBusy: false });
      this.settle('refused');
    }
  }

  enter(entry) {
    if (entry.title !== undefined) this.transcript.ran(entry.title);
    // Behind the question of the program, where a terminal shows it.
    else if (entry.isInput) this.transcript.write(`${entry.text}\n`, 'out');
    else this.transcript.type(entry.text, entry.prompt);
  }

  /** Run a file of the home, as `python path args…` does; the promise says how it ended. */
  async run(path, args = []) {
    await this.need();
    if (this.isBusy || this.wants === 'input') {
      this.transcript.notice(this.isBusy ? IS_RUNNING : IS_ASKING, 'warn');
      return 'busy';
    }
    const ended = new Promise((resolve) => this.waiting.push(resolve));
    await this.send({ cmd: 'run', text: { path, args } }, { title: ['Run', path, ...args].join(' ') });
    return ended;
  }

  complete(text, cursor) {
    if (this.isBusy || this.wants === 'input' || !this.connection || this.end !== null) return;
    this.connection.send({ cmd: 'complete', text: { text, cursor } }).catch((error) => this.frame.say(error.message));
  }

  /** Tell a program that reads its input that there is no more of it. */
  async endInput() {
    if (this.wants === 'input') await this.send({ cmd: 'chat', text: '\x04' }, { text: '', prompt: '', isInput: true });
  }

  async interrupt() {
    if (!this.connection || !(this.isBusy || this.wants !== 'code')) return;
    await this.act('interrupt');
  }

  async restart() {
    if (this.isRestarting) return;
    this.set({ isRestarting: true });
    await this.renew();
    this.set({ isRestarting: false });
    this.ahead.pump();
  }

  async renew() {
    if (this.connection === null || this.line === 'gone') return this.start().catch(() => {});
    try {
      await this.connection.act('restart');
      this.set({ end: null, wants: 'code', isBusy: false });
    } catch (error) {
      if (error.status === 404) await this.start().catch(() => {});
      else this.transcript.notice(error.message, 'fail');
    }
  }

  async act(verb) {
    try {
      await this.connection.act(verb);
    } catch (error) {
      this.transcript.notice(error.message, 'fail');
    }
  }

  async copy() {
    const isCopied = await copyText(this.transcript.text());
    this.frame.say(isCopied ? 'Copied, without prompts.' : 'The browser did not allow copying: select the text and copy it.');
  }

  // -- down -------------------------------------------------------------------------------------

  hear(reply) {
    for (const entry of this.memory.before(reply.seq)) this.enter(entry);
    if ('output' in reply) this.transcript.write(String(reply.output), 'out');
    if ('error' in reply) this.transcript.write(String(reply.error), 'err');
    if ('exc' in reply) this.transcript.except(String(reply.exc));
    if ('cut' in reply) this.transcript.notice(String(reply.cut), 'warn');
    if ('restart' in reply) this.restarted(String(reply.restart));
    if ('refused' in reply) this.transcript.notice(String(reply.refused), 'warn');
    if ('matches' in reply) this.input.offer(reply.matches, reply.start);
    if (endsCommand(reply)) this.ended(reply);
  }

  restarted(words) {
    this.transcript.notice(words);
    this.set({ end: null, wants: 'code', isBusy: false });
  }

  ended(reply) {
    const wants = 'more' in reply ? 'more' : 'input' in reply ? 'input' : 'matches' in reply ? this.wants : 'code';
    const took = performance.now() - this.since;
    // Not when an old question is read again.
    if (this.isBusy && wants === 'input') this.asked();
    if (this.isBusy && this.since && took >= TIMED_FROM_MS && wants === 'code') this.transcript.timed(seconds(took));
    this.set({ isBusy: false, wants });
    if (wants === 'more' && this.typed !== undefined) this.input.indentAfter(this.typed.split('\n').at(-1));
    if ('terminate' in reply) this.finish(`The console ended: ${String(reply.terminate).replace(/\.$/, '')}.`, this.line);
    if ('terminate' in reply) this.ahead.giveBack();
    else this.ahead.pump();
    if (wants === 'code') this.settle('exc' in reply ? 'error' : 'terminate' in reply ? 'ended' : 'ok');
  }

  sync(isBusy) {
    for (const entry of this.memory.before(Infinity)) this.enter(entry);
    if (isBusy === this.isBusy) return;
    this.set({ isBusy, since: isBusy ? performance.now() : this.since });
  }

  finish(reason, line = 'gone') {
    if (this.end === null) this.transcript.notice(reason, 'warn');
    this.set({ end: reason, isBusy: false, wants: 'code', line });
    this.settle('ended');
  }

  lost(command) {
    if (command.cmd === 'complete') return;
    this.memory.takeBack();
    this.set({ isBusy: false });
    const isLine = command.cmd === 'chat';
    this.transcript.notice(`The connection broke before that arrived: ${isLine ? 'it is back in the input line, press Enter to send it again' : 'run it again'}.`, 'warn');
    if (isLine) this.giveBack([command.text.replace(/\n+$/, '')]);
    this.settle('lost');
  }

  refuse(reason) {
    this.transcript.notice(reason, 'fail');
    this.set({ isBusy: false });
    this.settle('refused');
  }

  settle(outcome) {
    for (const resolve of this.waiting.splice(0)) resolve(outcome);
  }

  // -- what is seen -----------------------------------------------------------------------------

  set(changes) {
    Object.assign(this, changes);
    this.show();
  }

  tick() {
    if (this.isBusy) this.show();
  }

  show() {
    const isRunning = this.isBusy && this.end === null && !this.isRestarting;
    this.frame.show({
      state: stateInWords(this),
      clock: isRunning && this.since ? seconds(performance.now() - this.since) : '',
      prompt: PROMPTS[this.wants],
      isInput: this.wants === 'input',
      isRunning,
      canInterrupt: isRunning || this.wants === 'input',
      isEnded: this.end !== null && !this.isRestarting,
      canRestart: this.connection !== null && !this.isRestarting,
    });
  }

  focus() {
    this.frame.area.focus();
  }

  /** Stop listening; the console itself lives on. */
  close() {
    clearInterval(this.ticker);
    this.connection?.close();
  }
}

/**
 * Put a console into `element` and return it: `run(path, args)`, `interrupt()`, `close()`, `key`, `focus()`.
 *
 * `cwd` is the directory it starts in ("/151"). `key` is a console to come back to; without one it is the newest in that
 * directory, and without any the first line or run starts one. `asked()` is told that a program asks for input.
 * `base` is the address of the console page, needed only where the page does not have the site's layout.
 */
export function mountConsole(element, options = {}) {
  return new MountedConsole(element, options);
}

/** Run a file in a mounted console; the promise gives 'ok', 'error', 'ended', 'busy', 'lost' or 'refused'. */
export function runFile(mounted, path, args = []) {
  return mounted.run(path, args);
}
