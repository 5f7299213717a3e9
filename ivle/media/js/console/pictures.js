// Pictures that a program shows: as images and never as documents, so that nothing in an SVG can run.

import { icon, make } from '../parts/site.js';

const ENDINGS = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/svg+xml': 'svg' };
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/** Return a picture with its actions, or null when this is none that a browser shows. `grown()` is told when its size is known. */
export function picture({ type, data, text }, grown) {
  if (!(type in ENDINGS) || typeof data !== 'string' || !BASE64.test(data)) return null;
  // Not a blob: opened on its own, that would be a document of this site.
  const src = `data:${type};base64,${data.replace(/\s/g, '')}`;
  const alt = text || 'Picture without a description';
  const image = make('img', { src, alt });
  image.addEventListener('load', grown);
  image.addEventListener('error', () => {
    image.alt = `${alt} (this picture cannot be shown)`;
    grown();
  });
  const larger = make('button', { type: 'button', className: 'console-larger', title: 'Show larger', attributes: { 'aria-label': `Show larger: ${alt}` } }, image);
  larger.addEventListener('click', () => enlarge(src, alt, larger));
  const save = make('button', { type: 'button', className: 'plain' }, icon('download'), 'Save picture');
  save.addEventListener('click', () => make('a', { href: src, download: `picture.${ENDINGS[type]}` }).click());
  return make('div', { className: 'console-picture' }, larger, save);
}

function enlarge(src, alt, from) {
  const close = make('button', { type: 'button', autofocus: true }, icon('close'), 'Close');
  const dialog = make('dialog', { className: 'console-enlarged', attributes: { 'aria-label': alt } }, make('img', { src, alt }), close);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    from.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
