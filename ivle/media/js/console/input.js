// The line at the bottom of a console: Enter, several lines, colours, history, completion, and always a way out by Tab.

import { Choices } from './choices.js';
import { colouredLines } from './colours.js';
import { withoutPrompts } from './pasting.js';

const UNIT = '    ';
const PASTED = 'Pasted without the prompts and the output between the lines.';
const IDENTIFIER = /^[\p{L}\p{N}_]*$/u;

/** Return how far into `text`, counted in characters as Python counts them, the UTF-16 place `at` is. */
const inCharacters = (text, at) => Array.from(text.slice(0, at)).length;
const inUnits = (text, at) => Array.from(text).slice(0, at).join('').length;

const commonStart = (words) =>
  words.reduce((start, word) => {
    let length = 0;
    while (length < start.length && start[length] === word[length]) length++;
    return start.slice(0, length);
  });

/** Return the indentation of a line that follows `line` in a block. */
const indentBehind = (line) => {
  const [indent] = line.match(/^[ \t]*/);
  return /:\s*(#.*)?$/.test(line) ? indent + UNIT : indent;
};

/**
 * Looks after a textarea, with `behind` showing its text in colours. `handlers`: submit(text) · step(direction, current): a text
 * of the history or null · search(words) · complete(text, cursor) · interrupt() · endInput() · clear() · say(sentence)
 * · edited(): by hand · changed(text): in any way.
 */
export class InputLine {
  constructor(area, behind, handlers) {
    this.area = area;
    this.behind = behind;
    this.handlers = handlers;
    this.leaves = false;
    this.isCode = true;
    this.asked = this.completing = null;
    this.choices = new Choices(area, 'Completions', (word) => this.take(word));
    area.addEventListener('keydown', (event) => this.key(event));
    area.addEventListener('paste', (event) => this.paste(event));
    area.addEventListener('input', () => this.edited());
    area.addEventListener('blur', () => {
      this.leaves = false;
      this.choices.close();
    });
  }

  get value() {
    return this.area.value;
  }

  set(text) {
    this.area.value = text;
    this.area.setSelectionRange(text.length, text.length);
    this.draw();
  }

  edited() {
    this.leaves = false;
    this.asked = null;
    this.handlers.say('');
    this.narrow();
    this.draw();
    this.handlers.edited();
  }

  /** Say whether Python or the input of a program is being typed. */
  expect(isCode) {
    if (isCode === this.isCode) return;
    this.isCode = isCode;
    this.draw();
  }

  draw() {
    // Also the height of the line: an empty last line needs a sign to stand on.
    const lines = this.isCode ? colouredLines(this.value) : this.value.split('\n').map((line) => [line]);
    this.behind.replaceChildren(...lines.flatMap((line, number) => (number ? ['\n', ...line] : line)), '\u200b');
    this.handlers.changed(this.value);
  }

  /** Put the indentation of the next line of a block where nothing was typed yet. */
  indentAfter(line) {
    if (!this.value) this.set(indentBehind(line));
  }

  /** Replace a stretch of the text as typing does, so that undo knows of it. */
  replace(from, to, text) {
    this.area.focus();
    this.area.setSelectionRange(from, to);
    if (!document.execCommand(text ? 'insertText' : 'delete', false, text)) {
      this.area.setRangeText(text, from, to, 'end');
      this.edited();
    }
  }

  forget() {
    this.asked = null;
    this.choices.close();
    this.handlers.say('');
  }

  submit() {
    this.forget();
    this.handlers.submit(this.value);
  }

  // -- keys -------------------------------------------------------------------------------------

  key(event) {
    if (event.isComposing) return;
    const { area, choices } = this;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    const control = event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    const hasSelection = area.selectionStart !== area.selectionEnd;
    const isArrow = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    const done = (step) => {
      event.preventDefault();
      step();
    };
    if (event.key === 'Enter' && !control && !event.altKey && !event.metaKey) done(() => this.enter(event.shiftKey));
    else if (event.key === 'Escape') this.escape(event);
    else if (event.key === 'Tab' && !control && !event.altKey) this.tab(event);
    else if (control && event.key === 'c' && !hasSelection && !String(getSelection())) done(() => this.handlers.interrupt());
    else if (control && event.key === 'd' && !this.value) done(() => this.handlers.endInput());
    else if (control && event.key === 'l') done(() => this.handlers.clear());
    else if (control && event.key === 'r') done(() => this.handlers.search(this.value));
    else if (plain && choices.isOpen && isArrow) done(() => choices.step(event.key === 'ArrowUp' ? -1 : 1));
    else if (plain && !hasSelection && isArrow) this.walk(event);
    else if (plain && event.key === 'Backspace' && !hasSelection) this.outdent(event);
  }

  enter(isAnotherLine) {
    const { area, choices } = this;
    if (!isAnotherLine && choices.current !== undefined) {
      this.take(choices.current);
      return;
    }
    const isMultiple = this.value.includes('\n');
    const isAtEnd = !this.value.slice(area.selectionEnd).trim();
    if (!isAnotherLine && (!isMultiple || isAtEnd)) {
      this.submit();
      return;
    }
    this.choices.close();
    this.replace(area.selectionStart, area.selectionEnd, `\n${this.isCode ? indentBehind(this.lineBefore()) : ''}`);
  }

  escape(event) {
    if (this.choices.isOpen) event.stopPropagation();
    if (this.value && !this.value.trim()) this.set('');
    this.leaves = true;
    this.forget();
  }

  lineBefore() {
    const at = this.area.selectionStart;
    return this.value.slice(this.value.lastIndexOf('\n', at - 1) + 1, at);
  }

  outdent(event) {
    const line = this.lineBefore();
    if (line.length < 2 || /[^ ]/.test(line)) return;
    event.preventDefault();
    const at = this.area.selectionStart;
    this.replace(at - (((line.length - 1) % UNIT.length) + 1), at, '');
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

  paste(event) {
    const text = this.isCode ? withoutPrompts(event.clipboardData?.getData('text/plain') ?? '') : null;
    if (text === null) return;
    event.preventDefault();
    this.replace(this.area.selectionStart, this.area.selectionEnd, text);
    this.handlers.say(PASTED);
  }

  // -- completion -------------------------------------------------------------------------------

  tab(event) {
    if (this.choices.isOpen && !event.shiftKey) {
      event.preventDefault();
      this.choices.step(1);
      return;
    }
    // Tab is for leaving, unless there is something to complete; after Esc it leaves in any case.
    if (event.shiftKey || this.leaves || !this.lineBefore().trim()) return;
    event.preventDefault();
    const at = this.area.selectionStart;
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
    if (common.startsWith(typed) && common.length > typed.length) this.replace(from, asked.at, common);
    this.completing = { from, matches };
    if (matches.length === 0) this.handlers.say('Nothing to complete.');
    else if (matches.length > 1) this.choices.show(matches);
  }

  /** Keep the list to what still fits while typing goes on. */
  narrow() {
    if (!this.choices.isOpen) return;
    const { from, matches } = this.completing;
    const typed = this.value.slice(from, this.area.selectionStart);
    const fitting = matches.filter((word) => word.startsWith(typed) && word !== typed);
    if (this.area.selectionStart < from || !IDENTIFIER.test(typed) || !fitting.length) this.choices.close();
    else this.choices.show(fitting);
  }

  take(word) {
    const { from } = this.completing;
    this.choices.close();
    this.replace(from, this.area.selectionStart, word);
    this.choices.close();
  }
}
