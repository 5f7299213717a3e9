// Talking to the site: JSON with the CSRF token, errors as sentences, and short messages to the reader.

const token = () => document.querySelector('meta[name="csrf-token"]').content;

/** A refusal of the site (`status`, `code`, `extra`), or a site out of reach (`isOffline`). */
export class SiteError extends Error {
  constructor(message, { status = 0, code = 'offline', extra = {} } = {}) {
    super(message);
    Object.assign(this, { status, code, extra });
  }

  get isOffline() {
    return this.status === 0;
  }
}

async function payloadOf(response) {
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) return null;
  return response.json().catch(() => null);
}

/** Return what a JSON request answers; SiteError otherwise. `body` is sent as JSON unless it is bytes. */
export async function ask(url, { method = 'GET', body, headers = {}, signal } = {}) {
  const options = { method, signal, credentials: 'same-origin', redirect: 'manual', headers: { Accept: 'application/json', ...headers } };
  if (method !== 'GET') options.headers['X-CSRF-Token'] = token();
  if (body !== undefined) {
    const isBytes = body instanceof Uint8Array || body instanceof Blob || body instanceof FormData;
    options.body = isBytes ? body : JSON.stringify(body);
    if (!isBytes) options.headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new SiteError('The site cannot be reached. Look at your connection; nothing here is lost.');
  }
  const payload = await payloadOf(response);
  if (response.ok && payload !== null) return payload;
  if (response.status === 401) throw new SiteError('You are signed out. Sign in again in another tab, then come back here.', { status: 401, code: 'sign-in' });
  const { code = 'failed', message = `The site answered with status ${response.status}. Try again in a moment.`, ...extra } = payload?.error ?? {};
  throw new SiteError(message, { status: response.status || 502, code, extra });
}

/** Return an icon of the sprite. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Return an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const { data = {}, attributes = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const KINDS = { pass: 'check', fail: 'warning', warn: 'warning', info: 'info' };

/** Return a notice: a sentence with its icon, in the colour of `kind`. */
export function notice(kind, sentence, ...actions) {
  return make('div', { className: `notice ${kind}` }, icon(KINDS[kind]), make('p', { textContent: sentence }), ...actions);
}

/** Show a sentence in the corner; it leaves by itself unless it reports a failure. */
export function toast(kind, sentence, ...actions) {
  const close = make('button', { type: 'button', className: 'plain only-icon', attributes: { 'aria-label': 'Close this message' } }, icon('close'));
  const shown = notice(kind, sentence, ...actions, close);
  close.addEventListener('click', () => shown.remove());
  document.querySelector('[data-toasts]').append(shown);
  if (kind !== 'fail') setTimeout(() => shown.remove(), 8000);
  return shown;
}
