// The log of a console: what was typed and what came back, bounded, drawn once a frame, told to screen readers in portions.

import { icon, make } from '../parts/site.js';
import { copyText } from './clipboard.js';
import { colouredLines } from './colours.js';
import { Output } from './output.js';
import { picture } from './pictures.js';
import { sheet } from './sheets.js';
import { splitTraceback, withPlaces } from './traces.js';
import { withoutEscapes } from './replies.js';

const MOST_LINES = 20000;
const WEIGHT_OF_A_PICTURE = 500;
const ANNOUNCE_MS = 1000;
const ANNOUNCED_LINES = 6;
const NEAR_BOTTOM_PX = 32;
// How the words of a picture begin that a turtle has drawn.
const DRAWING = 'Turtle drawing';
const DROPPED = 'Earlier output is no longer kept.';

const pre = (className, ...children) => make('pre', { className: `console-text ${className}`.trim() }, ...children);

/**
 * Shows entries in `log`; `announcer` is a live region. All text goes in as text, never as markup.
 *
 * `places` says where files of the reader are (see withPlaces), `nonce` is the page's, `say(sentence)` tells what a copy came to.
 */
export class Transcript {
  constructor(log, announcer, { places, nonce, say }) {
    this.log = log;
    this.announcer = announcer;
    this.options = { places, nonce, say };
    this.entries = [];
    this.output = this.typed = this.queueNode = this.dropped = null;
    this.frame = 0;
    this.spoken = [];
    this.speaker = 0;
    this.isAtEnd = true;
    log.addEventListener('scroll', () => {
      this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_BOTTOM_PX;
    });
    log.addEventListener('keydown', (event) => this.key(event));
    // A line that grows, a keyboard that opens: who was at the end stays there.
    this.sizes = new ResizeObserver(() => this.stay());
    this.sizes.observe(log);
  }

  /** Show a line or program that was typed, with its prompts beside the text, where copying does not take them. */
  type(text, prompt) {
    const node = make('div', { className: 'console-typed', tabIndex: -1 });
    colouredLines(text).forEach((line, number) => {
      const row = pre('', ...line);
      row.dataset.prompt = number ? '... ' : prompt;
      node.append(row);
    });
    this.begin(node, text);
  }

  /** Show that a file was run. */
  ran(title) {
    this.begin(make('p', { className: 'console-ran', tabIndex: -1 }, make('span', { textContent: title })), title);
  }

  begin(node, text) {
    const copy = make('button', { type: 'button', tabIndex: -1, className: 'plain only-icon console-copy', title: 'Copy this entry', attributes: { 'aria-label': 'Copy this entry' } }, icon('copy'));
    copy.addEventListener('click', () => this.copyEntry(node));
    node.append(copy);
    this.typed = node;
    this.add(node, { text });
    this.isAtEnd = true;
  }

  /** Say at the right margin of what was typed last how long it took. */
  timed(words) {
    this.typed?.append(make('span', { className: 'console-time', textContent: words }));
    this.typed = null;
  }

  write(text, stream) {
    if (!text) return;
    if (this.output?.stream !== stream) {
      const output = new Output(stream);
      this.add(output.node, { output });
      this.output = output;
    }
    this.output.push(text);
    this.tell(text);
    this.draw();
  }

  except(traceback) {
    const whole = withoutEscapes(traceback);
    const [above, last] = splitTraceback(whole);
    const node = make('div', { className: 'console-exception' });
    if (above) node.append(pre('console-trace', ...withPlaces(above, this.options.places)));
    node.append(pre('console-reason', ...withPlaces(last, this.options.places)));
    this.add(node, { text: whole.replace(/\n+$/, ''), weight: whole.split('\n').length });
    this.tell(last);
  }

  picture(image) {
    const node = picture(image, () => this.draw());
    const text = String(image.text || 'Picture');
    const isDrawing = node !== null && text.startsWith(DRAWING);
    if (isDrawing) this.foldEarlier();
    this.shown(node, text);
    if (isDrawing) this.entries.at(-1).isDrawing = true;
  }

  /** Each command adds to the same drawing: the picture before it, with nothing but typed lines since, takes one line. */
  foldEarlier() {
    const earlier = this.entries.findLast(({ node }) => !isTyped(node));
    if (!earlier?.isDrawing) return;
    const folded = make('details', { className: 'console-earlier' }, make('summary', { textContent: 'Earlier picture' }));
    earlier.node.replaceWith(folded);
    folded.append(earlier.node);
    Object.assign(earlier, { node: folded, isDrawing: false });
  }

  sheet(html) {
    this.shown(sheet(html, this.options.nonce), String(html.text ?? ''));
  }

