// The lines of before: walked by Up and Down, by the beginning of what is typed, and searched.

const MOST_LINES = 500;
const MOST_FOUND = 50;

export class History {
  constructor() {
    this.lines = [];
    this.rest();
  }

  /** Begin with what is kept for the person, whatever they typed here meanwhile coming last. */
  load(lines) {
    const kept = lines.filter((text) => typeof text === 'string' && text.trim()).map((text) => text.replace(/\n+$/, ''));
    const fresh = this.lines.slice(this.loaded ?? 0);
    this.lines = [...kept, ...fresh.filter((text) => !kept.slice(-fresh.length).includes(text))].slice(-MOST_LINES);
    this.loaded = this.lines.length;
    this.rest();
  }

  /** Keep a text as the newest; a line of a block that is still open goes to the lines before it. */
  add(text, isOfBlock = false) {
    const line = text.replace(/\n+$/, '');
    if (isOfBlock && line.trim() && this.lines.length) this.lines.push(`${this.lines.pop()}\n${line}`);
    else if (line.trim() && this.lines.at(-1) !== line) this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    this.rest();
  }

  /** Stand at the end again: the next step begins with what is typed then. */
  rest() {
    this.place = this.lines.length;
    this.draft = '';
  }

  /** Return the next text back (-1) or forward (1) that begins as what was typed, or null where there is none. */
  step(direction, current) {
    if (this.place === this.lines.length) this.draft = current;
    for (let at = this.place + direction; at >= 0 && at <= this.lines.length; at += direction) {
      const text = at === this.lines.length ? this.draft : this.lines[at];
      if (at < this.lines.length && (text === current || !text.startsWith(this.draft))) continue;
      this.place = at;
      return text;
    }
    return null;
  }

  /** Return the texts that hold `words`, newest first, each once. */
  search(words) {
    const wanted = words.toLowerCase();
    const found = new Set();
    for (let at = this.lines.length - 1; at >= 0 && found.size < MOST_FOUND; at--) {
      if (this.lines[at].toLowerCase().includes(wanted)) found.add(this.lines[at]);
    }
    return [...found];
  }
}
