// What this tab remembers of a console over a reload: the lines typed here, and where in the replies they stood.

const MOST_LINES = 300;
const MOST_CHARACTERS = 200000;

const usable = (list) => (Array.isArray(list) ? list : []);

/** The memory of one console; without storage it lasts as long as the page. */
export class Memory {
  constructor(key) {
    this.name = `ivle.console.${key}`;
    const kept = this.load();
    this.typed = usable(kept.typed);
    this.history = usable(kept.history).filter((text) => typeof text === 'string');
    this.place = this.history.length;
    this.draft = '';
  }

  load() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name)) ?? {};
    } catch {
      return {};
    }
  }

  save() {
    const cut = (list) => list.splice(0, Math.max(0, list.length - MOST_LINES));
    cut(this.typed);
    cut(this.history);
    let text = JSON.stringify({ typed: this.typed, history: this.history });
    while (text.length > MOST_CHARACTERS && this.typed.length + this.history.length > 2) {
      this.typed.splice(0, Math.ceil(this.typed.length / 2));
      this.history.splice(0, Math.ceil(this.history.length / 2));
      text = JSON.stringify({ typed: this.typed, history: this.history });
    }
    try {
      sessionStorage.setItem(this.name, text);
    } catch {
      // A full or forbidden storage costs the memory over a reload and nothing else.
    }
    this.place = this.history.length;
  }

  /** Note an entry, {text, prompt} or {title}, that was sent when `after` was the last reply seen. */
  note(entry, after) {
    this.typed.push({ ...entry, after });
    if (entry.text?.trim() && !entry.isInput && this.history.at(-1) !== entry.text) this.history.push(entry.text);
    this.draft = '';
    this.save();
  }

  /** Take back the last entry: it never arrived. */
  takeBack() {
    this.typed.pop();
    this.save();
  }

  /** Return the entries that stood before reply `seq` and were not returned yet. */
  *before(seq) {
    while (this.replayed < this.typed.length && this.typed[this.replayed].after < seq) yield this.typed[this.replayed++];
  }

  /** Begin to go through the entries again. */
  replay() {
    this.replayed = 0;
  }

  /** Return the text one step back (-1) or forward (1) in the history, or null at its end. */
  step(direction, current) {
    if (this.place === this.history.length) this.draft = current;
    const next = this.place + direction;
    if (next < 0 || next > this.history.length) return null;
    this.place = next;
    return next === this.history.length ? this.draft : this.history[next];
  }
}
