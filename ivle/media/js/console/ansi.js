// The colours of a terminal: the sixteen basic ones and bold, carried beside the text, one sign for each character.

import { make } from '../parts/site.js';
import { withoutEscapes } from './replies.js';

// Sequences that end in m set colours; others only move about and are dropped.
const SET = /\x1b\[([\d;]*)m/g;
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const BOLD = 16;
export const PLAIN = 0;

/** Return the style that `codes` ("1;31") make of `style`: 0 is plain, 1 to 8 a colour, 16 more is bold. */
function changed(style, codes) {
  let next = style;
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) next = PLAIN;
    else if (code === 1) next |= BOLD;
    else if (code === 22) next &= ~BOLD;
    else if (code === 39) next &= BOLD;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) next = (next & BOLD) | ((code % 10) + 1);
    else if (code === 38 || code === 48) break;
  }
  return next;
}

/** Return [text without escapes, its styles, the style that goes on]; styles has one sign for each of text. */
export function styled(text, style) {
  if (!text.includes('\x1b')) return [text, String.fromCharCode(style).repeat(text.length), style];
  let [shown, styles, now, at] = ['', '', style, 0];
  const push = (part) => {
    const plain = withoutEscapes(part);
    shown += plain;
    styles += String.fromCharCode(now).repeat(plain.length);
  };
  for (const match of text.matchAll(SET)) {
    push(text.slice(at, match.index));
    now = changed(now, match[1]);
    at = match.index + match[0].length;
  }
  push(text.slice(at));
  return [shown, styles, now];
}

/** Return text as nodes in the colours of its styles. */
export function inColours(text, styles) {
  const nodes = [];
  for (let at = 0; at < text.length;) {
    const style = styles.charCodeAt(at) || PLAIN;
    let end = at + 1;
    while (end < text.length && (styles.charCodeAt(end) || PLAIN) === style) end++;
    const part = text.slice(at, end);
    nodes.push(style ? make('span', { className: classOf(style), textContent: part }) : part);
    at = end;
  }
  return nodes;
}

function classOf(style) {
  const colour = style & ~BOLD;
  return [colour && `ansi-${NAMES[colour - 1]}`, style & BOLD && 'ansi-bold'].filter(Boolean).join(' ');
}
