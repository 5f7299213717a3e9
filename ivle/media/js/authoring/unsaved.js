// Whoever leaves a form with changes is asked first.

/** Watch a form. Return a function to call when something in it changed that fires no event of its own. */
export function watchUnsaved(form) {
  let isChanged = false;
  const note = () => {
    isChanged = true;
  };
  form.addEventListener('input', note);
  form.addEventListener('submit', () => {
    isChanged = false;
  });
  addEventListener('beforeunload', (event) => {
    if (isChanged) event.preventDefault();
  });
  return note;
}
