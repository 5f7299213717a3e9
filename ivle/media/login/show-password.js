// Shows what is typed into the password fields of a form while the box beside them is ticked.

for (const box of document.querySelectorAll('[data-shows-passwords]')) {
  const fields = box.form.querySelectorAll('input[type="password"]');
  const show = () => fields.forEach((field) => { field.type = box.checked ? 'text' : 'password'; });
  box.addEventListener('change', show);
  // A browser may offer to keep what stands in a text field; a password is not for that.
  box.form.addEventListener('submit', () => { box.checked = false; show(); });
}
