// The line at the bottom of a console: Enter, several lines, history, completion, and always a way out by Tab.

const UNIT = '    ';

/** Return how far into `text`, counted in characters as Python counts them, the UTF-16 place `at` is. */
const inCharacters = (text, at) => Array.from(text.slice(0, at)).length;
const inUnits = (text, at) => Array.from(text).slice(0, at).join('').length;

const commonStart = (words) =>
  words.reduce((start, word) => {
    let length = 0;
    while (length < start.length && start[length] === word[length]) length++;
    return start.slice(0, length);
  });

/**
 * Looks after a textarea. `handlers`: submit(text) · step(direction, current): a text of the history or null
 * · complete(text, cursor) · interrupt() · endInput() · hint(words): a list to show, empty to hide it.
 */
export class InputLine {
  constructor(area, handlers) {
    this.area = area;
    this.handlers = handlers;
    this.leaves = false;
    this.asked = null;
    area.addEventListener('keydown', (event) => this.key(event));
    area.addEventListener('input', () => {
      this.leaves = false;
      this.forget();
      this.fit();
    });
    area.addEventListener('blur', () => (this.leaves = false));
  }

  get value() {
    return this.area.value;
  }

  set(text) {
    this.area.value = text;
    this.area.setSelectionRange(text.length, text.length);
    this.fit();
  }

  /** Put the indentation of the next line of a block where nothing was typed yet. */
  indentAfter(line) {
    if (this.value) return;
    const [indent] = line.match(/^[ \t]*/);
    this.set(/:\s*(#.*)?$/.test(line) ? indent + UNIT : indent);
  }

  fit() {
    this.area.rows = Math.min(this.value.split('\n').length, 12);
  }

  forget() {
    this.asked = null;
    this.handlers.hint([]);
  }

  submit() {
    this.forget();
    this.handlers.submit(this.value);
  }

  key(event) {
    if (event.isComposing) return;
    const { area } = this;
    const hasSelection = area.selectionStart !== area.selectionEnd;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'Enter' && plain) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Escape') {
      this.leaves = true;
      this.forget();
    } else if (event.key === 'Tab' && plain) {
      this.tab(event);
    } else if (event.key === 'c' && event.ctrlKey && !event.shiftKey && !event.metaKey && !hasSelection && !String(getSelection())) {
      event.preventDefault();
      this.handlers.interrupt();
    } else if (event.key === 'd' && event.ctrlKey && !event.metaKey && !this.value) {
      event.preventDefault();
      this.handlers.endInput();
    } else if (plain && !hasSelection && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      this.walk(event);
    }
  }

  walk(event) {
    const before = this.value.slice(0, this.area.selectionStart);
    const after = this.value.slice(this.area.selectionStart);
    const isUp = event.key === 'ArrowUp';
    if ((isUp ? before : after).includes('\n')) return;
    const text = this.handlers.step(isUp ? -1 : 1, this.value);
    if (text === null) return;
    event.preventDefault();
    this.forget();
    this.set(text);
  }

  tab(event) {
    const at = this.area.selectionStart;
    const line = this.value.slice(this.value.lastIndexOf('\n', at - 1) + 1, at);
    // Tab is for leaving, unless there is something to complete; after Esc it leaves in any case.
    if (this.leaves || !line.trim()) return;
    event.preventDefault();
    this.asked = { text: this.value, at };
    this.handlers.complete(this.value, inCharacters(this.value, at));
  }

  /** Take the answer to the last completion that was asked for; answers to other tabs are not ours. */
  offer(matches, start) {
    const { asked } = this;
    if (!asked || asked.text !== this.value || asked.at !== this.area.selectionStart) return;
    this.asked = null;
    const from = inUnits(asked.text, start);
    const typed = asked.text.slice(from, asked.at);
    const common = matches.length ? commonStart(matches) : '';
    if (common.startsWith(typed) && common.length > typed.length) {
      this.area.setRangeText(common, from, asked.at, 'end');
      this.fit();
    }
    this.handlers.hint(matches.length === 1 ? [] : matches, matches.length === 0);
  }
}
