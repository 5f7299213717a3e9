// What goes on between the page and one console: lines up, replies down, and what the console is doing meanwhile.

import { Connection } from './connection.js';
import { Elsewhere } from './elsewhere.js';
import { Entering } from './entering.js';
import { Lookups } from './lookups.js';
import { Runs } from './runs.js';
import { enterInto, entryOf } from './entries.js';
import { comesOfCommand, endsCommand, isAnswer } from './replies.js';
import { queueInWords, seconds } from './words.js';

const TIMED_FROM_MS = 1000;

const BEGUN_ANEW = 'This is a new console: the variables of the one before are gone, your files are as they were.';

/**
 * `parts` are what it shows things in: transcript, input, variables, history, say(sentence), show(session).
 * `told`: asked() when a program asks for input of this page · moved(key) when another console is talked to · changed()
 * · room: what to do where there are as many as one may have.
 */
export class Session {
  constructor(api, parts, { cwd, told }) {
    Object.assign(this, parts, { api, cwd, told });
    this.seen = () => this.connection.seen;
    Object.assign(this, { line: 'idle', wants: 'code', isBusy: false, isMine: false, since: 0, end: null, queue: null });
    Object.assign(this, { isRestarting: false, isGreeting: false, isFull: false, hasRun: false, typedAt: -Infinity });
    this.connection = this.elsewhere = this.starting = null;
    this.found = Promise.resolve();
    this.entering = new Entering(this, parts);
    this.runs = new Runs(this);
    this.lookups = new Lookups(this, {
      send: (command) => this.connection.send(command),
      stop: () => this.act('interrupt'),
      isAtRest: () => this.isBetween() && !this.queue && !this.isTaken() && !this.entering.isWaiting,
      mayComplete: () => this.connection && this.end === null && !this.queue && this.wants !== 'input' && !this.isTaken(),
      isBetween: () => this.isBetween(),
      typedAt: () => this.typedAt,
      done: () => this.entering.pump(),
    });
  }

  get key() {
    return this.connection?.key ?? null;
  }

  /** Whether the console stands between two lines: it waits for the next. */
  isBetween() {
    return this.connection !== null && !this.isBusy && this.wants === 'code' && this.end === null;
  }

  set(changes) {
    Object.assign(this, changes);
    this.show(this);
  }

  // -- which console ----------------------------------------------------------------------------

  /** Talk to the console `key`; a new one comes with what its start said of the gateway. */
  attach(key, gateway = null) {
    this.connection?.close();
    this.elsewhere?.close();
    this.lookups.forget();
    this.variables.forget();
    const elsewhere = this.listenElsewhere(key);
    this.elsewhere = elsewhere;
    this.set({ end: null, queue: null, isBusy: false, wants: 'code', isFull: false, hasRun: false });
    const later = (step) => (...given) => elsewhere.later(() => step(...given));
    this.connection = new Connection(this.api, key, {
      reply: later((reply) => this.hear(reply)),
      synced: later((isBusy) => this.sync(isBusy)),
      line: (line) => this.set({ line }),
      gone: later(() => this.finish('This console is no more.')),
      lost: later((command) => this.lost(command)),
      refused: later((reason) => this.refuse(reason)),
    });
    this.told.moved(key);
    if (gateway) return this.connection.begin(gateway);
    const opened = this.connection.open();
    elsewhere.catchUp(0, this.seen, opened);
    return opened;
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
    if (!this.connection || this.end !== null) {
      this.starting ??= this.start().finally(() => (this.starting = null));
      await this.starting;
    }
    await this.elsewhere.caughtUp;
  }

  async start() {
    const hadOne = this.connection !== null;
    this.set({ line: 'connecting', end: null, isBusy: false, wants: 'code', isFull: false });
    try {
      const { key, gateway } = await this.api.start(this.cwd);
      if (hadOne) this.transcript.notice(BEGUN_ANEW);
      this.attach(key, gateway);
      await this.greet();
    } catch (error) {
      const isFull = error.code === 'too-many';
      this.set({ line: 'idle', isFull });
      this.transcript.notice(isFull && this.told.room ? `${error.message} ${this.told.room}` : error.message, 'fail');
      throw error;
    }
  }

