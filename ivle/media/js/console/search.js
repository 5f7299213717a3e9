// The search through the lines of before: a field and a list above the line, which Esc leaves and Enter takes from.

import { make } from '../parts/site.js';
import { Choices } from './choices.js';
import { colouredLines } from './colours.js';

const inOneLine = (text) => {
  const [first, ...more] = colouredLines(text);
  return more.length ? [...first, make('span', { className: 'quiet', textContent: `  … ${more.length} more ${more.length === 1 ? 'line' : 'lines'}` })] : first;
};

/** `find(words)` gives the texts; `taken(text)` gets the chosen one, or null when the person leaves. */
export class Search {
  constructor(find, taken) {
    this.find = find;
    this.taken = taken;
    this.field = make('input', {
      type: 'text',
      autocomplete: 'off',
      spellcheck: false,
      placeholder: 'Search what was typed before',
      attributes: { 'aria-label': 'Search what was typed before', role: 'combobox', 'aria-expanded': 'false', autocapitalize: 'off' },
    });
    this.choices = new Choices(this.field, 'What was typed before', (text) => this.close(text));
    this.told = make('p', { className: 'console-found', attributes: { role: 'status' } });
    this.element = make('div', { className: 'console-search', hidden: true }, this.choices.list, this.told, this.field);
    this.field.addEventListener('input', () => this.look());
    this.field.addEventListener('keydown', (event) => this.key(event));
    this.field.addEventListener('blur', () => !this.element.hidden && this.close(null));
  }

  open(words) {
    this.field.value = words;
    this.element.hidden = false;
    this.look();
    this.field.focus();
    this.field.select();
  }

  look() {
    const found = this.find(this.field.value);
    this.choices.show(found, found.length ? 0 : -1, inOneLine);
    this.field.setAttribute('aria-expanded', String(this.choices.isOpen));
    this.told.textContent = found.length ? '' : 'Nothing typed before holds that.';
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.isComposing) return;
    if (event.key === 'Enter') this.close(this.choices.current ?? null);
    else if (event.key === 'Escape') this.close(null);
    else if (event.key === 'r' && event.ctrlKey) this.choices.step(1);
    else if (event.key in steps && this.choices.isOpen) this.choices.step(steps[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close(text) {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.choices.close();
    this.taken(text);
  }
}
