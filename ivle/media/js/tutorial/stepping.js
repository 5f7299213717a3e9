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

/** The buttons above a console. `enter(line)` types a line there, `leave()` is told when whoever was at the buttons must be elsewhere. */
export class Stepping {
  constructor({ enter, leave }) {
    Object.assign(this, { enter, leave });
    this.said = make('span', { className: 'stepping-said', attributes: { role: 'status' } });
    this.buttons = BUTTONS.map(([words, command, drawing, key]) => {
      const button = make('button', { type: 'button' }, icon(drawing), words, make('kbd', { className: 'small quiet', textContent: key, attributes: { 'aria-hidden': 'true' } }));
      button.addEventListener('click', () => this.type(command));
      return button;
    });
    this.element = make('div', { className: 'stepping row', hidden: true, attributes: { role: 'group', 'aria-label': 'Step through the call' } }, ...this.buttons, this.said);
    this.shown = null;
    this.text = '';
    this.hasBegun = this.isAsked = this.isAtPrompt = false;
    this.waiting = [];
  }

  get isOn() {
    return this.shown !== null;
  }

  /** Begin; `shown`: mark(line) and unmark() of the code that is stepped through. */
  begin(line, shown) {
    this.end();
    Object.assign(this, { shown, text: '', hasBegun: false, isAsked: false, isAtPrompt: false });
    this.element.hidden = false;
    this.say('Starting');
    this.enter(line);
  }

  /** Type a command, unless the program is at work. */
  type(command) {
    if (this.isAsked) this.enter(command);
  }

  /** Leave the call where it is stopped; the promise ends when the console is free. */
  async stop() {
    if (!this.isOn || !this.isAsked) return;
    const isOver = new Promise((resolve) => this.waiting.push(resolve));
    this.enter('q');
    await isOver;
  }

  /** Take note of what the console wrote. */
  wrote(text) {
    if (this.isOn) this.text = (this.text + text).slice(-MOST_KEPT);
  }

  /** Take note of what the console does: 'busy', or what it wants: 'code', 'more', 'input', 'nothing' when it ended. */
  wants(what) {
    if (!this.isOn) return;
    if (what === 'busy') this.hasBegun = true;
    else if (what === 'input') this.look();
    else if (this.hasBegun) this.end();
    this.isAsked = what === 'input' && this.isOn && this.isAtPrompt;
    for (const button of this.buttons) button.setAttribute('aria-disabled', String(!this.isAsked));
  }

  look() {
    this.isAtPrompt = this.text.endsWith(PROMPT);
    if (!this.isAtPrompt) {
      this.say('Your program asks for input: type it below.');
      return;
    }
    const stop = [...this.text.matchAll(STOP)].at(-1);
    if (!stop) return;
    const [, line, name, value] = stop;
    this.shown.mark(Number(line));
    this.say(value === undefined ? `Stopped at line ${line}, in ${name}: it runs next.` : `At the end of ${name}: it gives back ${value}.`);
    this.text = PROMPT;
  }

  say(sentence) {
    if (this.said.textContent !== sentence) this.said.textContent = sentence;
  }

  end() {
    this.shown?.unmark();
    this.shown = null;
    const wasHere = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (wasHere) this.leave();
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
