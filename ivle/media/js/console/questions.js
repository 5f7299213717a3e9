// Questions the page asks a console by itself: completions, the variables, a closer look. They must not look like a running program.

const SLOW_MS = 600;

/**
 * One question at a time. `handlers`: send(command): a promise · stop(): interrupt the question
 * · slow(): an answer had to be interrupted because somebody wanted to go on.
 */
export class Questions {
  constructor(handlers) {
    this.handlers = handlers;
    this.asked = null;
    this.timer = 0;
    this.isStopped = false;
  }

  /** Whether an answer is still to come. */
  get isOpen() {
    return this.asked !== null;
  }

  async ask(cmd, text) {
    if (this.isOpen) return;
    this.asked = cmd;
    this.isStopped = false;
    try {
      await this.handlers.send({ cmd, text });
    } catch {
      this.over();
    }
  }

  /** Somebody wants to go on: an answer that takes its time is no longer waited for. */
  hurry() {
    if (!this.isOpen || this.timer) return;
    this.timer = setTimeout(() => {
      if (!this.isOpen) return;
      this.isStopped = true;
      this.handlers.slow();
      this.handlers.stop();
    }, SLOW_MS);
  }

  /** Take note that the answer came, or will not come; return what was asked. */
  over() {
    const { asked } = this;
    clearTimeout(this.timer);
    this.timer = 0;
    this.asked = null;
    return asked;
  }
}
