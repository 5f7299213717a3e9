// The page of the consoles: one is shown where the plain form stood, the others are a click away, each with its address.

import { ConsoleApi } from './console/api.js';
import { ConsoleList } from './console/consoles.js';
import { askForFolder } from './console/folders.js';
import { mountConsole } from './console.js';
import { toast } from './parts/site.js';

const place = document.querySelector('[data-console]');
const { login, nonce, site = document.documentElement.dataset.site } = place.dataset;
const base = `${site}console`;
const api = new ConsoleApi(base);
const addressOf = (key) => `${base}/${key}`;
let mounted = null;
let list = null;

function show(options) {
  mounted?.close();
  // What the new one says must not be taken for the words of the one before.
  list?.mark(options.key ?? null);
  mounted = mountConsole(place, {
    base, login, nonce, ...options,
    moved: (key) => {
      // One that began by itself takes the place of the page that offered it.
      if (location.pathname !== new URL(addressOf(key), location).pathname) history.replaceState({ key, cwd: options.cwd }, '', addressOf(key));
      list?.mark(key);
    },
    changed: () => list?.refresh(),
    states: (words) => list?.say(words),
    room: 'The × of a console above ends it.',
  });
  mounted.focus();
}

function open({ key, cwd }) {
  if (key === mounted?.key) {
    mounted.focus();
    return;
  }
  history.pushState({ key, cwd }, '', addressOf(key));
  show({ key, cwd });
}

async function end({ key }) {
  await api.act(key, 'terminate').catch((error) => toast('fail', error.message));
}

async function startAnother(event) {
  event.preventDefault();
  const cwd = await askForFolder(site, mounted.cwd);
  if (cwd === null) return;
  history.pushState({ key: null, cwd }, '', `${base}?cwd=${encodeURIComponent(cwd)}`);
  show({ cwd, isNew: true });
}

const nav = document.querySelector('[data-console-list]');
show({ cwd: place.dataset.cwd, key: place.dataset.key || null });
history.replaceState({ key: mounted.key, cwd: mounted.cwd }, '');
if (nav) list = new ConsoleList(nav, { list: () => api.list(), open, end, address: addressOf });
list?.mark(mounted.key);
addEventListener('popstate', ({ state }) => state && show({ key: state.key, cwd: state.cwd }));
document.querySelector('[data-new-console]')?.addEventListener('submit', startAnother);
