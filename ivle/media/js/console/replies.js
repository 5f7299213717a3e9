// What the replies of a console mean.

const ENDINGS = ['okay', 'more', 'input', 'exc', 'terminate', 'matches', 'globals', 'members'];

/** Return true for a reply after which the console waits for the person again. */
export function endsCommand(reply) {
  return ENDINGS.some((kind) => kind in reply);
}

/** Return a traceback as [everything above, the last line], the line that says what went wrong. */
export function splitTraceback(text) {
  const lines = text.replace(/\n+$/, '').split('\n');
  // The message of an exception may have lines of its own: it starts at the last line that names an exception unindented.
  let at = lines.length - 1;
  for (let i = lines.length - 1; i > 0; i--) {
    if (/^\s/.test(lines[i]) || lines[i].startsWith('Traceback ')) break;
    if (/^[A-Za-z_][\w.]*(:|$)/.test(lines[i])) at = i;
  }
  return [lines.slice(0, at).join('\n'), lines.slice(at).join('\n')];
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

/** Return text without the sequences that colour a terminal or move about in it. */
export function withoutEscapes(text) {
  return text.includes('\x1b') ? text.replace(ESCAPES, '') : text;
}

/** Return a line as a terminal shows it, where a carriage return goes back to its start. */
export function overwritten(line) {
  if (!line.includes('\r')) return line;
  let shown = '';
  for (const part of line.split('\r')) shown = part + shown.slice(part.length);
  return line.endsWith('\r') ? `${shown}\r` : shown;
}
