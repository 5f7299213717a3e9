// Trying code out: one console for the whole page, opened below the exercises when it is first asked for.

import { icon, make } from '../parts/site.js';
import { Stepping, beginning } from './stepping.js';

/** The console of a page; `panel` is where it goes, `page` the page's data. */
export class Trying {
  constructor(panel, { console: base, directory, login, nonce }) {
    Object.assign(this, { panel, base, directory, login, nonce });
    this.mounted = null;
    this.askedBy = null;
  }

  async open() {
    const { mountConsole } = await import('../console.js');
    this.panel.hidden = false;
    if (this.mounted) return this.mounted;
    const close = make('button', { type: 'button', className: 'tutorial-console-close' }, icon('down'), 'Hide the console');
    close.addEventListener('click', () => this.hide());
    const place = make('div', { className: 'tutorial-console-body' });
    this.stepping = new Stepping({ enter: (line) => this.mounted.enter(line), leave: () => this.mounted.focus() });
    this.panel.replaceChildren(close, this.stepping.element, place);
    this.mounted = mountConsole(place, {
      cwd: this.directory,
      base: this.base,
      login: this.login,
      nonce: this.nonce,
      // Whoever steps by the buttons stays at them.
      asked: () => this.stepping.isOn || this.mounted.focus(),
      states: (words, wants) => this.stepping.wants(wants),
      wrote: (text) => this.stepping.wrote(text),
    });
    return this.mounted;
  }

  hide() {
    this.panel.hidden = true;
    this.askedBy?.focus();
  }

  /** Run code in the console, and then `call` where there is one; the promise ends when it has. `shown` marks lines of the code. */
  async run(code, call, askedBy, shown) {
    if ((await this.load(code, askedBy, shown)) && call) this.mounted.enter(call);
  }

  /** Run code in the console, and stop in front of the first line of `call`. */
  async step(code, call, askedBy, shown) {
    if (await this.load(code, askedBy, shown)) this.stepping.begin(beginning(call));
  }

  /** Run code; say whether it came to its end. */
  async load(code, askedBy, shown) {
    this.askedBy = askedBy;
    const mounted = await this.open();
    await this.stepping.stop();
    this.stepping.watch(shown);
    return (await mounted.runText(code)) === 'ok';
  }
}
