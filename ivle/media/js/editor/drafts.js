// Drafts: what was typed and not yet saved, kept on this device until it is.

const PREFIX = 'ivle-draft:';

/** The draft of one file. A device that keeps nothing (private mode, full) loses only this safety net. */
export class Draft {
  constructor(url) {
    this.key = PREFIX + url;
  }

  read() {
    try {
      const draft = JSON.parse(localStorage.getItem(this.key));
      return typeof draft?.text === 'string' && typeof draft.etag === 'string' ? draft : null;
    } catch {
      return null;
    }
  }

  /** Keep `text`; say whether this device did. */
  keep(text, etag) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ text, etag, kept: new Date().toISOString() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing was kept, then.
    }
  }
}
