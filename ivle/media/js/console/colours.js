// Python in colours, cheaply: good enough for a few lines, with nothing to load.

import { make } from '../parts/site.js';

const LONGEST = 20000;
const KEYWORDS = new Set(
  ('and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise '
    + 'return try while with yield').split(' '),
);
const CONSTANTS = new Set(['True', 'False', 'None']);
const TOKEN = new RegExp(
  [
    '(?<comment>#[^\\n]*)',
    '(?<string>[rRbBuUfF]{0,2}(?:"""[\\s\\S]*?(?:"""|$)|\'\'\'[\\s\\S]*?(?:\'\'\'|$)|"(?:\\\\[\\s\\S]|[^"\\\\\\n])*"?|\'(?:\\\\[\\s\\S]|[^\'\\\\\\n])*\'?))',
    '(?<number>0[xXoObB][\\da-fA-F_]+|\\d[\\d_]*(?:\\.[\\d_]*)?(?:[eE][+-]?\\d+)?[jJ]?)',
    '(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)',
  ].join('|'),
  'gu',
);

/** Return source as [[kind or null, text], …]: kind is keyword, string, number, comment or name (of what is defined). */
export function tokens(source) {
  if (source.length > LONGEST) return [[null, source]];
  const found = [];
  let at = 0;
  let previous = '';
  for (const match of source.matchAll(TOKEN)) {
    const { groups: { comment, string, number, name } } = match;
    let kind = comment ? 'comment' : string ? 'string' : number ? 'number' : null;
    if (name) {
      if (KEYWORDS.has(name)) kind = 'keyword';
      else if (CONSTANTS.has(name)) kind = 'number';
      else if (previous === 'def' || previous === 'class') kind = 'name';
      previous = name;
    }
    if (!kind) continue;
    if (match.index > at) found.push([null, source.slice(at, match.index)]);
    found.push([kind, match[0]]);
    at = match.index + match[0].length;
  }
  if (at < source.length) found.push([null, source.slice(at)]);
  return found;
}

/** Return source as nodes, one list for each of its lines. */
export function colouredLines(source) {
  const lines = [[]];
  for (const [kind, text] of tokens(source)) {
    text.split('\n').forEach((part, number) => {
      if (number) lines.push([]);
      if (part) lines.at(-1).push(kind ? make('span', { className: `code-${kind}`, textContent: part }) : part);
    });
  }
  return lines;
}
