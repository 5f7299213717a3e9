// One stretch of a program's output: kept within bounds, folded in the middle when it is long.

import { make } from '../parts/site.js';
import { PLAIN, inColours, styled } from './ansi.js';
import { overwritten } from './replies.js';

const FOLD_ABOVE = 200;
const HEAD = 40;
const TAIL = 120;
const LONGEST_LINE = 10000;
const MOST_LINES = 10000;
// What all long lines of a stretch may have beyond that.
const MOST_BEYOND = 1000000;

const counted = new Intl.NumberFormat('en');

/** Output of one stream, shown in `node`. */
export class Output {
  constructor(stream) {
    this.stream = stream;
    // Text and, sign for sign, its colours.
    this.lines = [['', '']];
    this.style = PLAIN;
    this.isColoured = false;
    this.dropped = 0;
    this.isOpen = this.isWhole = false;
    this.beyond = 0;
    this.isChanged = false;
    this.node = make('div', { className: `console-output is-${stream}` });
    this.head = this.node.appendChild(make('pre', { className: 'console-text' }));
    this.tail = null;
    this.fold = this.whole = null;
  }

  get size() {
    return this.lines.length;
  }

  push(text) {
    const [shown, styles, style] = styled(text, this.style);
    this.style = style;
    this.isColoured ||= style !== PLAIN || text.includes('\x1b');
    let at = 0;
    shown.split('\n').forEach((part, number) => {
      const beside = styles.slice(at, at + part.length);
      at += part.length + 1;
      if (number) this.lines.push(this.clip(overwritten(part, beside)));
      else {
        const [before, colours] = this.lines.at(-1);
        this.beyond -= Math.max(0, before.length - LONGEST_LINE);
        this.lines[this.lines.length - 1] = this.clip(overwritten(before + part, colours + beside));
      }
    });
    const surplus = this.lines.length - MOST_LINES;
    if (surplus > 0) {
      for (const [line] of this.lines.splice(HEAD, surplus)) this.beyond -= Math.max(0, line.length - LONGEST_LINE);
      this.dropped += surplus;
    }
    this.isChanged = true;
  }

  clip([line, colours]) {
    const most = LONGEST_LINE + MOST_BEYOND - this.beyond;
    const kept = line.length > most ? `${line.slice(0, most)}…` : line;
    this.beyond += Math.max(0, kept.length - LONGEST_LINE);
    return [kept, colours.slice(0, most)];
  }

  /** Return the text as it is shown, folded or not. */
  text() {
    return this.lines.map(([line]) => line.replace('\r', '')).join('\n').replace(/\n$/, '');
  }

  /** Bring `node` up to date; call it once a frame, however much was pushed. */
  render() {
    if (!this.isChanged) return;
    this.isChanged = false;
    const lines = this.lines.at(-1)[0] === '' ? this.lines.slice(0, -1) : this.lines;
    if (this.isOpen || lines.length <= FOLD_ABOVE) {
      const gone = [[`… ${counted.format(this.dropped)} lines are gone …`, '']];
      this.put(this.head, this.dropped ? [...lines.slice(0, HEAD), ...gone, ...lines.slice(HEAD)] : lines);
      this.offerWhole(lines);
      return;
    }
    this.makeFold();
    this.put(this.head, lines.slice(0, HEAD));
    this.put(this.tail, lines.slice(-TAIL));
    const hidden = lines.length - HEAD - TAIL;
    const gone = this.dropped ? ` (${counted.format(this.dropped)} older ones are no longer kept)` : '';
    this.fold.textContent = `Show ${counted.format(hidden)} more lines${gone}`;
    this.offerWhole([...lines.slice(0, HEAD), ...lines.slice(-TAIL)]);
  }

  put(place, lines) {
    const shown = lines.map(([line, colours]) => [this.shortened(line.replace('\r', '')), colours]);
    const text = shown.map(([line]) => line).join('\n');
    if (!this.isColoured) place.textContent = text;
    else place.replaceChildren(...inColours(text, shown.map(([line, colours]) => colours.slice(0, line.length).padEnd(line.length, '\0')).join('\0')));
  }

  shortened(line) {
    return this.isWhole || line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}…`;
  }

  /** Where lines are shown in part, offer all of them. */
  offerWhole(lines) {
    const long = lines.filter(([line]) => line.length > LONGEST_LINE);
    if (this.isWhole || !long.length) {
      this.whole?.remove();
      this.whole = null;
      return;
    }
    if (!this.whole) {
      this.whole = make('button', { type: 'button', className: 'console-fold' });
      this.whole.addEventListener('click', () => this.open({ isWhole: true }));
    }
    this.whole.textContent = long.length > 1 ? `Show ${counted.format(long.length)} long lines whole` : `Show the whole line (${counted.format(long[0][0].length)} characters)`;
    this.node.append(this.whole);
  }

  makeFold() {
    if (this.fold) return;
    this.fold = this.node.appendChild(make('button', { type: 'button', className: 'console-fold' }));
    this.fold.addEventListener('click', () => this.unfold());
    this.tail = this.node.appendChild(make('pre', { className: 'console-text' }));
  }

  unfold() {
    this.fold.remove();
    this.tail.remove();
    this.open({ isOpen: true });
  }

  open(changes) {
    Object.assign(this, changes, { isChanged: true });
    this.render();
    // The button is gone: whoever pressed it with a key goes on from the text.
    this.head.tabIndex = -1;
    this.head.focus({ preventScroll: true });
  }
}
