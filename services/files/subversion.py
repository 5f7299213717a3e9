"""Subversion: how pysvn is set up, which working copies it may use, and what its errors mean.

One `pysvn.Client` per operation: it cannot be shared by threads and keeps stale handles on a replaced working copy.
A student's program can write what it likes into `.svn`, so the address of a working copy is looked at before each use:
the tunnel is the only way out, and no other kind of address is ever followed.
"""

import contextlib
import functools
import locale
import os
import threading
import time

import pysvn

from services.files import names
from services.files.errors import Trouble
from services.files.soundness import Soundness

REPOSITORIES = 'svn+ivle://ivle/'
STATUS_SECONDS = 10.0
_CONFIG = """[auth]
store-passwords = no
store-auth-creds = no
password-stores =
[tunnels]
ivle = {tunnel}
[miscellany]
enable-auto-props = no
interactive-conflicts = no
"""


class Subversion:
    """Subversion for one account. `tunnel` is the command that reaches the repositories."""

    def __init__(self, tree, config, tunnel, seconds=55.0):
        if locale.setlocale(locale.LC_CTYPE, 'C.UTF-8') != 'C.UTF-8':
            raise RuntimeError('Subversion needs a UTF-8 locale')
        self.tree, self.config, self.seconds = tree, config, seconds
        self._soundness = Soundness(config)
        # Subversion refuses a second writer in a working copy; a student with two tabs should wait, not fail.
        self._writing = threading.Lock()
        os.makedirs(config, mode=0o700, exist_ok=True)
        with open(os.path.join(config, 'config'), 'w', encoding='utf-8') as file:
            file.write(_CONFIG.format(tunnel=tunnel))
        with open(os.path.join(config, 'servers'), 'w', encoding='utf-8') as file:
            file.write('[global]\n')

    def client(self, seconds=None):
        """Return a client for one operation, which never asks anybody and gives up after its time."""
        client = pysvn.Client(self.config)
        client.exception_style = 1
        client.commit_info_style = 1
        client.set_interactive(False)
        client.set_auth_cache(False)
        client.set_store_passwords(False)
        client.callback_get_login = lambda realm, username, may_save: (False, '', '', False)
        deadline = time.monotonic() + (seconds or self.seconds)
        client.callback_cancel = lambda: time.monotonic() > deadline
        return client

    def is_working_copy(self, parts):
        """Return whether a directory is the root of a working copy."""
        return os.path.isdir(os.path.join(self.tree.path(parts), '.svn'))

    def root(self, parts):
        """Return the parts of the working copy around `parts`, or None when there is none."""
        return next((parts[:depth] for depth in range(len(parts), -1, -1) if self.is_working_copy(parts[:depth])), None)

    def paths(self, parts, chosen):
        """Return the paths of names in a directory; Trouble for a name that Subversion cannot keep."""
        for name in chosen:
            if not names.is_plain(name):
                shown = names.shown(name)
                raise Trouble('bad-name', f'Subversion cannot keep the name "{shown}": rename it first.', name=shown)
        with self.tree.directory(parts):
            return [self.tree.path([*parts, name]) for name in chosen]

    def info(self, parts):
        """Return what the working copy knows about a path."""
        root = self.root(parts)
        if root is None:
            raise Trouble('svn-not-versioned', 'This is not in a directory under version control.')
        if not self._soundness.holds(self.tree.path(root)):
            raise Trouble('svn-failed', _DAMAGED)
        return self.client(STATUS_SECONDS).info2(self.tree.path(parts), recurse=False)[0][1]

    def ours(self, parts):
        """Return the info of a versioned path after making sure that it belongs to a repository behind the tunnel."""
        info = self.info(parts)
        if not info.URL or not info.URL.startswith(REPOSITORIES) or not info.repos_root_URL.startswith(REPOSITORIES):
            raise Trouble('svn-refused', 'This directory does not belong to a repository of this site.')
        return info

    def statuses(self, parts, depth):
        """Return the statuses of a path in a working copy, or None when Subversion cannot say."""
        options = {'get_all': True, 'ignore': False, 'update': False, 'ignore_externals': True}
        if not self._soundness.holds(self.tree.path(self.root(parts))):
            return None
        try:
            return self.client(STATUS_SECONDS).status2(self.tree.path(parts), depth=depth, **options)
        except (pysvn.ClientError, UnicodeError):
            return None

    @contextlib.contextmanager
    def writing(self):
        """Hold all working copies of the account for one change."""
        with self._writing, translated():
            yield

    @contextlib.contextmanager
    def changing(self, parts, chosen=()):
        """Hold the working copy around `parts` for one change; it, and those that are chosen in it, are ours."""
        with self.writing():
            root = self.root(parts) or []
            for copy in (root, *([*parts, name] for name in chosen if self.is_working_copy([*parts, name]))):
                self.ours(copy)
            yield
            self._soundness.keep(self.tree.path(root))


