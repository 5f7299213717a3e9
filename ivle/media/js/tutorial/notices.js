// What is said below an exercise: one notice at a time, and of a lost connection only until it is back.

import { ask, notice } from '../parts/site.js';

const AGAIN_MS = [2000, 5000, 10000, 30000];

/** The notices of one exercise. `element` is where they stand; the address `url` answers when the site is back, and `back()` is told. */
export class Notices {
  constructor(element, url, back) {
    Object.assign(this, { element, url, back });
    this.lost = null;
    this.timer = 0;
    addEventListener('online', () => this.lost && this.look());
  }

  clear() {
    this.element.replaceChildren();
  }

  show(kind, sentence, ...actions) {
    this.element.replaceChildren(notice(kind, sentence, ...actions));
  }

  /** Show beside what is shown already. */
  add(node) {
    this.element.append(node);
  }

  /** Show why something could not be done. Of a lost connection, `after()` gives the notice in its place when it is back, if any. */
  failed(error, sentence = error.message, after = null) {
    const shown = notice('fail', sentence);
    this.element.replaceChildren(shown);
    if (!error.isOffline) return;
    this.lost = { shown, after, failures: 0 };
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), AGAIN_MS[Math.min(this.lost.failures, AGAIN_MS.length - 1)]);
    this.lost.failures += 1;
  }

  async look() {
    clearTimeout(this.timer);
    const { lost } = this;
    const isBack = await ask(this.url).then(() => true, (error) => !error.isOffline && error.status < 500);
    if (lost !== this.lost) return;
    if (!isBack) {
      this.later();
      return;
    }
    this.lost = null;
    // Another notice may have taken its place.
    if (lost.shown.isConnected) lost.shown.replaceWith(...(lost.after ? [lost.after()] : []));
    this.back();
  }
}
