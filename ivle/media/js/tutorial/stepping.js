// Stepping through a call, line by line: Python's debugger in the console, with a button for each thing one would type there.

import { icon, make } from '../parts/site.js';

const PROMPT = '(Pdb) ';
// Only lines of what was entered in the console: those of Python's own modules stand in no editor.
const STOP = /(?:^|\(Pdb\) )> <console-\d+>\((\d+)\)([\w<>]+)\(\)(?:->(.*))?$/gm;
const MOST_KEPT = 4000;
// Beside each stop stand the names with their values.
const VALUES = ' ;; pp locals()';
const BUTTONS = [
  ['Next line', `n${VALUES}`, 'down', 'n'],
  ['Into the call', `s${VALUES}`, 'right', 's'],
  ['To the end', 'c', 'play', 'c'],
  ['Stop', 'q', 'stop', 'q'],
];

/** Return the line of Python that stops in front of the first line of a call such as `fac(5)`; null for what is no plain call. */
export function beginning(call) {
  const found = call.match(/^([\w.]+)\(([^]*)\)$/);
  return found && `import pdb; pdb.Pdb(skip=['bdb']).runcall(${[found[1], found[2]].filter(Boolean).join(', ')})`;
}

const NOWHERE = { mark: () => {}, unmark: () => {} };

/**
 * The buttons above a console: there whenever the debugger asks what to do, also one that a program has called by `breakpoint()`.
 *
 * `enter(line)` types a line in the console, `leave()` is told when whoever was at the buttons must be elsewhere.
 */
export class Stepping {
  constructor({ enter, leave }) {
    Object.assign(this, { enter, leave, shown: NOWHERE, text: '', waiting: [] });
    this.isOn = this.hasBegun = this.isAsked = false;
    this.said = make('span', { className: 'stepping-said', attributes: { role: 'status' } });
    this.buttons = BUTTONS.map(([words, command, drawing, key]) => {
      const button = make('button', { type: 'button' }, icon(drawing), words, make('kbd', { className: 'small quiet', textContent: key, attributes: { 'aria-hidden': 'true' } }));
      button.addEventListener('click', () => this.isAsked && this.enter(command));
      return button;
    });
    this.element = make('div', { className: 'stepping row', hidden: true, attributes: { role: 'group', 'aria-label': 'Step through the call' } }, ...this.buttons, this.said);
  }

  /** Begin with a line that calls the debugger. */
  begin(line) {
    this.open();
    this.hasBegun = false;
    this.say('Starting');
    this.enter(line);
  }

  /** Leave the program where it is stopped; the promise ends when the console is free. */
  async stop() {
    if (!this.isAsked) return;
    const isOver = new Promise((resolve) => this.waiting.push(resolve));
    this.enter('q');
    await isOver;
  }

  /** Take note of the code that runs from now on; `shown`: mark(line) and unmark() of it. */
  watch(shown) {
    this.shown.unmark();
    Object.assign(this, { shown, text: '' });
  }

  /** Take note of what the console wrote. */
  wrote(text) {
    this.text = (this.text + text).slice(-MOST_KEPT);
  }

  /** Take note of what the console does: 'busy', or what it wants: 'code', 'more', 'input', 'nothing' when it ended. */
  wants(what) {
    this.isAsked = what === 'input' && this.text.endsWith(PROMPT);
    if (this.isAsked) this.stopped();
    else if (!this.isOn) return;
    else if (what === 'busy') this.hasBegun = true;
    else if (what === 'input') this.say('Your program asks for input: type it below.');
    else if (this.hasBegun) this.end();
    for (const button of this.buttons) button.setAttribute('aria-disabled', String(!this.isAsked));
  }

  stopped() {
    this.open();
    this.hasBegun = true;
    const stop = [...this.text.matchAll(STOP)].at(-1);
    if (!stop) return;
    const [, line, name, value] = stop;
    this.shown.mark(Number(line));
    const where = name === '<module>' ? '' : `, in ${name}`;
    this.say(value === undefined ? `Stopped at line ${line}${where}: it runs next.` : `At the end of line ${line}${where}: it gives back ${value}.`);
    this.text = PROMPT;
  }

  say(sentence) {
    if (this.said.textContent !== sentence) this.said.textContent = sentence;
  }

  open() {
    this.isOn = true;
    this.element.hidden = false;
  }

  end() {
    this.shown.unmark();
    const wasHere = this.element.contains(document.activeElement);
    this.isOn = false;
    this.element.hidden = true;
    if (wasHere) this.leave();
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
