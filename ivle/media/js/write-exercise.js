// Writing an exercise: editors over its code, a preview of its description, and buttons that add parts without a new page.

import { goToField, openFields, textOf } from './authoring/fields.js';
import { followTyping, tellProblems } from './authoring/preview.js';
import { watchUnsaved } from './authoring/unsaved.js';
import { toast } from './parts/site.js';

const form = document.getElementById('exercise');
const noteChange = watchUnsaved(form);
const LEAVES = new Set(['save', 'test', 'publish']);
let renew = () => {};

/** Give the form, as it came or came anew, what it has with scripts. */
function equip() {
  const textarea = form.elements.description;
  const problems = form.querySelector('[data-problems]');
  renew = followTyping({
    url: form.dataset.preview,
    given: () => ({ text: textOf(textarea), format: form.elements.description_format.value }),
    shown: form.querySelector('[data-preview-here]'),
    problems,
    textarea,
  });
  openFields(form, form.dataset.nonce, (changed) => {
    noteChange();
    if (changed === textarea) renew();
  });
  form.elements.description_format.addEventListener('change', () => renew());
  tellProblems(problems, [...problems.querySelectorAll('li')].map((item) => item.textContent), textarea);
}

/** Let the site change the form, and put what it answers in the place of what is here. */
async function change(button) {
  const data = new FormData(form);
  data.set('do', button.value);
  const { scrollY } = window;
  let answer;
  try {
    answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(data), headers: { Accept: 'text/html' }, credentials: 'same-origin', redirect: 'manual' });
  } catch {
    toast('fail', 'The site cannot be reached. Nothing you wrote is lost; try again.');
    return;
  }
  const made = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('exercise');
  if (!answer.ok || !made) {
    toast('fail', 'The form could not be changed. Nothing you wrote is lost; save it, and try again.');
    return;
  }
  form.replaceChildren(...made.childNodes);
  equip();
  noteChange();
  window.scrollTo(0, scrollY);
  const { wants } = made.dataset;
  if (button.value.startsWith('add') && wants) {
    const part = document.getElementById(`part-${wants}`);
    goToField(part ? part.id : `f-${wants}`);
  }
}

form.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button || button.name !== 'do' || LEAVES.has(button.value)) return;
  event.preventDefault();
  change(button);
});
addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
    event.preventDefault();
    form.requestSubmit();
  }
});
for (const link of document.querySelectorAll('a[href^="#f-"]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    goToField(link.getAttribute('href').slice(1));
  });
}
equip();
