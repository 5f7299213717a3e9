// How close the rows of staff's tables stand: a switch above them, remembered on this device. early.js reads it before anything is drawn.

const KEPT = 'ivle-density';

/** Let every switch on the page set the density of its tables. */
export function watchDensity() {
  const { dataset } = document.documentElement;
  for (const button of document.querySelectorAll('[data-density-switch]')) {
    button.setAttribute('aria-pressed', String(dataset.density === 'compact'));
    button.addEventListener('click', () => {
      const isCompact = dataset.density !== 'compact';
      dataset.density = isCompact ? 'compact' : 'roomy';
      button.setAttribute('aria-pressed', String(isCompact));
      try {
        localStorage.setItem(KEPT, dataset.density);
      } catch {
        // A browser that keeps nothing: it holds for this page.
      }
    });
  }
}
