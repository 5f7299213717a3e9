// Uploads: from the form or dropped anywhere on the page, one after the other, each with its own bar and its own way out.

import { icon, make } from '../parts/site.js';

/** Send one file; `progress(part)` hears how much is gone. Resolves to {ok, message}; `onStart` gets the way to cancel. */
function send(url, file, unpack, progress, onStart) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('files', file, file.name);
    if (unpack) form.append('unpack', '1');
    request.open('POST', url);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-CSRF-Token', document.querySelector('meta[name="csrf-token"]').content);
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener('load', () => {
      const isFine = request.status >= 200 && request.status < 300;
      resolve({ ok: isFine, message: isFine ? 'done' : request.response?.error?.message ?? `The site answered with status ${request.status}.` });
    });
    request.addEventListener('error', () => resolve({ ok: false, message: 'The site cannot be reached.' }));
    request.addEventListener('abort', () => resolve({ ok: false, message: 'Cancelled.' }));
    onStart(() => request.abort());
    request.send(form);
  });
}

function lineFor(file, list) {
  const bar = make('progress', { max: 1, value: 0, attributes: { 'aria-label': `Uploading ${file.name}` } });
  const words = make('span', { className: 'small quiet', textContent: 'waiting' });
  const cancel = make('button', { type: 'button', className: 'plain only-icon', attributes: { 'aria-label': `Cancel ${file.name}` } }, icon('close'));
  const item = make('li', {}, make('span', { className: 'upload-name', textContent: file.name, title: file.name }), bar, words, cancel);
  list.append(item);
  return { item, bar, words, cancel };
}

class Uploads {
  constructor(url, list) {
    Object.assign(this, { url, list, waiting: [], isRunning: false, saved: 0, failed: 0 });
  }

  add(files, unpack) {
    this.list.hidden = false;
    for (const file of files) {
      const line = lineFor(file, this.list);
      const job = { file, unpack, line, isCancelled: false };
      line.cancel.addEventListener('click', () => {
        job.isCancelled = true;
        job.abort?.();
      });
      this.waiting.push(job);
    }
    this.run();
  }

  async run() {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.waiting.length) await this.one(this.waiting.shift());
    this.isRunning = false;
    if (this.saved && !this.failed) {
      sessionStorage.setItem('ivle-said', this.saved === 1 ? 'Uploaded 1 file.' : `Uploaded ${this.saved} files.`);
      location.reload();
    } else if (this.saved) {
      const again = make('button', { type: 'button', textContent: 'Show the files that arrived' });
      again.addEventListener('click', () => location.reload());
      this.list.append(make('li', {}, again));
    }
  }

  async one(job) {
    const { line, file } = job;
    if (job.isCancelled) {
      this.ended(line, { ok: false, message: 'Cancelled.' });
      return;
    }
    const progress = (part) => {
      line.bar.value = part;
      line.words.textContent = part < 1 ? `${Math.floor(part * 100)} %` : 'storing';
    };
    this.ended(line, await send(this.url, file, job.unpack && /\.zip$/i.test(file.name), progress, (abort) => (job.abort = abort)));
  }

  ended(line, { ok, message }) {
    line.cancel.remove();
    if (ok) {
      this.saved += 1;
      line.bar.value = 1;
      line.words.textContent = message;
      return;
    }
    this.failed += 1;
    line.bar.remove();
    line.words.className = 'small upload-failed';
    line.words.setAttribute('role', 'alert');
    line.words.textContent = message;
  }
}

const holdsFiles = (event) => event.dataTransfer?.types.includes('Files');

/** Say beside the field that no file is chosen, or take that back. */
function tellAboutNone(field, isNone) {
  const error = field.form.querySelector('[data-upload-error]');
  error.hidden = !isNone;
  if (isNone) {
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', error.id);
  } else {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
}

/** Watch the upload form and the whole page for files. */
export function watchUploads(root) {
  const form = document.querySelector('form[data-upload]');
  const cover = root.querySelector('[data-drop]');
  const uploads = new Uploads(form.action, root.querySelector('[data-uploads]'));
  const field = form.elements.namedItem('files');
  field.addEventListener('change', () => tellAboutNone(field, false));
  const unpack = () => form.elements.namedItem('unpack').checked;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    tellAboutNone(field, !field.files.length);
    if (!field.files.length) {
      field.focus();
      return;
    }
    uploads.add(field.files, unpack());
    form.closest('details').open = false;
    form.reset();
  });
  let depth = 0;
  document.addEventListener('dragenter', (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    cover.hidden = false;
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    cover.hidden = depth === 0;
  });
  document.addEventListener('dragover', (event) => holdsFiles(event) && event.preventDefault());
  document.addEventListener('drop', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    cover.hidden = true;
    uploads.add(event.dataTransfer.files, unpack());
  });
}