  /** Show something that is no text; where it cannot be shown, its text stands for it. */
  shown(node, text) {
    if (node) this.add(node, { text, weight: WEIGHT_OF_A_PICTURE });
    else this.write(`${text}\n`, 'out');
    if (node) this.tell(text);
  }

  notice(text, kind = 'info') {
    this.add(make('p', { className: `console-notice is-${kind}`, textContent: text }), { text });
    this.tell(text);
  }

  /** Show where one stands in the line, in one place that changes; null takes it away. */
  queue(text) {
    if (text === null) {
      this.entries = this.entries.filter(({ node }) => node !== this.queueNode);
      this.queueNode?.remove();
      this.queueNode = null;
    } else if (this.queueNode) {
      // Told as the state of the console already.
      this.queueNode.textContent = text;
    } else {
      this.notice(text, 'warn');
      this.queueNode = this.entries.at(-1).node;
    }
  }

  clear() {
    this.entries = [];
    this.output = this.typed = this.queueNode = this.dropped = null;
    this.log.replaceChildren();
  }

  // -- copying ----------------------------------------------------------------------------------

  /** Return all text without prompts, or that of some entries. */
  text(entries = this.entries) {
    return entries.map(({ output, text }) => (output ? output.text() : text)).join('\n');
  }

  async copyEntry(node) {
    const from = this.entries.findIndex((entry) => entry.node === node);
    const length = this.entries.slice(from + 1).findIndex((entry) => isTyped(entry.node));
    await this.copy(this.entries.slice(from, length < 0 ? undefined : from + 1 + length));
  }

  async copy(entries = this.entries) {
    const isCopied = await copyText(this.text(entries));
    this.options.say(isCopied ? 'Copied, without prompts.' : 'The browser did not allow copying: select the text and copy it.');
  }

  /** Alt and an arrow go from one typed line to the next; Ctrl+C there copies it with its output. */
  key(event) {
    const current = document.activeElement.closest('.console-typed, .console-ran');
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      const all = this.entries.map(({ node }) => node).filter(isTyped);
      const at = all.indexOf(current);
      const next = event.key === 'ArrowUp' ? (at < 0 ? all.length : at) - 1 : at + 1;
      event.preventDefault();
      (all[next] ?? this.log).focus();
    } else if (current && event.key === 'c' && (event.ctrlKey || event.metaKey) && !String(getSelection())) {
      event.preventDefault();
      this.copyEntry(current);
    }
  }

  // -- drawing ----------------------------------------------------------------------------------

  add(node, { output = null, text = '', weight = text.split('\n').length }) {
    this.output = null;
    this.entries.push({ node, output, text, weight });
    this.draw();
  }

  draw() {
    if (this.frame) return;
    // Frames do not come to a tab in the background, where text must not pile up undrawn.
    const later = document.hidden ? (step) => setTimeout(step, 200) : requestAnimationFrame;
    this.frame = later(() => {
      this.frame = 0;
      this.render();
    });
  }

  render() {
    this.drop();
    for (const { node, output } of this.entries) {
      output?.render();
      if (!node.isConnected) this.append(node);
    }
    this.stay();
  }

  append(node) {
    this.log.append(node);
    // What scrolls by itself is reached by keys.
    const trace = node.querySelector(':scope > .console-trace');
    if (trace && trace.scrollHeight > trace.clientHeight) trace.tabIndex = 0;
  }

  stay() {
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  /** Forget the oldest entries beyond the bound. */
  drop() {
    let lines = this.entries.reduce((sum, { output, weight }) => sum + (output ? output.size : weight), 0);
    while (lines > MOST_LINES && this.entries.length > 1) {
      const { node, output, weight } = this.entries.shift();
      node.remove();
      lines -= output ? output.size : weight;
      this.dropped ??= make('p', { className: 'console-notice is-warn', textContent: DROPPED });
    }
    if (this.dropped && !this.dropped.isConnected) this.log.prepend(this.dropped);
  }

  tell(text) {
    this.spoken.push(...withoutEscapes(text).split('\n').filter((line) => line.trim()));
    if (this.spoken.length > 1000) this.spoken.splice(0, this.spoken.length - 1000);
    this.speaker ||= setTimeout(() => {
      const lines = this.spoken.splice(0);
      this.speaker = 0;
      const more = lines.length - ANNOUNCED_LINES;
      const told = lines.slice(-ANNOUNCED_LINES).map((line) => line.slice(0, 200)).join('\n');
      this.announcer.textContent = more > 0 ? `${more} lines, then: ${told}` : told;
    }, ANNOUNCE_MS);
  }
}

const isTyped = (node) => node.matches('.console-typed, .console-ran');