  /** Let the console say which Python it is; one that waits in the line says it later. */
  async greet() {
    this.isGreeting = true;
    const { connection } = this;
    const answer = await this.api.chat(this.key, { cmd: 'splash', text: '' }).catch((error) => {
      // It does something else already, like waiting in the line.
      if (error.status !== 409) throw error;
      return null;
    });
    if (answer) connection.take(answer);
    // It may have spoken before it was greeted: whoever types next must know of a line to wait in.
    if (!answer || connection.seen < answer.next) await connection.sync().catch(() => {});
    this.told.changed();
  }

  // -- what was typed, here or elsewhere --------------------------------------------------------

  listenElsewhere(key) {
    return new Elsewhere({
      typed: () => this.api.typed(key),
      enter: (entry, isLast) => this.enterOfOthers(entry, isLast),
      ready: () => this.entering.pump(),
    });
  }

  /** Whether a reply comes of a line that this page knows nothing of. */
  isOfOthers(reply) {
    if (this.isBusy || this.isGreeting || this.isRestarting) return false;
    return !('exc' in reply && this.lookups.isOpen) && this.elsewhere.mustLookFor(reply);
  }

  enterOfOthers({ cmd, text }, isLast) {
    const entry = entryOf(cmd, text, this.wants);
    enterInto(this.transcript, entry);
    if (cmd !== 'run' && !entry.isInput) this.history.add(entry.text, this.wants === 'more');
    this.set({ isBusy: true, isMine: false, hasRun: true, wants: 'code', since: isLast ? performance.now() : 0 });
  }

  // -- up ---------------------------------------------------------------------------------------

  /** Whether the page itself asks something. */
  isLooking() {
    return this.lookups.isOpen || Boolean(this.elsewhere?.isLooking);
  }

  /** Whether nothing can be sent now. */
  isTaken() {
    return this.isRestarting || this.isLooking() || (this.isBusy && this.wants !== 'input');
  }

  async send(command) {
    this.elsewhere.memory.note(command);
    enterInto(this.transcript, entryOf(command.cmd, command.text, this.wants));
    this.set({ isBusy: true, isMine: true, hasRun: true, wants: 'code', since: performance.now() });
    try {
      await this.connection.send(command);
    } catch (error) {
      this.refuse(error.message);
    }
  }

  /** Tell a program that reads its input that there is no more of it. */
  async endInput() {
    if (this.wants === 'input') await this.send({ cmd: 'chat', text: '\x04' });
  }

  async interrupt() {
    if (this.connection && (this.isBusy || this.wants !== 'code')) await this.act('interrupt');
  }

  /** Give up the place in the line. */
  async leaveQueue() {
    if (this.queue) await this.act('terminate');
  }

