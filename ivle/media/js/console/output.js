// One stretch of a program's output: kept within bounds, folded in the middle when it is long.

import { overwritten, withoutEscapes } from './replies.js';

const FOLD_ABOVE = 200;
const HEAD = 40;
const TAIL = 120;
const LONGEST_LINE = 10000;
const MOST_LINES = 10000;

const counted = new Intl.NumberFormat('en');

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

/** Output of one stream, shown in `node`. */
export class Output {
  constructor(stream) {
    this.stream = stream;
    this.lines = [''];
    this.dropped = 0;
    this.isOpen = false;
    this.isChanged = false;
    this.node = element('div', `console-output is-${stream}`);
    this.head = this.node.appendChild(element('pre', 'console-text'));
    this.tail = null;
    this.fold = null;
  }

  get size() {
    return this.lines.length;
  }

  push(text) {
    const parts = withoutEscapes(text).split('\n');
    const last = this.lines.length - 1;
    this.lines[last] = this.clip(overwritten(this.lines[last] + parts[0]));
    for (const part of parts.slice(1)) this.lines.push(this.clip(overwritten(part)));
    const surplus = this.lines.length - MOST_LINES;
    if (surplus > 0) {
      this.lines.splice(HEAD, surplus);
      this.dropped += surplus;
    }
    this.isChanged = true;
  }

  clip(line) {
    return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
  }

  /** Bring `node` up to date; call it once a frame, however much was pushed. */
  render() {
    if (!this.isChanged) return;
    this.isChanged = false;
    const lines = this.lines.at(-1) === '' ? this.lines.slice(0, -1) : this.lines;
    const shown = (from, to) => lines.slice(from, to).map((line) => line.replace('\r', '')).join('\n');
    if (this.isOpen || lines.length <= FOLD_ABOVE) {
      this.head.textContent = this.dropped ? `${shown(0, HEAD)}\n… ${counted.format(this.dropped)} lines are gone …\n${shown(HEAD)}` : shown(0);
      return;
    }
    this.makeFold();
    this.head.textContent = shown(0, HEAD);
    this.tail.textContent = shown(-TAIL);
    const hidden = lines.length - HEAD - TAIL;
    const gone = this.dropped ? `, ${counted.format(this.dropped)} more are gone` : '';
    this.fold.textContent = `Show all: ${counted.format(hidden)} more lines${gone}`;
  }

  makeFold() {
    if (this.fold) return;
    this.fold = this.node.appendChild(element('button', 'console-fold'));
    this.fold.type = 'button';
    this.fold.addEventListener('click', () => this.unfold());
    this.tail = this.node.appendChild(element('pre', 'console-text'));
  }

  unfold() {
    this.isOpen = true;
    this.isChanged = true;
    this.fold.remove();
    this.tail.remove();
    this.render();
    // The button is gone: whoever pressed it with a key goes on from the text.
    this.head.tabIndex = -1;
    this.head.focus({ preventScroll: true });
  }
}
