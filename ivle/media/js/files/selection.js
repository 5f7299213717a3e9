// What is selected: the checkboxes are the truth, the bar over the heading row says how many and offers what can be done.

import { closeMenus } from '../parts/menus.js';

const boxOf = (row) => row.querySelector('td.choose input');

/** The selection of a listing. */
export class Selection {
  constructor(root) {
    this.listing = root.querySelector('[data-listing]') ?? root;
    this.body = root.querySelector('tbody');
    this.all = root.querySelector('[data-select-all]');
    this.count = root.querySelector('[data-count]');
    this.bar = root.querySelector('[data-selection]');
    this.last = null;
    if (!this.bar) return;
    this.body.addEventListener('change', () => this.show());
    this.body.addEventListener('click', (event) => this.clicked(event));
    this.all.addEventListener('change', () => this.set(this.rows, this.all.checked));
    root.querySelector('[data-select-none]').addEventListener('click', () => this.clear());
    this.show();
  }

  get rows() {
    return [...this.body.rows];
  }

  get chosen() {
    return this.bar ? this.rows.filter((row) => boxOf(row).checked) : [];
  }

  set(rows, isChosen) {
    for (const row of rows) boxOf(row).checked = isChosen;
    this.show();
  }

  clear() {
    this.set(this.rows, false);
    this.all.focus();
  }

  only(row) {
    this.set(this.rows, false);
    this.set([row], true);
  }

  toggle(row) {
    boxOf(row).checked = !boxOf(row).checked;
    this.show();
  }

  /** With Shift, select everything from the last one to this. */
  clicked(event) {
    if (!event.target.matches('td.choose input')) return;
    const row = event.target.closest('tr');
    const { rows } = this;
    if (event.shiftKey && this.last) {
      const [start, end] = [rows.indexOf(this.last), rows.indexOf(row)].sort((one, other) => one - other);
      this.set(rows.slice(start, end + 1), boxOf(row).checked);
    }
    this.last = row;
  }

  show() {
    const { chosen, rows } = this;
    for (const row of rows) row.classList.toggle('is-selected', boxOf(row).checked);
    this.all.checked = chosen.length > 0 && chosen.length === rows.length;
    this.all.indeterminate = chosen.length > 0 && chosen.length < rows.length;
    this.count.textContent = chosen.length ? `${chosen.length} selected` : '';
    this.listing.classList.toggle('has-selection', chosen.length > 0);
    const rename = this.bar.querySelector('[data-action=rename]');
    rename.hidden = chosen.length !== 1;
    if (chosen.length === 1) rename.querySelector('input').value = chosen[0].dataset.name;
    if (!chosen.length) closeMenus();
  }

  /** Open the panel of the bar in which the chosen thing is renamed or moved. */
  open(action) {
    const menu = this.bar?.querySelector(`[data-action=${action}]`);
    if (!menu) return;
    menu.open = true;
    const field = menu.querySelector('input');
    field.focus();
    if (action !== 'rename') return;
    // The part before the ending is what people change.
    const dot = field.value.lastIndexOf('.');
    field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
  }

  /** Do what a button of the bar does. */
  press(view) {
    this.bar?.querySelector(`button[formaction$="@@${view}"]`)?.click();
  }
}
