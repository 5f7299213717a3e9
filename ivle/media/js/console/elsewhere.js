// Lines that were typed in other tabs and at other machines: replies wait until the lines they come of are known.

import { Memory } from './memory.js';
import { comesOfCommand, endsCommand } from './replies.js';

const PATIENCE_MS = 3000;
// Output without a line that was typed comes of a thread: it is not worth a request each time.
const LOOK_AGAIN_MS = 2000;

/** `handlers`: typed(): a promise of the host's list · enter(entry, isLast): show a line, the last that is known · ready(): nothing waits any more. */
export class Elsewhere {
  constructor(handlers) {
    this.handlers = handlers;
    this.memory = new Memory();
    this.held = null;
    // The reply that was shown last: what was typed after a later one waits for it.
    this.heard = 0;
    this.lookedTo = 0;
    this.lookedAt = -Infinity;
    this.unexplained = null;
    this.caughtUp = Promise.resolve();
    this.isClosed = false;
  }

  /** Whether the host is being asked. */
  get isLooking() {
    return this.held !== null;
  }

  /** Do this now, or when the list of what was typed is there: lines stand before what they led to. */
  later(step) {
    if (this.isClosed) return;
    if (this.held) this.held.push(step);
    else step();
  }

  /** Fetch what was typed since reply `from`, by whatever page; what happens until then, and until `also`, waits. */
  catchUp(from, seen, also = null) {
    if (this.held) return;
    this.held = [];
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, []));
    // Where the list cannot be had, the replies are shown without the lines.
    const listed = this.handlers.typed().catch(() => []);
    this.caughtUp = Promise.race([Promise.all([listed, also]).then(([typed]) => typed), patience]).then((typed) => {
      if (this.isClosed) return;
      this.memory.take(typed, from);
      if (this.memory.waiting.length) this.lookedAt = -Infinity;
      // Others listen meanwhile: what they said is behind us now.
      this.lookedTo = Math.max(this.lookedTo, seen());
      const held = this.held;
      this.held = null;
      for (const step of held) this.later(step);
      this.later(() => this.enterBefore(this.heard + 1));
      this.handlers.ready();
    });
  }

  /** Whether the host must be asked what led to a reply that came of no line of this page. */
  mustLookFor(reply) {
    if (reply.seq <= this.lookedTo || !comesOfCommand(reply)) return false;
    if (endsCommand(reply) || performance.now() - this.lookedAt > LOOK_AGAIN_MS) return true;
    // Shown before its line, if it has one: that comes late then, and is not lost.
    this.unexplained ??= reply.seq - 1;
    return false;
  }

  lookFor(reply, seen) {
    const from = this.unexplained ?? reply.seq - 1;
    this.unexplained = null;
    this.lookedTo = reply.seq;
    this.lookedAt = performance.now();
    this.catchUp(from, seen);
  }

  /** Show the lines that stand before reply `seq`. */
  enterBefore(seq) {
    for (const entry of this.memory.before(seq)) this.handlers.enter(entry, seq > this.heard && !this.memory.waiting.length);
  }

  /** Take note that reply `seq` was shown: what was typed behind it is next. */
  hasHeard(seq) {
    this.heard = seq;
    this.enterBefore(seq + 1);
  }

  /** Another console is talked to: what still comes of this one is nobody's. */
  close() {
    this.isClosed = true;
  }
}
