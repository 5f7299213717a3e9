// `?` lists the shortcuts of the page: those that stand in its <template data-shortcuts>.

/** Return whether keys go into an element as text. */
export const isTyping = (element) => element.closest('input:not([type=checkbox]), textarea, select, [contenteditable="true"], .cm-editor') !== null;

/** Show the page's list of shortcuts, made on first use. */
export function showShortcuts() {
  const template = document.querySelector('template[data-shortcuts]');
  if (!template) return;
  let dialog = document.querySelector('dialog[data-shortcut-list]');
  if (!dialog) {
    dialog = document.createElement('dialog');
    dialog.dataset.shortcutList = '';
    dialog.setAttribute('aria-label', 'Shortcuts');
    dialog.append(template.content.cloneNode(true));
    document.body.append(dialog);
  }
  dialog.showModal();
}

/** Answer to `?` wherever nothing is being typed. */
export function watchShortcutHelp() {
  document.addEventListener('keydown', (event) => {
    if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    showShortcuts();
  });
}
