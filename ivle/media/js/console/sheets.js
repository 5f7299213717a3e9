// HTML that a program shows: in a frame without scripts, without an origin, without a network, and without a way out.

import { make } from '../parts/site.js';

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
// Each would ask a network for something, or lead away; the policy and the sandbox forbid that too.
const LEAVING = 'script, style, link, meta, base, iframe, frame, object, embed, applet, portal, template, noscript';
const ADDRESSES = ['href', 'xlink:href', 'ping', 'action', 'formaction', 'target', 'srcdoc', 'background', 'autofocus'];
const SOURCES = ['src', 'srcset', 'poster', 'data'];
const TAG = /<[a-z][^<>]*>/gi;
const STYLE_ATTRIBUTE = /([\s"'/])style(\s*=)/gi;
const STYLE_SHEET = /<style\b[^>]*>([\s\S]*?)<\/style\s*>/gi;
const ROW_PX = 30;
const LEAST_PX = 64;
const MOST_PX = 360;

/** Return the look of the site for the frame, which sees nothing of our style sheet. */
function look() {
  const ours = getComputedStyle(document.documentElement);
  const token = (name) => ours.getPropertyValue(`--${name}`).trim();
  return `:root { color-scheme: ${ours.colorScheme}; }
    body { margin: 8px; background: ${token('surface')}; color: ${token('text')}; font: 14px/20px system-ui, sans-serif; overflow-wrap: anywhere; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: 4px 8px; border: 1px solid ${token('line')}; text-align: start; vertical-align: top; }
    img { max-width: 100%; }`;
}

/**
 * Return HTML as [document, its rules]. The frame inherits the policy of the page, and a policy with a nonce takes no style
 * attributes and no sheets without it: they become rules, before anything could complain of them.
 */
function parse(html) {
  const rules = [];
  const bare = html
    .replace(STYLE_SHEET, (_, sheet) => (rules.push(sheet), ''))
    .replace(TAG, (tag) => tag.replace(STYLE_ATTRIBUTE, '$1data-look$2'));
  const parsed = new DOMParser().parseFromString(bare, 'text/html');
  for (const node of parsed.querySelectorAll(LEAVING)) node.remove();
  parsed.querySelectorAll('*').forEach((node, number) => {
    for (const { name, value } of [...node.attributes]) {
      const leads = ADDRESSES.includes(name) || (SOURCES.includes(name) && !value.startsWith('data:'));
      if (name.startsWith('on') || name === 'style' || leads) node.removeAttribute(name);
    }
    if (!node.hasAttribute('data-look')) return;
    rules.push(`[data-look="${number}"] { ${node.getAttribute('data-look').replace(/[{}]/g, '')} }`);
    node.setAttribute('data-look', String(number));
  });
  return [parsed, rules];
}

/** Return the text of the document that the frame shows. */
function documentOf(parsed, rules, nonce) {
  const style = `<style nonce="${nonce}">${[look(), ...rules].join('\n').replace(/</g, '')}</style>`;
  const head = `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta charset="utf-8">${style}`;
  return `<!DOCTYPE html><html><head>${head}</head><body>${parsed.body.innerHTML}</body></html>`;
}

/** Return HTML of a program as a frame of a fixed height. */
export function sheet({ data, text }, nonce) {
  const [parsed, rules] = parse(String(data));
  const rows = parsed.querySelectorAll('tr, p, li, br, h1, h2, h3, h4, pre').length;
  const frame = make('iframe', { className: 'console-sheet', title: text ? `HTML: ${text.slice(0, 100)}` : 'HTML of the program' });
  // Its height is not known from outside; a fixed one keeps the log from jumping.
  frame.height = Math.min(MOST_PX, Math.max(LEAST_PX, rows * ROW_PX + 24));
  frame.setAttribute('sandbox', '');
  frame.referrerPolicy = 'no-referrer';
  frame.srcdoc = documentOf(parsed, rules, nonce);
  return frame;
}
