// A list to choose from beside a field that keeps the focus: completions, and lines of before.

import { make } from '../parts/site.js';

const MOST_SHOWN = 100;
let made = 0;

export class Choices {
  /** `field` keeps the focus; `chosen(value)` is told what was taken; `name` says what is listed. */
  constructor(field, name, chosen) {
    this.field = field;
    this.chosen = chosen;
    this.at = -1;
    this.values = [];
    this.list = make('ul', { className: 'console-choices', id: `console-choices-${++made}`, hidden: true, attributes: { role: 'listbox', 'aria-label': name } });
    this.list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.chosen(this.values[Number(option.dataset.at)]);
    });
    field.setAttribute('aria-controls', this.list.id);
    field.setAttribute('aria-autocomplete', 'list');
  }

  get isOpen() {
    return !this.list.hidden;
  }

  get current() {
    return this.values[this.at];
  }

  /** Show values, as what `shown` makes of each: text or nodes. */
  show(values, at = -1, shown = (value) => [value]) {
    this.values = values.slice(0, MOST_SHOWN);
    const more = values.length - this.values.length;
    this.list.replaceChildren(
      ...this.values.map((value, number) =>
        make('li', { id: `${this.list.id}-${number}`, data: { at: number }, attributes: { role: 'option', 'aria-selected': 'false' } }, ...shown(value))),
    );
    if (more > 0) this.list.append(make('li', { className: 'quiet', textContent: `and ${more} more`, attributes: { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' } }));
    this.list.hidden = values.length === 0;
    this.move(at);
  }

  close() {
    if (!this.isOpen) return;
    this.values = [];
    this.list.hidden = true;
    this.move(-1);
  }

  /** Go to the next (1) or previous (-1) one, around the ends. */
  step(direction) {
    const { length } = this.values;
    this.move(this.at < 0 && direction < 0 ? length - 1 : (this.at + direction + length) % length);
  }

  move(at) {
    this.list.children[this.at]?.setAttribute('aria-selected', 'false');
    this.at = at < this.values.length ? at : -1;
    const option = this.at < 0 ? null : this.list.children[this.at];
    if (!option) {
      this.field.removeAttribute('aria-activedescendant');
      return;
    }
    option.setAttribute('aria-selected', 'true');
    option.scrollIntoView({ block: 'nearest' });
    this.field.setAttribute('aria-activedescendant', option.id);
  }
}
