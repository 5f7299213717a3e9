// The console beside the code: a splitter by mouse and keys where there is room for both, two tabs where there is not.

const WIDTH_KEY = 'ivle-console-width';
const STEP = 5;

const remembered = () => Number(localStorage.getItem(WIDTH_KEY)) || 40;

function remember(width) {
  try {
    localStorage.setItem(WIDTH_KEY, String(width));
  } catch {
    // The width is then only for this page.
  }
}

/** The code and the console at its side. */
export class Workbench {
  constructor(root) {
    this.bench = root.querySelector('[data-workbench]');
    this.panel = root.querySelector('[data-console-panel]');
    this.splitter = root.querySelector('[data-splitter]');
    this.tabs = root.querySelector('[data-tabs]');
    this.setWidth(remembered());
    this.splitter.addEventListener('pointerdown', (event) => this.drag(event));
    this.splitter.addEventListener('keydown', (event) => this.resizeByKey(event));
    for (const tab of this.tabs.querySelectorAll('[role=tab]')) tab.addEventListener('click', () => this.select(tab));
    this.tabs.addEventListener('keydown', (event) => this.walkTabs(event));
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** Show or hide the console. */
  toggle(isOpen) {
    this.panel.hidden = !isOpen;
    this.splitter.hidden = !isOpen;
    this.tabs.hidden = !isOpen;
    this.select(this.tabs.querySelector(isOpen ? '#console-tab' : '#code-tab'));
  }

  select(tab) {
    for (const other of this.tabs.querySelectorAll('[role=tab]')) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    this.bench.classList.toggle('shows-console', tab.id === 'console-tab');
  }

  walkTabs(event) {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = this.tabs.querySelector('[role=tab][aria-selected=false]');
    this.select(other);
    other.focus();
  }

  setWidth(width) {
    this.width = Math.min(80, Math.max(20, Math.round(width)));
    this.bench.style.setProperty('--console-width', `${this.width}%`);
    this.splitter.setAttribute('aria-valuenow', String(this.width));
  }

  resizeByKey(event) {
    const wider = { ArrowLeft: STEP, ArrowRight: -STEP, Home: 100, End: -100 }[event.key];
    if (wider === undefined) return;
    event.preventDefault();
    this.setWidth(this.width + wider);
    remember(this.width);
  }

  drag(event) {
    event.preventDefault();
    this.splitter.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const { right, width } = this.bench.getBoundingClientRect();
      this.setWidth(((right - moved.clientX) / width) * 100);
    };
    const end = () => {
      this.splitter.removeEventListener('pointermove', move);
      remember(this.width);
    };
    this.splitter.addEventListener('pointermove', move);
    this.splitter.addEventListener('pointerup', end, { once: true });
    this.splitter.addEventListener('pointercancel', end, { once: true });
  }
}
