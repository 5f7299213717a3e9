// The log of a console: what was typed and what came back, bounded, drawn once a frame, told to screen readers in portions.

import { Output } from './output.js';
import { splitTraceback, withoutEscapes } from './replies.js';

const MOST_LINES = 20000;
const ANNOUNCE_MS = 1000;
const ANNOUNCED_LINES = 6;
const NEAR_BOTTOM_PX = 32;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Shows entries in `log`; `announcer` is a live region. All text goes in as text, never as markup. */
export class Transcript {
  constructor(log, announcer) {
    this.log = log;
    this.announcer = announcer;
    this.entries = [];
    this.output = null;
    this.typed = null;
    this.frame = 0;
    this.spoken = [];
    this.speaker = 0;
    this.isAtEnd = true;
    log.addEventListener('scroll', () => {
      this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_BOTTOM_PX;
    });
  }

  /** Show a line or program that was typed, with its prompts beside the text, where copying does not take them. */
  type(text, prompt) {
    const node = element('div', 'console-typed');
    text.split('\n').forEach((line, number) => {
      const row = element('pre', 'console-text', line);
      row.dataset.prompt = number ? '... ' : prompt;
      node.append(row);
    });
    this.typed = node;
    this.add(node, 1);
    this.isAtEnd = true;
  }

  /** Show that a file was run. */
  ran(title) {
    this.typed = element('p', 'console-ran', title);
    this.add(this.typed, 1);
    this.isAtEnd = true;
  }

  /** Say at the right margin of what was typed last how long it took. */
  timed(words) {
    this.typed?.append(element('span', 'console-time', words));
    this.typed = null;
  }

  write(text, stream) {
    if (!text) return;
    if (this.output?.stream !== stream) {
      const output = new Output(stream);
      this.add(output.node, output);
      this.output = output;
    }
    this.output.push(text);
    this.say(text);
    this.draw();
  }

  except(traceback) {
    const [above, last] = splitTraceback(withoutEscapes(traceback));
    const node = element('div', 'console-exception');
    if (above) node.append(element('pre', 'console-text console-trace', above));
    node.append(element('pre', 'console-text console-reason', last));
    this.add(node, above.split('\n').length + 1);
    this.say(last);
  }

  notice(text, kind = 'info') {
    this.add(element('p', `console-notice is-${kind}`, text), 1);
    this.say(text);
  }

  clear() {
    this.entries = [];
    this.output = this.typed = null;
    this.log.replaceChildren();
  }

  /** Return all text without prompts. */
  text() {
    this.render();
    return this.entries.map(({ node, output }) => (output ? output.lines.join('\n').replace(/\n$/, '') : this.textOf(node))).join('\n');
  }

  textOf(node) {
    const rows = [...node.querySelectorAll('.console-text')];
    return rows.length ? rows.map((row) => row.textContent).join('\n') : node.firstChild?.textContent ?? '';
  }

  add(node, weight) {
    this.output = null;
    const output = weight instanceof Output ? weight : null;
    this.entries.push({ node, output, weight: output ? 0 : weight });
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
      if (!node.isConnected) this.log.append(node);
    }
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  /** Forget the oldest entries beyond the bound. */
  drop() {
    let lines = this.entries.reduce((sum, { output, weight }) => sum + (output ? output.size : weight), 0);
    while (lines > MOST_LINES && this.entries.length > 1) {
      const { node, output, weight } = this.entries.shift();
      node.remove();
      lines -= output ? output.size : weight;
    }
  }

  say(text) {
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
