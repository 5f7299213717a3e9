// The language of a file, by its name. Each is loaded when a file needs it.

import { StreamLanguage } from '@codemirror/language';

const legacy = (load, name) => async () => StreamLanguage.define((await load())[name]);

const LANGUAGES = [
  ['Python', /\.(py|pyw|pyi)$/i, async () => (await import('@codemirror/lang-python')).python()],
  ['HTML', /\.(html?|pt|xhtml)$/i, async () => (await import('@codemirror/lang-html')).html()],
  ['CSS', /\.css$/i, async () => (await import('@codemirror/lang-css')).css()],
  ['JavaScript', /\.(js|mjs|cjs|jsx)$/i, async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true })],
  ['TypeScript', /\.tsx?$/i, async () => (await import('@codemirror/lang-javascript')).javascript({ typescript: true, jsx: true })],
  ['JSON', /\.(json|ipynb)$/i, async () => (await import('@codemirror/lang-json')).json()],
  ['Markdown', /\.(md|markdown)$/i, async () => (await import('@codemirror/lang-markdown')).markdown()],
  ['XML', /\.(xml|svg|xsl|rss)$/i, async () => (await import('@codemirror/lang-xml')).xml()],
  ['SQL', /\.sql$/i, async () => (await import('@codemirror/lang-sql')).sql()],
  ['Java', /\.java$/i, async () => (await import('@codemirror/lang-java')).java()],
  ['C and C++', /\.(c|h|cc|cpp|cxx|hpp)$/i, async () => (await import('@codemirror/lang-cpp')).cpp()],
  ['YAML', /\.ya?ml$/i, async () => (await import('@codemirror/lang-yaml')).yaml()],
  ['Haskell', /\.hs$/i, legacy(() => import('@codemirror/legacy-modes/mode/haskell'), 'haskell')],
  ['Shell', /\.(sh|bash)$/i, legacy(() => import('@codemirror/legacy-modes/mode/shell'), 'shell')],
  ['R', /\.r$/i, legacy(() => import('@codemirror/legacy-modes/mode/r'), 'r')],
  ['Settings', /\.(ini|cfg|conf|properties)$/i, legacy(() => import('@codemirror/legacy-modes/mode/properties'), 'properties')],
  ['Differences', /\.(diff|patch)$/i, legacy(() => import('@codemirror/legacy-modes/mode/diff'), 'diff')],
  ['LaTeX', /\.(tex|sty)$/i, legacy(() => import('@codemirror/legacy-modes/mode/stex'), 'stex')],
];

/** Return {title, load} of a file's language, or null for plain text. `load()` promises an extension. */
export function languageOf(name) {
  const found = LANGUAGES.find(([, pattern]) => pattern.test(name));
  return found ? { title: found[0], load: found[2] } : null;
}
