// What is typed into a console and not sent yet, kept in this tab over a reload.

const PREFIX = 'ivle.console.draft.';
const LONGEST = 100000;

export function keptDraft(name) {
  try {
    return sessionStorage.getItem(PREFIX + name) ?? '';
  } catch {
    return '';
  }
}

/** Keep the draft of a console; an empty one is forgotten. */
export function keepDraft(name, text) {
  try {
    if (text && text.length <= LONGEST) sessionStorage.setItem(PREFIX + name, text);
    else sessionStorage.removeItem(PREFIX + name);
  } catch {
    // A full or forbidden storage costs the draft over a reload and nothing else.
  }
}
