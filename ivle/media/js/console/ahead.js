// Lines typed ahead of a command that has just begun: they wait for its end, as in a terminal, but not for long.

/**
 * A queue of lines. `handlers`: isTaken(): nothing can be sent now · deliver(text): a promise
 * · patience(): how many milliseconds to wait · giveBack(lines): the wait was too long, or the line can go nowhere.
 */
export class TypedAhead {
  constructor(handlers) {
    this.handlers = handlers;
    this.lines = [];
    this.isPumping = false;
    this.timer = 0;
  }

  push(text) {
    this.lines.push(text);
    return this.pump();
  }

  /** Deliver what waits, as far as that is possible now. */
  async pump() {
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.lines.length && !this.handlers.isTaken()) await this.handlers.deliver(this.lines.shift());
    this.isPumping = false;
    clearTimeout(this.timer);
    if (this.lines.length) this.timer = setTimeout(() => this.giveBack(), this.handlers.patience());
  }

  giveBack() {
    clearTimeout(this.timer);
    const lines = this.lines.splice(0);
    if (lines.length) this.handlers.giveBack(lines);
  }
}
