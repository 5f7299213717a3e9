// Writing a worksheet: the editor over its text, and a preview that follows what is typed. The form works without us.

import { openFields, textOf } from './authoring/fields.js';
import { followTyping, tellProblems } from './authoring/preview.js';
import { watchUnsaved } from './authoring/unsaved.js';

const form = document.getElementById('worksheet');
const textarea = form.elements.source;
const problems = form.querySelector('[data-problems]');
const noteChange = watchUnsaved(form);
const renew = followTyping({
  url: form.dataset.preview,
  given: () => ({ source: textOf(textarea), format: form.elements.format.value }),
  shown: form.querySelector('[data-preview-here]'),
  problems,
  textarea,
});

openFields(form, form.dataset.nonce, () => {
  noteChange();
  renew();
});
form.elements.format.addEventListener('change', renew);
tellProblems(problems, [...problems.querySelectorAll('li')].map((item) => item.textContent), textarea);
addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
    event.preventDefault();
    form.requestSubmit();
  }
});
