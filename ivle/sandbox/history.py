"""History: what each person typed as source into their consoles, kept over consoles and restarts of the host.

It lies beside the homes, in a file for each login: no program of a student can read or change it, and it goes to the archive
with the account. A file is JSON text, a line each, and only grows until it is written anew. A line that was torn by a kill is
passed over. All files are written by one thread, some moments after what was typed, many lines at a time.
"""

import asyncio
import collections
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor

from ivle import chat

MOST_TEXTS = 500
MOST_BYTES = 256 * 1024
LONGEST_TEXT = 16 * 1024
# A file grows to so many times what is kept before it is written anew.
GROWTH = 4
WRITE_SECONDS = 1.0
FILE_NAME = 'console.jsonl'

log = logging.getLogger('ivle.sandbox.history')


class History:
    """The histories of all accounts of this host. To be used in the event loop."""

    def __init__(self, settings):
        self._files = Files(settings)
        self._noted = {}
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix='history')
        self._due = None

    def note(self, login, text):
        """Keep a text as the newest of a login."""
        text = text.rstrip('\n')
        if not text.strip() or len(text) > LONGEST_TEXT:
            return
        noted = self._noted.get(login)
        if noted is None:
            noted = self._noted[login] = collections.deque(maxlen=MOST_TEXTS)
        if not noted or noted[-1] != text:
            noted.append(text)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(WRITE_SECONDS, self._write)

    async def texts(self, login):
        """Return the texts of a login, oldest first."""
        self._write()
        return await asyncio.wrap_future(self._writer.submit(self._files.read, login))

    async def close(self):
        """Write what was noted."""
        self._write()
        await asyncio.to_thread(self._writer.shutdown)

    def _write(self):
        if self._due is not None:
            self._due.cancel()
            self._due = None
        noted, self._noted = self._noted, {}
        if noted:
            self._writer.submit(self._files.append_all, noted)


class Files:
    """The files of the histories. To be used in one thread at a time."""

    def __init__(self, settings):
        self._root, self._accounts = settings.path('history'), settings.path('accounts')
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def append_all(self, noted):
        """Append {login: texts}; what cannot be written is lost, and the log says so."""
        for login, texts in noted.items():
            try:
                self._append(login, list(texts))
            except OSError as error:
                log.error('the history of %s was not written: %s', login, error)

    def read(self, login):
        """Return the texts of a login, oldest first; none where there is no file."""
        try:
            with open(self._path(login), 'rb') as file:
                return _kept(file.read(_most_bytes()))
        except OSError:
            return []

    def _append(self, login, texts):
        path = self._path(login)
        if not (self._accounts / login).is_dir():
            # It was removed meanwhile, and its history with it.
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), 'r+b', buffering=0
        ) as file:
            content = file.read(_most_bytes())
            before = _kept(content)
            if before and texts[0] == before[-1]:
                texts = texts[1:]
            added = b''.join(_line(text) for text in texts)
            if len(content) + len(added) <= MOST_BYTES * GROWTH and content.count(b'\n') + len(texts) <= MOST_TEXTS * GROWTH:
                # What a kill has torn must not take the next line along.
                file.write(added if content[-1:] in (b'', b'\n') else b'\n' + added)
                return
        self._replace(path, _newest(before + texts))

    def _replace(self, path, texts):
        draft = path.with_suffix('.new')
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), 'wb') as file:
            file.write(b''.join(_line(text) for text in texts))
        os.replace(draft, path)

    def _path(self, login):
        return self._root / login / FILE_NAME


def _most_bytes():
    return MOST_BYTES * (GROWTH + 1)


def _line(text):
    return json.dumps(text).encode() + b'\n'


def _kept(content):
    """Return the newest texts of a file that fit."""
    return _newest([text for text in map(_text, content.split(b'\n')) if text is not None])


def _newest(texts):
    found, left = collections.deque(), MOST_BYTES
    for text in reversed(texts):
        if found and found[0] == text:
            continue
        left -= len(chat.dumps(text).encode('utf-8', 'backslashreplace'))
        if left < 0 or len(found) == MOST_TEXTS:
            break
        found.appendleft(text)
    return list(found)


def _text(line):
    try:
        text = json.loads(line)
    except ValueError:
        return None
    return text if type(text) is str and len(text) <= LONGEST_TEXT else None
