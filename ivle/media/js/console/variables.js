// The panel of variables: a table of names, types and values, and a closer look at one of them.

import { icon, make } from '../parts/site.js';

const REMEMBERED = 'ivle.console.variables';
const HIDDEN_TYPES = /^(module|function|type|builtin_function_or_method|method|ABCMeta|EnumType|EnumMeta)$/;
const SLOW = 'Looking at the variables took too long and was stopped. Press Look again when nothing else is to be done.';

const isOrdinary = ({ kind, type }) => (kind ? kind === 'value' : !HIDDEN_TYPES.test(type));
const typeInWords = ({ type, size }) => (size === null || size === undefined || size === '' ? type : `${type}, ${size}`);

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === 'open';
  } catch {
    return false;
  }
}

function remember(isOpen) {
  try {
    localStorage.setItem(REMEMBERED, isOpen ? 'open' : 'closed');
  } catch {
    // Without storage the panel is closed again after a reload.
  }
}

/** `handlers`: look(): ask for the variables · inspect(name). */
export class Variables {
  constructor(panel, toggle, handlers) {
    this.panel = panel;
    this.toggle = toggle;
    this.handlers = handlers;
    this.items = null;
    this.isSlow = false;
    this.build();
    this.open(remembered());
  }

  build() {
    this.filter = make('input', { type: 'search', placeholder: 'Filter by name', autocomplete: 'off', spellcheck: false, attributes: { 'aria-label': 'Filter by name' } });
    this.all = make('input', { type: 'checkbox' });
    const again = make('button', { type: 'button', className: 'plain only-icon', title: 'Look again', attributes: { 'aria-label': 'Look again' } }, icon('restart'));
    this.said = make('p', { className: 'console-said quiet', attributes: { role: 'status' } });
    this.rows = make('tbody');
    const heads = ['Name', 'Type', 'Value'].map((text) => make('th', { scope: 'col', textContent: text }));
    this.table = make('table', { className: 'console-variables' }, make('caption', { className: 'aside', textContent: 'Variables' }), make('thead', {}, make('tr', {}, ...heads)), this.rows);
    this.details = make('div', { className: 'console-details', hidden: true, tabIndex: -1, attributes: { role: 'region', 'aria-label': 'Details' } });
    const scrolled = make('div', { className: 'console-scrolled', tabIndex: 0, attributes: { role: 'group', 'aria-label': 'Table of variables' } }, this.said, this.table);
    this.panel.replaceChildren(
      make('div', { className: 'console-sift' }, this.filter, again),
      make('label', { className: 'choice' }, this.all, 'Modules and functions too'),
      scrolled,
      this.details,
    );
    this.filter.addEventListener('input', () => this.draw());
    this.all.addEventListener('change', () => this.draw());
    again.addEventListener('click', () => {
      this.isSlow = false;
      this.handlers.look();
    });
    this.rows.addEventListener('click', (event) => {
      const row = event.target.closest('tr');
      if (row) this.handlers.inspect(row.dataset.name);
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** Whether the list wants to be brought up to date after a command. */
  get wantsNews() {
    return this.isOpen && !this.isSlow;
  }

  open(isOpen) {
    this.panel.hidden = !isOpen;
    this.toggle.setAttribute('aria-pressed', String(isOpen));
    if (isOpen) this.draw();
  }

  switch() {
    this.open(!this.isOpen);
    remember(this.isOpen);
    this.isSlow = false;
    if (this.isOpen) this.handlers.look();
  }

  slow() {
    this.isSlow = true;
    this.said.textContent = SLOW;
  }

  take(items) {
    this.items = items;
    if (this.isOpen) this.draw();
  }

  /** Nothing is known any more: the console began afresh. */
  forget() {
    this.items = null;
    this.details.hidden = true;
    this.draw();
  }

  draw() {
    const wanted = this.filter.value.toLowerCase();
    const items = (this.items ?? []).filter((item) => (this.all.checked || isOrdinary(item)) && item.name.toLowerCase().includes(wanted));
    this.table.hidden = items.length === 0;
    this.said.textContent = items.length ? '' : this.empty();
    const focused = document.activeElement?.closest?.('tr')?.dataset.name;
    this.rows.replaceChildren(...items.map(rowOf));
    if (focused !== undefined && !this.panel.contains(document.activeElement)) {
      [...this.rows.children].find((row) => row.dataset.name === focused)?.querySelector('button').focus();
    }
  }

  empty() {
    if (this.isSlow) return SLOW;
    if (this.items === null) return 'The variables are listed when the console is ready.';
    return this.items.length ? 'No variable fits. Change the filter, or show modules and functions too.' : 'No variables yet. Type x = 1, and x is listed here.';
  }

  /** Show a closer look at one value. */
  detail({ name, type, repr, doc, signature, members }) {
    const close = make('button', { type: 'button', className: 'plain only-icon', title: 'Close', attributes: { 'aria-label': 'Close the details' } }, icon('close'));
    close.addEventListener('click', () => {
      this.details.hidden = true;
      this.filter.focus();
    });
    const part = (title, text, className) => (text ? [make('h4', { textContent: title }), make('pre', { className, textContent: text })] : []);
    this.details.replaceChildren(
      make('div', { className: 'console-details-head' }, make('h3', { textContent: signature ? `${name}${signature}` : name }), make('span', { className: 'quiet', textContent: type }), close),
      ...part('Value', repr, 'console-value'),
      ...part('Documentation', doc, 'console-doc'),
      ...part('Members', members.join('  '), 'console-members'),
    );
    this.show();
  }

  /** Say why there is no closer look. */
  failed(sentence) {
    this.details.replaceChildren(make('p', { textContent: sentence }));
    this.show();
  }

  show() {
    this.details.hidden = false;
    this.details.scrollTop = 0;
    this.details.focus({ preventScroll: true });
  }
}

function rowOf(item) {
  const name = make('button', { type: 'button', className: 'link-like', textContent: item.name });
  const value = make('td', { className: 'console-short', textContent: item.repr, title: item.repr.slice(0, 400) });
  return make('tr', { data: { name: item.name } }, make('th', { scope: 'row' }, name), make('td', { className: 'console-type', textContent: typeInWords(item), title: typeInWords(item) }), value);
}
