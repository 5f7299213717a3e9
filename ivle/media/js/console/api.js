// The console's plain requests: start, send, look, interrupt, restart, end.

import { ask } from '../parts/site.js';

/** The requests of the consoles below `base`, the address of the console page. */
export class ConsoleApi {
  constructor(base) {
    this.base = base.replace(/\/$/, '');
  }

  address(key, view) {
    return `${this.base}/${key}/@@${view}`;
  }

  /** Return the reader's consoles, newest first. */
  async list() {
    return (await ask(this.base)).consoles;
  }

  /** Return what was typed into a console, by any page: [{after, cmd, text}]. */
  async typed(key) {
    return (await ask(this.address(key, 'typed'))).typed;
  }

  /** Return what the reader typed into all their consoles, oldest first. */
  async history() {
    return (await ask(`${this.base}/@@history`)).history;
  }

  start(cwd) {
    return ask(`${this.base}/@@start`, { method: 'POST', body: { cwd } });
  }

  chat(key, command) {
    return ask(this.address(key, 'chat'), { method: 'POST', body: command });
  }

  output(key, after) {
    return ask(`${this.address(key, 'output')}?after=${after}`);
  }

  gateway(key) {
    return ask(this.address(key, 'gateway'));
  }

  act(key, verb) {
    return ask(this.address(key, verb), { method: 'POST', body: {} });
  }
}
