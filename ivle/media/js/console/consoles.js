// The list of the reader's consoles: each with its place, state, age and Python; one is shown, any can be opened or ended.

import { icon, make } from '../parts/site.js';
import { inWords } from '../parts/times.js';
import { listedState } from './words.js';

const LOOK_AGAIN_MS = 15000;

/** `handlers`: list(): a promise of consoles · open(console) · end(console): a promise · address(key). */
export class ConsoleList {
  constructor(nav, handlers) {
    this.nav = nav;
    this.handlers = handlers;
    this.key = null;
    this.words = null;
    this.list = make('ul');
    this.timer = setInterval(() => !document.hidden && this.refresh(), LOOK_AGAIN_MS);
    document.addEventListener('visibilitychange', () => !document.hidden && this.refresh());
    this.refresh();
  }

  /** Show which console is open. */
  mark(key) {
    if (key !== this.key) this.words = null;
    this.key = key;
    for (const link of this.list.querySelectorAll('a')) {
      if (link.dataset.key !== key) link.removeAttribute('aria-current');
      else if (!link.hasAttribute('aria-current')) {
        link.setAttribute('aria-current', 'page');
        link.parentElement.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }
    }
  }

  /** Say what the open console does now: the page hears of it before the next look. */
  say(words) {
    this.words = words;
    const row = this.list.querySelector('a[aria-current]')?.parentElement;
    if (row) tell(row, words);
  }

  /** Look which consoles there are now; what cannot be known stays as it was. */
  async refresh() {
    const consoles = await this.handlers.list().catch(() => null);
    if (consoles === null) return;
    // Nobody's focus is taken: a row that is as it was stays.
    const kept = new Map([...this.list.children].map((row) => [row.dataset.sign, row]));
    const rows = consoles.map((one) => kept.get(signOf(one)) ?? this.row(one));
    const isSame = rows.length === this.list.children.length && rows.every((row, at) => row === this.list.children[at]);
    if (!isSame) this.list.replaceChildren(...rows);
    if (!this.list.isConnected) this.nav.replaceChildren(this.list);
    this.nav.hidden = consoles.length === 0;
    this.mark(this.key);
    // A row that stays may still say what its console did while it was open.
    rows.forEach((row, at) => tell(row, listedStateOf(consoles[at])));
    if (this.words !== null) this.say(this.words);
  }

  row(one) {
    const link = make('a', { href: this.handlers.address(one.key), textContent: one.cwd, data: { key: one.key } });
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.handlers.open(one);
    });
    const end = make('button', { type: 'button', className: 'plain only-icon', title: 'End', attributes: { 'aria-label': `End the console in ${one.cwd}` } }, icon('close'));
    end.addEventListener('click', async () => {
      end.disabled = true;
      await this.handlers.end(one);
      await this.refresh();
    });
    const does = make('span', { className: 'console-does', textContent: listedStateOf(one) });
    const started = make('time', { dateTime: one.started, textContent: inWords(new Date(one.started)) });
    const words = make('span', { className: 'quiet small' }, does, ' · since ', started, one.python ? ` · ${one.python}` : '');
    return make('li', { data: { sign: signOf(one) } }, link, words, end);
  }
}

const listedStateOf = ({ state, busy }) => listedState(state ?? (busy ? 'busy' : 'idle'));

function tell(row, words) {
  const place = row.querySelector('.console-does');
  if (place.textContent !== words) place.textContent = words;
}

const signOf = ({ key, cwd, state, busy, python }) => JSON.stringify([key, cwd, state, busy, python]);
