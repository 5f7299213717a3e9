// Copying text for the person, on sites without https too.

/** Put `text` on the clipboard; return whether the browser allowed it. */
export async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  // The clipboard proper is for https only; the old way takes what is selected.
  const focused = document.activeElement;
  const holder = document.createElement('textarea');
  holder.className = 'aside';
  holder.value = text;
  document.body.append(holder);
  holder.select();
  const isCopied = document.execCommand('copy');
  holder.remove();
  focused?.focus();
  return isCopied;
}
