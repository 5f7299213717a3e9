// Text pasted from a session of Python: without its prompts, and without what Python said.

const PROMPTED = /^(?:>>>|\.\.\.)(?: |$)/;

/** Return the lines that somebody typed in a session, or null when `text` is no session. */
export function withoutPrompts(text) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  // A line of dots alone may be anything; a session begins with Python's own prompt.
  const first = lines.findIndex((line) => line.trim());
  if (first < 0 || !/^\s*>>>(?: |$)/.test(lines[first])) return null;
  const indent = lines[first].match(/^\s*/)[0].length;
  const typed = lines.map((line) => line.slice(indent)).filter((line) => PROMPTED.test(line));
  return typed.map((line) => line.slice(4)).join('\n').replace(/\n+$/, '');
}
