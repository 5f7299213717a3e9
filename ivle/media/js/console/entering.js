// Lines that are entered: on their way to the console, in front of a command that runs, or in the queue of the host.

import { TypedAhead } from './ahead.js';
import { STAYS } from './words.js';

const TYPED_AHEAD_MS = 1000;
const ANSWER_MS = 5000;
const STILL_RUNNING = 'Still running: interrupt it first, or wait.';

/** `session` is the console they go to; `input` is the field, `history` keeps them, `say(sentence)` tells what becomes of one. */
export class Entering {
  constructor(session, { input, history, say }) {
    Object.assign(this, { session, input, history, say });
    this.last = undefined;
    this.inQueue = null;
    this.ahead = new TypedAhead({
      isTaken: () => session.isTaken(),
      deliver: (text) => this.deliver(text),
      patience: () => (session.isLooking() ? ANSWER_MS : TYPED_AHEAD_MS),
      giveBack: (lines) => this.giveBack(lines),
    });
  }

  /** Whether lines wait for the end of a command. */
  get isWaiting() {
    return this.ahead.lines.length > 0;
  }

  /** Take what was entered; beside a program that runs for longer it stays where it is. */
  submit(text) {
    const { session } = this;
    if (session.queue) {
      this.inQueue = text.trim() ? text : null;
      session.wait(session.queue);
      if (this.inQueue !== null) session.transcript.tell(STAYS);
      return;
    }
    if (session.isBusy && session.wants !== 'input' && performance.now() - session.since > TYPED_AHEAD_MS) {
      this.say(STILL_RUNNING);
      return;
    }
    this.input.set('');
    session.lookups.hurry();
    this.ahead.push(text);
  }

  /** Put lines back into the field. */
  giveBack(lines) {
    this.input.set([...lines, this.input.value].filter(Boolean).join('\n'));
    if (this.session.isTaken()) this.say(STILL_RUNNING);
  }

  async deliver(given) {
    const { session } = this;
    // Indentation alone is the empty line that ends a block: the page puts it there by itself.
    const text = given.trim() || session.wants === 'input' ? given : '';
    if (!text && session.wants === 'code') return;
    try {
      await session.need();
    } catch {
      this.giveBack([text]);
      return;
    }
    if (session.queue) {
      this.giveBack([text]);
      this.submit(this.input.value);
      return;
    }
    const isInput = session.wants === 'input';
    // Whoever wrote several lines wants them run: the empty line at their end closes an open block.
    const ending = !isInput && text.includes('\n') ? '\n\n' : '\n';
    this.last = text;
    if (!isInput) this.history.add(text, session.wants === 'more');
    await session.send({ cmd: 'chat', text: text + ending });
  }

  /** Go on with what waits, as far as that is possible. */
  pump() {
    return this.ahead.pump();
  }

  /** The turn came: what waited in the queue runs, unless it was changed meanwhile. */
  itIsOurTurn() {
    const text = this.inQueue;
    this.inQueue = null;
    if (text !== null && this.input.value === text) this.submit(text);
  }

  /** The console goes on with a block: the next line begins as deep as it must. */
  indent() {
    if (this.last !== undefined) this.input.indentAfter(this.last.split('\n').at(-1));
  }

  /** There is no block any more: what was put there for its next line would be seen by nobody and break the next program. */
  outdent() {
    if (!this.input.value.trim()) this.input.set('');
  }

  /** The console ended: nothing is sent any more. */
  stop() {
    this.ahead.giveBack();
    this.inQueue = null;
  }
}
