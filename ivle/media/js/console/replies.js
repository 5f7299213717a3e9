// What the replies of a console mean.

const ENDINGS = ['okay', 'more', 'input', 'exc', 'terminate'];
const ANSWERS = ['matches', 'globals', 'members'];
const SHOWN = ['output', 'error', 'image', 'html'];

const holds = (reply, kinds) => kinds.some((kind) => kind in reply);

/** Return true for a reply after which the console waits for the person again. */
export const endsCommand = (reply) => holds(reply, ENDINGS);

/** Return true for the answer to a question of the page's own: it belongs to no line that was typed. */
export const isAnswer = (reply) => holds(reply, ANSWERS);

/** Return true for a reply that comes of a line somebody typed, here or elsewhere. */
export const comesOfCommand = (reply) => holds(reply, SHOWN) || holds(reply, ['okay', 'more', 'input', 'exc']);

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

/** Return text without the sequences that colour a terminal or move about in it. */
export function withoutEscapes(text) {
  return text.includes('\x1b') ? text.replace(ESCAPES, '') : text;
}

/** Return what a line shows where a carriage return goes back to its start; `line` and `over` are cut the same way. */
export function overwritten(line, over) {
  if (!line.includes('\r')) return [line, over];
  let [shown, beside, at] = ['', '', 0];
  for (const part of line.split('\r')) {
    shown = part + shown.slice(part.length);
    beside = over.slice(at, at + part.length) + beside.slice(part.length);
    at += part.length + 1;
  }
  return line.endsWith('\r') ? [`${shown}\r`, `${beside}\0`] : [shown, beside];
}