  async restart() {
    if (this.isRestarting) return;
    this.set({ isRestarting: true });
    await this.renew();
    this.set({ isRestarting: false });
    this.entering.pump();
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

  // -- down -------------------------------------------------------------------------------------

  hear(reply) {
    if (this.isOfOthers(reply)) {
      this.elsewhere.lookFor(reply, this.seen);
      this.elsewhere.later(() => this.hear(reply));
      return;
    }
    // What stands before the oldest reply that is kept has lost its output.
    if ('cut' in reply && !this.elsewhere.heard) this.elsewhere.memory.dropBefore(reply.seq);
    this.elsewhere.enterBefore(reply.seq);
    if (isAnswer(reply)) this.lookups.answered(reply);
    else if ('exc' in reply && this.lookups.isOpen && !this.isBusy) this.lookups.unanswered(reply);
    else this.shown(reply);
    this.elsewhere.hasHeard(reply.seq);
  }

  shown(reply) {
    const { transcript } = this;
    if (this.queue && comesOfCommand(reply)) this.leave('output' in reply);
    if ('output' in reply) {
      transcript.write(String(reply.output), 'out');
      this.told.wrote(String(reply.output));
    }
    if ('error' in reply) transcript.write(String(reply.error), 'err');
    if ('image' in reply) transcript.picture(reply.image);
    if ('html' in reply) transcript.sheet(reply.html);
    if ('exc' in reply) transcript.except(String(reply.exc));
    if ('notice' in reply) transcript.notice(String(reply.notice));
    if ('cut' in reply) transcript.notice(String(reply.cut), 'warn');
    if ('refused' in reply) transcript.notice(String(reply.refused), 'warn');
    if ('restart' in reply) this.restarted(String(reply.restart));
    if ('queued' in reply) this.wait(reply.queued);
    if ('output' in reply) this.isGreeting = false;
    if (endsCommand(reply)) this.ended(reply);
  }

  wait(queue) {
    this.transcript.queue(queueInWords(queue, this.entering.inQueue !== null));
    this.set({ queue, isBusy: false, isGreeting: false });
  }

  restarted(words) {
    this.transcript.notice(words);
    this.variables.forget();
    this.entering.outdent();
    this.set({ end: null, wants: 'code', isBusy: false, hasRun: false });
  }

  ended(reply) {
    const wants = 'more' in reply ? 'more' : 'input' in reply ? 'input' : 'code';
    const took = performance.now() - this.since;
    // Not when an old question is read again.
    if (this.isBusy && this.isMine && wants === 'input') this.told.asked();
    if (this.isBusy && this.since && took >= TIMED_FROM_MS && wants === 'code') this.transcript.timed(seconds(took));
    const isMine = this.isBusy && this.isMine;
    this.set({ isBusy: false, wants });
    if (wants === 'more' && isMine) this.entering.indent();
    if (wants === 'code') this.entering.outdent();
    if ('terminate' in reply) this.finish(`The console ended: ${String(reply.terminate).replace(/\.$/, '')}.`, this.line);
    if ('terminate' in reply) this.entering.stop();
    else this.entering.pump();
    if (wants === 'code') this.runs.settle('exc' in reply ? 'error' : 'terminate' in reply ? 'ended' : 'ok');
    if (wants === 'code') this.lookups.look();
  }

  /** The wait in the line is over: it is our turn. */
  leave(hasGreeted) {
    this.transcript.queue(null);
    this.set({ queue: null });
    this.elsewhere.later(async () => {
      if (!hasGreeted) await this.greet().catch((error) => this.transcript.notice(error.message, 'fail'));
      this.entering.itIsOurTurn();
    });
  }

  sync(isBusy) {
    // A question of the page is no program that runs, and neither is the wait in the line.
    if (isBusy && !this.isBusy && (this.lookups.isOpen || this.queue)) return;
    const isNews = isBusy && !this.isBusy;
    if (isBusy !== this.isBusy || (isBusy && !this.since)) this.set({ isBusy, since: isBusy ? performance.now() : this.since });
    if (isNews) this.elsewhere.catchUp(this.connection.seen, this.seen);
    if (!isBusy && this.variables.items === null) this.lookups.look();
  }

  finish(reason, line = 'gone') {
    if (this.end === null) this.transcript.notice(reason, 'warn');
    this.transcript.queue(null);
    this.set({ end: reason, isBusy: false, wants: 'code', queue: null, isGreeting: false, line });
    this.runs.settle('ended');
    this.told.changed();
  }

  lost(command) {
    if (this.lookups.isOpen) {
      this.lookups.forget();
      this.entering.pump();
      return;
    }
    this.elsewhere.memory.takeBack();
    this.set({ isBusy: false });
    const isLine = command.cmd === 'chat';
    this.transcript.notice(`The connection broke before that arrived: ${isLine ? 'it is back in the input line, press Enter to send it again' : 'run it again'}.`, 'warn');
    if (isLine) this.entering.giveBack([command.text.replace(/\n+$/, '')]);
    this.runs.settle('lost');
  }

  refuse(reason) {
    this.lookups.forget();
    this.transcript.notice(reason, 'fail');
    this.set({ isBusy: false });
    this.runs.settle('refused');
  }

  /** Stop listening; the console itself lives on. */
  close() {
    this.lookups.close();
    this.elsewhere?.close();
    this.connection?.close();
  }
}
