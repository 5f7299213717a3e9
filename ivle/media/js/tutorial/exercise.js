// One exercise on the page: the code, its draft, its verdict, its hints.

import { openCode } from '../editor/code.js';
import { markLine, unmarkLine } from '../editor/marking.js';
import { askWhether } from '../console/sure.js';
import { ask, icon, make, notice } from '../parts/site.js';
import { inWords, timeOfDay } from '../parts/times.js';
import { watchHints } from './hints.js';
import { Notices } from './notices.js';
import { Saving } from './saving.js';
import { Submitting } from './submitting.js';
import { enliven, inOneSentence, verdictNodes, waitingNodes, waitingWords } from './verdict.js';

const STATES = { passed: ['pass', 'check'], waiting: ['info', 'clock'], attempted: ['warn', 'restart'], new: ['', 'edit'] };
const IN_TWO_TABS = 'You work on this exercise in another tab, too. What is saved last stays: go on in one of them.';
const CONNECTED_AGAIN = 'The connection is back. Your code is here, and was not submitted yet.';
const LEAST_ROWS = 4;
const MOST_ROWS = 20;

export class Exercise {
  /** `page`: login, nonce, trying (the console, or null), completed(exercise), stateChanged(identifier, words). */
  constructor(element, page) {
    Object.assign(this, { element, page });
    this.part = (name) => element.querySelector(`[data-${name}]`);
    this.identifier = element.dataset.exercise;
    this.isCompleted = element.dataset.completed === 'yes';
    this.url = element.dataset.url;
    this.notices = new Notices(this.part('notices'), this.url, () => this.saving.retry());
    const textarea = element.querySelector('textarea');
    this.part('code-panel').style.setProperty('--rows', String(Math.min(MOST_ROWS, Math.max(LEAST_ROWS, textarea.rows))));
    const keys = [
      { key: 'Mod-Enter', run: () => (this.submit(), true), preventDefault: true },
      { key: 'Mod-s', run: () => (this.saving.save(), true), preventDefault: true },
    ];
    this.view = openCode(textarea, {
      text: textarea.value, name: 'program.py', nonce: page.nonce, mayWrite: true, keys, onChange: () => this.saving.edited(), onMove: () => {},
    });
    this.saving = new Saving({
      url: this.url,
      login: page.login,
      text: () => this.text,
      show: (state, detail) => this.showSaving(state, detail),
      told: { adopt: (text) => this.write(text), conflict: () => this.notices.show('warn', IN_TWO_TABS) },
    });
    this.submitting = new Submitting(this.url, {
      waiting: (waiting) => this.showWaiting(waiting),
      verdict: (told) => this.showVerdict(told),
      lost: (sentence) => this.notices.show('warn', sentence),
    });
    this.watch();
    this.offerDraft();
    enliven(this.part('verdict'), this.deeds());
    if (element.dataset.waiting) this.follow(() => this.submitting.resume(element.dataset.waiting));
  }

  get text() {
    return this.view.state.doc.toString();
  }

