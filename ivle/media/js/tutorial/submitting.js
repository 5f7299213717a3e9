// Submitting: one click is one attempt, however often it must be sent, and a verdict is waited for as long as it takes.

import { ask } from '../parts/site.js';

const POLL_MS = 700;
const MOST_POLL_MS = 5000;
const AGAIN_MS = 3000;

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The attempts of this page at one exercise. `told`: waiting(place), verdict(told), lost(sentence) while the site is out of reach. */
export class Submitting {
  constructor(url, told) {
    Object.assign(this, { url, told });
    this.isUnderWay = false;
    this.last = null;
  }

  /** Submit `code`; the promise gives the verdict. What could not be sent is sent under the same key when it is the same code. */
  async submit(code) {
    if (this.last?.code !== code) this.last = { code, key: newKey() };
    this.isUnderWay = true;
    try {
      const answer = await ask(`${this.url}/@@submit`, { method: 'POST', body: this.last });
      // It has arrived: the next click is another attempt.
      this.last = null;
      return await this.follow(answer);
    } finally {
      this.isUnderWay = false;
    }
  }

  /** Wait for the attempt of an earlier visit. */
  async resume(number) {
    this.isUnderWay = true;
    try {
      return await this.follow({ waiting: { place: 1, seconds: 1 }, url: `${this.url}/@@attempts/${number}` });
    } finally {
      this.isUnderWay = false;
    }
  }

  async follow(first) {
    let answer = first;
    while (answer.waiting) {
      this.told.waiting(answer.waiting);
      await pause(Math.min(MOST_POLL_MS, Math.max(POLL_MS, (answer.waiting.seconds ?? 0) * 250)));
      answer = await this.look(answer);
    }
    this.told.verdict(answer);
    return answer;
  }

  /** Ask once where it stands, however long the site is out of reach. */
  async look({ url }) {
    for (;;) {
      try {
        return await ask(url);
      } catch (error) {
        if (!error.isOffline && error.status < 500) throw error;
        this.told.lost('The site cannot be reached. Your attempt is there; its verdict is shown when the connection is back.');
        await pause(AGAIN_MS);
      }
    }
  }
}
