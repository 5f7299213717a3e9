// What was typed into a console, by this page and by others: where each line stands among the replies.

/** Takes what the host lists as typed and gives each entry out once, before the reply it stands before. */
export class Memory {
  constructor() {
    this.own = [];
    this.waiting = [];
    this.known = new Set();
  }

  /** Note what this page sent and shows already. */
  note({ cmd, text }) {
    this.own.push(signOf(cmd, text));
    if (this.own.length > 300) this.own.shift();
  }

  /** Take back the last entry: it never arrived. */
  takeBack() {
    this.own.pop();
  }

  /** Take the host's list; what stands before reply `from` is known here. */
  take(typed, from) {
    for (const entry of typed) {
      const sign = `${entry.after} ${signOf(entry.cmd, entry.text)}`;
      if (this.known.has(sign)) continue;
      this.known.add(sign);
      const place = this.own.indexOf(signOf(entry.cmd, entry.text));
      if (place >= 0) this.own.splice(place, 1);
      else if (entry.after >= from) this.waiting.push(entry);
    }
  }

  /** Give the entries that stand before reply `seq`. */
  *before(seq) {
    while (this.waiting.length && this.waiting[0].after < seq) yield this.waiting.shift();
  }

  /** Forget the entries whose output is no longer kept: that up to reply `seq`. */
  dropBefore(seq) {
    this.waiting = this.waiting.filter((entry) => entry.after >= seq);
  }
}

const signOf = (cmd, text) => JSON.stringify([cmd, typeof text === 'string' ? text : [text.path, text.args ?? []]]);