def freeing(change):
    """Return the method `change`, which a working copy that was left locked does not stop.

    Whoever else might hold the lock would be waiting for us: it belongs to a service that was killed.
    """

    @functools.wraps(change)
    def freed(self, parts, *given):
        try:
            return change(self, parts, *given)
        except Trouble as trouble:
            if trouble.code != 'svn-locked':
                raise
        self.cleanup(parts)
        return change(self, parts, *given)

    return freed


@contextlib.contextmanager
def translated():
    """Turn Subversion's errors into Trouble."""
    try:
        yield
    except pysvn.ClientError as error:
        raise trouble(error) from error


_DAMAGED = (
    'What Subversion keeps in this directory (.svn) is damaged. Your files are as they were: move the directory to the trash, '
    'check it out again, and take your files back.'
)
_SENTENCES = {
    'svn-not-versioned': 'This is not under version control: add it first.',
    'svn-locked': 'The working copy is locked by an operation that was interrupted. Use "Clean up", then try again.',
    'svn-out-of-date': 'Others saved a newer version. Update first, look at the result, then save your version.',
    'svn-conflict': 'There is a conflict. Decide which text is right, mark it as resolved, then try again.',
    'svn-refused': 'The repository does not allow this.',
    'svn-failed': 'Subversion could not do this. Your files are as they were; try again in a moment.',
    'not-found': 'There is nothing by that name in that revision.',
    'bad-name': 'A name in this directory is not proper text, so Subversion refuses the whole directory. Rename that first.',
    'disk-full': 'The disk is full. Tell an administrator, and try again later.',
}
_CODES = {
    155007: 'svn-not-versioned', 155010: 'svn-not-versioned', 200009: 'svn-not-versioned', 200005: 'svn-not-versioned',
    155004: 'svn-locked', 155037: 'svn-locked', 155009: 'svn-locked', 200030: 'svn-locked', 200033: 'svn-locked',
    155011: 'svn-out-of-date', 160024: 'svn-out-of-date', 160028: 'svn-out-of-date', 170004: 'svn-out-of-date',
    155015: 'svn-conflict', 155027: 'svn-conflict', 155018: 'svn-conflict',
    170001: 'svn-refused', 175013: 'svn-refused', 220000: 'svn-refused', 215004: 'svn-refused', 165001: 'svn-refused',
    160013: 'not-found', 160006: 'not-found', 170000: 'not-found', 195012: 'not-found',
    28: 'disk-full', 22: 'bad-name',
}  # fmt: skip


def trouble(error):
    """Return the Trouble for a ClientError; the outermost code that we know decides."""
    chain = error.args[1] if len(error.args) > 1 else []
    return trouble_of((number for _, number in chain), str(error.args[0]))


def trouble_of(numbers, said):
    """Return the Trouble for error numbers, the outermost first, and what Subversion said."""
    code = next((_CODES[number] for number in numbers if number in _CODES), 'svn-failed')
    return Trouble(code, _SENTENCES[code], detail=names.shown(said)[:500])


def number(revision):
    """Return a pysvn.Revision; HEAD for None."""
    if revision is None:
        return pysvn.Revision(pysvn.opt_revision_kind.head)
    return pysvn.Revision(pysvn.opt_revision_kind.number, revision)
