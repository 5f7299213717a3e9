// Arguments of a program as one types them in a shell: words, and quotes around what holds spaces. Kept per file.

const WORD = /"((?:\\["\\]|[^"\\]|\\(?!["\\]))*)"|'([^']*)'|\\(.)|([^\s"'\\]+)|(\s+)/gs;
const PREFIX = 'ivle.arguments.';

/** Return the arguments in a line, or null when a quote has no end. */
export function splitArguments(line) {
  const words = [];
  let word = null;
  let read = 0;
  for (const [all, double, single, escaped, bare, space] of line.matchAll(WORD)) {
    read += all.length;
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + (double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? bare);
    }
  }
  if (read !== line.length) return null;
  return word === null ? words : [...words, word];
}

/** Return words as one would type them: with quotes where they are needed. */
export function joinArguments(words) {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ');
}

/** Return what was typed as the arguments of a file last time. */
export function keptArguments(path) {
  try {
    return localStorage.getItem(PREFIX + path) ?? '';
  } catch {
    return '';
  }
}

/** Keep what was typed as the arguments of a file; without storage it is typed again. */
export function keepArguments(path, line) {
  try {
    if (line.trim()) localStorage.setItem(PREFIX + path, line);
    else localStorage.removeItem(PREFIX + path);
  } catch {
    // A full or forbidden storage costs the memory and nothing else.
  }
}