  write(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  watch() {
    this.part('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.part('reset').addEventListener('click', () => this.reset());
    this.part('run')?.addEventListener('click', (event) => this.run(null, event.currentTarget));
    watchHints(this.part('hints'), this.notices);
  }

  deeds() {
    return {
      goToLine: (line) => markLine(this.view, line),
      run: this.page.trying && ((call) => this.run(call, document.activeElement)),
      step: this.page.trying && ((call) => this.step(call, document.activeElement)),
    };
  }

  // -- drafts -------------------------------------------------------------------------------------

  /** Take up what an earlier visit typed on this device and the site does not have. */
  offerDraft() {
    const draft = this.saving.draft.read();
    if (!draft || draft.text === this.text) {
      this.saving.draft.forget();
      return;
    }
    if (draft.etag === this.text) {
      // The site has what it was typed over: nothing is lost by going on.
      this.write(draft.text);
      return;
    }
    const use = make('button', { type: 'button', className: 'main', textContent: 'Use it' });
    const drop = make('button', { type: 'button', textContent: 'Throw it away' });
    const words = `Code from ${inWords(new Date(draft.kept))} is kept on this device and was not saved. The exercise has changed since, here or elsewhere.`;
    const offered = notice('info', words, use, drop);
    use.addEventListener('click', () => {
      offered.remove();
      this.write(draft.text);
      this.view.focus();
    });
    drop.addEventListener('click', () => {
      offered.remove();
      this.saving.draft.forget();
    });
    this.notices.add(offered);
  }

  showSaving(state, detail) {
    const [words, weight] = {
      saved: () => [`draft saved ${timeOfDay(detail)}`, ''],
      edited: () => ['not saved yet', ''],
      saving: () => ['saving', ''],
      offline: () => [detail ? 'offline, kept on this device' : 'offline, not kept: copy your code', 'warn'],
      failed: () => [`not saved: ${detail.message}`, 'fail'],
    }[state]();
    const shown = this.part('save-state');
    if (shown.textContent !== words) shown.textContent = words;
    shown.className = `save-state small ${weight || 'quiet'}`;
  }

  async reset() {
    if (!(await askWhether('Go back to the code that the exercise starts from? What you typed and did not submit is lost.', 'Reset'))) return;
    try {
      const { code } = await ask(`${this.url}/@@reset`, { method: 'POST', body: {} });
      this.write(code);
      this.saving.taken(code);
      this.view.focus();
    } catch (error) {
      this.notices.failed(error);
    }
  }

  // -- attempts -----------------------------------------------------------------------------------

  submit() {
    if (this.submitting.isUnderWay) return;
    const code = this.text;
    this.follow(async () => {
      const told = await this.submitting.submit(code);
      this.saving.taken(code);
      return told;
    });
  }

  async follow(step) {
    const button = this.part('submit');
    button.setAttribute('aria-disabled', 'true');
    this.element.setAttribute('aria-busy', 'true');
    this.notices.clear();
    try {
      await step();
      this.notices.clear();
    } catch (error) {
      this.saving.keep();
      const again = error.isOffline ? ' Your code is kept on this device: submit it again when the connection is back.' : '';
      this.notices.failed(error, `Not submitted. ${error.message}${again}`, () => this.offerToSubmit());
      this.say(error.message);
    } finally {
      button.removeAttribute('aria-disabled');
      this.element.removeAttribute('aria-busy');
    }
  }

  offerToSubmit() {
    const again = make('button', { type: 'button', className: 'main', textContent: 'Submit now' });
    again.addEventListener('click', () => this.submit());
    this.say(CONNECTED_AGAIN);
    return notice('info', CONNECTED_AGAIN, again);
  }

  say(sentence) {
    this.part('said').textContent = sentence;
  }

  showWaiting(waiting) {
    const shown = this.part('verdict');
    shown.replaceChildren(...waitingNodes(waiting));
    enliven(shown, this.deeds());
    this.notices.clear();
    this.showState('waiting', 'being tested');
    this.say(waitingWords(waiting));
  }

  showVerdict(told) {
    const shown = this.part('verdict');
    shown.replaceChildren(...verdictNodes(told));
    enliven(shown, this.deeds());
    if (told.completed) this.showState('passed', `passed after ${told.attempts} attempt${told.attempts === 1 ? '' : 's'}`);
    else if (told.attempts) this.showState('attempted', `attempted ${told.attempts}× · not yet`);
    else this.showState('new', 'not attempted');
    this.say(inOneSentence(told));
    if (told.completed && !this.isCompleted) {
      this.isCompleted = true;
      this.page.completed(this);
    }
  }

  get isOptional() {
    return this.element.dataset.optional === 'yes';
  }

  showState(state, words) {
    const [kind, drawing] = STATES[state];
    const shown = this.part('state');
    shown.className = `state ${kind}`;
    shown.replaceChildren(icon(drawing), make('span', { textContent: words }));
    this.page.stateChanged(this.identifier, words);
  }

  run(call, askedBy) {
    this.page.trying.run(this.text, call, askedBy, this.shown).catch((error) => this.notices.failed(error));
  }

  step(call, askedBy) {
    this.page.trying.step(this.text, call, askedBy, this.shown).catch((error) => this.notices.failed(error));
  }

  /** What the debugger shows in the code. */
  get shown() {
    return { mark: (line) => markLine(this.view, line, { focuses: false }), unmark: () => unmarkLine(this.view) };
  }
}
