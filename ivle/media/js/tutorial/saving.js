// Drafts of an exercise: saved at the site a little after typing stops, and kept on this device until they are.

import { Draft } from '../editor/drafts.js';
import { ask } from '../parts/site.js';

const KEEP_AFTER_MS = 400;
const SAVE_AFTER_MS = 2000;
const RETRY_MS = [2000, 5000, 10000, 30000];

/**
 * What is typed into one exercise. `text()` gives it; `show(state, detail)` is told 'saved', 'edited', 'saving', 'offline', 'failed'.
 *
 * `told`: adopt(text) when another tab saved and nothing is typed here, conflict() when something is.
 * Drafts on the device are a person's own, by `login`: others may use the same device.
 */
export class Saving {
  constructor({ url, login, text, show, told }) {
    Object.assign(this, { url, text, show, told });
    this.draft = new Draft(`${url}?${login}`);
    this.savedText = text();
    this.base = this.savedText;
    this.state = 'saved';
    this.failures = 0;
    this.underWay = null;
    this.timers = { keep: 0, save: 0 };
    this.tabs = new BroadcastChannel(`ivle-exercise:${login}:${url}`);
    this.tabs.addEventListener('message', ({ data }) => this.hear(data));
    addEventListener('online', () => this.retry());
    addEventListener('pagehide', () => this.keep());
    document.addEventListener('visibilitychange', () => document.hidden && this.isDirty && this.save());
  }

  get isDirty() {
    return this.text() !== this.savedText;
  }

  become(state, detail) {
    this.state = state;
    this.show(state, detail);
  }

  /** Note that something was typed. */
  edited() {
    clearTimeout(this.timers.keep);
    this.timers.keep = setTimeout(() => this.keep(), KEEP_AFTER_MS);
    this.later(SAVE_AFTER_MS);
    if (this.state !== 'offline') this.become('edited');
  }

  later(milliseconds) {
    clearTimeout(this.timers.save);
    this.timers.save = setTimeout(() => this.save(), milliseconds);
  }

  /** Keep what is typed on this device; say whether it is kept. */
  keep() {
    clearTimeout(this.timers.keep);
    if (this.isDirty) return this.draft.keep(this.text(), this.base);
    this.draft.forget();
    return true;
  }

  /** Save now what could not be saved while the site was out of reach. */
  retry() {
    if (this.state === 'offline') this.save();
  }

  /** Save at the site. Never two at once: the later of them could arrive first. */
  async save() {
    clearTimeout(this.timers.save);
    if (this.underWay) {
      await this.underWay;
      if (!this.isDirty) return;
    }
    if (!this.isDirty) {
      this.taken(this.savedText);
      return;
    }
    this.underWay = this.send(this.text());
    await this.underWay;
    this.underWay = null;
  }

  async send(text) {
    if (this.state !== 'offline') this.become('saving');
    try {
      await ask(`${this.url}/@@save`, { method: 'POST', body: { code: text } });
      this.taken(text);
    } catch (error) {
      this.refused(error);
    }
  }

  /** Another tab has saved: go on from there, unless something else is typed here. */
  hear(text) {
    if (text === this.text()) {
      this.became(text);
    } else if (this.isDirty) {
      this.told.conflict();
    } else {
      this.savedText = text;
      this.told.adopt(text);
      this.became(text);
    }
  }

  /** Note that the site has `text`, as a draft or as an attempt, from this page. */
  taken(text) {
    if (text !== this.savedText) this.tabs.postMessage(text);
    this.became(text);
  }

  became(text) {
    this.savedText = this.base = text;
    this.failures = 0;
    if (this.isDirty) {
      this.become('edited');
      this.keep();
      this.later(SAVE_AFTER_MS);
      return;
    }
    clearTimeout(this.timers.save);
    this.draft.forget();
    this.become('saved', new Date());
  }

  refused(error) {
    const isKept = this.keep();
    if (!error.isOffline && error.status < 500) {
      this.become('failed', error);
      return;
    }
    this.become('offline', isKept);
    this.later(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]);
    this.failures += 1;
  }
}
