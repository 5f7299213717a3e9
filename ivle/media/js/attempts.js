// Attempts of students: the keys ← and → lead to those of the student before and after.

import { isTyping } from './parts/shortcuts.js';

const WAYS = { ArrowLeft: 'prev', ArrowRight: 'next' };
// What scrolls sideways wants these keys for itself.
const scrolls = (element) => element.closest('[tabindex="0"]') !== null;

document.addEventListener('keydown', (event) => {
  const way = WAYS[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target) || scrolls(event.target)) return;
  document.querySelector(`.neighbours a[rel="${way}"]`)?.click();
});
