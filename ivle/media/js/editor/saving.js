// Saving: only over the version that was opened, one request at a time, and nothing typed is lost on the way.

import { ask } from '../parts/site.js';
import { bytesOf } from './bytes.js';
import { Draft } from './drafts.js';

const DRAFT_AFTER_MS = 400;
const RETRY_MS = [2000, 5000, 10000, 30000];

/**
 * The file behind the editor.
 *
 * `text()` gives what is in the editor now. `show(state, detail)` is told: 'saved', 'edited', 'saving', 'offline', 'conflict', 'failed'.
 */
export class Document {
  constructor({ url, etag, encoding, lineEnding, text, show }) {
    Object.assign(this, { url, etag, encoding, lineEnding, text, show });
    this.draft = new Draft(url);
    this.savedText = text();
    this.state = 'saved';
    this.saving = null;
    this.failures = 0;
    this.draftTimer = 0;
    this.retryTimer = 0;
    addEventListener('online', () => this.state === 'offline' && this.save());
    addEventListener('pagehide', () => this.isDirty && this.keepDraft());
  }

  get isDirty() {
    return this.text() !== this.savedText;
  }

  /** What the file must be for a save to go through: the version that was opened, or, without an etag, nothing. */
  get precondition() {
    return this.etag ? { 'If-Match': `"${this.etag}"` } : { 'If-None-Match': '*' };
  }

  become(state, detail) {
    this.state = state;
    this.show(state, detail);
  }

  /** Note that something was typed. */
  edited() {
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.keepDraft(), DRAFT_AFTER_MS);
    if (this.state === 'saved' || this.state === 'failed') this.become('edited');
  }

  keepDraft() {
    clearTimeout(this.draftTimer);
    if (this.isDirty) return this.draft.keep(this.text(), this.etag);
    this.draft.forget();
    if (this.state === 'edited') this.become('saved', null);
    return true;
  }

  /** Save; promise true when the file holds what the editor shows. */
  async save() {
    if (this.saving) {
      await this.saving;
      return this.isDirty ? this.save() : true;
    }
    if (this.state === 'conflict') return false;
    clearTimeout(this.retryTimer);
    this.saving = this.send();
    try {
      return await this.saving;
    } finally {
      this.saving = null;
    }
  }

  async send() {
    const text = this.text();
    const wasOffline = this.state === 'offline';
    if (!wasOffline) this.become('saving');
    try {
      const { etag } = await ask(this.url, {
        method: 'PUT',
        body: bytesOf(text, this.encoding, this.lineEnding),
        headers: { 'Content-Type': 'application/octet-stream', ...this.precondition },
      });
      this.saved(text, etag);
      return true;
    } catch (error) {
      return this.refused(error);
    }
  }

  saved(text, etag) {
    this.etag = etag;
    this.savedText = text;
    this.failures = 0;
    if (this.isDirty) {
      this.become('edited');
      this.keepDraft();
    } else {
      this.draft.forget();
      this.become('saved', new Date());
    }
  }

  refused(error) {
    const isKept = this.keepDraft();
    if (error.status === 412 || error.status === 404) {
      this.become('conflict', error);
    } else if (error.isOffline || error.status === 503) {
      this.become('offline', isKept);
      this.retryTimer = setTimeout(() => this.save(), RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]);
      this.failures += 1;
    } else {
      this.become('failed', error);
    }
    return false;
  }

  /** Make the file again that vanished under the editor. */
  saveAsNew() {
    this.etag = '';
    this.become('edited');
    return this.save();
  }

  /** Go on from what stands in the file now: a conflict has been settled, or the file was changed from elsewhere. */
  adopt({ etag, text, encoding, line_ending: lineEnding }) {
    Object.assign(this, { etag, encoding, lineEnding });
    this.savedText = text;
    this.become(this.isDirty ? 'edited' : 'saved', null);
    this.keepDraft();
  }
}
