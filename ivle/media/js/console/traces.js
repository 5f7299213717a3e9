// Tracebacks: what went wrong apart from where, and links from a place in a file of the reader to the editor.

import { make } from '../parts/site.js';

const PLACE = /File "([^"\n]+)", line (\d{1,7})/g;

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

/** Return the path below `home` that a file name of a program means ("/151/a.py"), or null when it lies elsewhere. */
export function pathBelow(home, name) {
  if (!home || !name.startsWith(`${home}/`)) return null;
  const parts = name.slice(home.length + 1).split('/');
  return parts.every((part) => part && part !== '.' && part !== '..') ? `/${parts.join('/')}` : null;
}

/**
 * Return text as nodes in which places in files of the reader are links.
 *
 * `home` is the reader's home as programs see it, `site` the address of the site, `go(path, line)` returns true
 * when the page can show that line itself.
 */
export function withPlaces(text, { home, site, go }) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(PLACE)) {
    const path = pathBelow(home, match[1]);
    if (path === null) continue;
    const line = Number(match[2]);
    const href = `${site}edit/~${path.split('/').map(encodeURIComponent).join('/')}#L${line}`;
    const link = make('a', { href, textContent: match[0], title: `Open line ${line} in the editor` });
    link.addEventListener('click', (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey && go(path, line)) event.preventDefault();
    });
    nodes.push(text.slice(at, match.index), link);
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}
