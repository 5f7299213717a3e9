// Copies what is shown once, and says so on the button.

for (const button of document.querySelectorAll('[data-copies]')) {
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.lastChild.textContent = 'Copied';
    } catch {
      // Without leave to copy, at least it is selected.
      getSelection().selectAllChildren(source);
      button.lastChild.textContent = 'Selected: now copy it';
    }
  });
}
