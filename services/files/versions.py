"""Versions: the student's working copies, through pysvn.

One `pysvn.Client` per operation: it cannot be shared by threads and keeps stale handles on a replaced working copy.
A student's program can write what it likes into `.svn`, so the address of a working copy is looked at before each use:
the tunnel is the only way out, and no other kind of address is ever followed.
"""

import locale
import os
import re
import subprocess
import threading
import time
from urllib.parse import quote, unquote

import pysvn

from services.files import kinds, moving, names
from services.files.errors import Trouble
from services.files.listing import NO_VERSION

REPOSITORIES = 'svn+ivle://ivle/'
LONGEST_MESSAGE = 10_000
DIFF_CHARACTERS = 4 << 20
LOG_LIMIT = 500
_STATUS_SECONDS = 10
_SIDES = {'working': 'working', 'mine': 'mine-full', 'theirs': 'theirs-full', 'base': 'base'}
_STATES = {
    'none', 'unversioned', 'normal', 'added', 'modified', 'deleted', 'missing', 'conflicted', 'ignored', 'replaced',
    'external', 'obstructed', 'incomplete',
}  # fmt: skip
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


class Versions:
    """The Subversion side of one account. `tunnel` is the command that reaches the repositories."""

    def __init__(self, tree, config, tunnel, seconds=55.0):
        if locale.setlocale(locale.LC_CTYPE, 'C.UTF-8') != 'C.UTF-8':
            raise RuntimeError('Subversion needs a UTF-8 locale')
        self._tree, self._config, self._seconds = tree, config, seconds
        # Subversion refuses a second writer in a working copy; a student with two tabs should wait, not fail.
        self._writing = threading.Lock()
        os.makedirs(config, mode=0o700, exist_ok=True)
        with open(os.path.join(config, 'config'), 'w', encoding='utf-8') as file:
            file.write(_CONFIG.format(tunnel=tunnel))
        with open(os.path.join(config, 'servers'), 'w', encoding='utf-8') as file:
            file.write('[global]\n')

    def _client(self, seconds=None):
        client = pysvn.Client(self._config)
        client.exception_style = 1
        client.commit_info_style = 1
        client.set_interactive(False)
        client.set_auth_cache(False)
        client.set_store_passwords(False)
        client.callback_get_login = lambda realm, username, may_save: (False, '', '', False)
        deadline = time.monotonic() + (seconds or self._seconds)
        client.callback_cancel = lambda: time.monotonic() > deadline
        return client

    # -- what a listing shows ---------------------------------------------------------------------

    def _is_inside(self, parts):
        """Return whether some directory from the home down to `parts` is a working copy."""
        return any(os.path.isdir(os.path.join(self._tree.path(parts[:depth]), '.svn')) for depth in range(len(parts) + 1))

    def of(self, parts):
        """Return the version of one path; NO_VERSION when Subversion cannot say."""
        if not self._is_inside(parts):
            return NO_VERSION
        found = self._statuses(self._tree.path(parts), pysvn.depth.empty)
        return _version(found[0]) if found else NO_VERSION

    def is_missing(self, parts):
        """Return whether nothing is at `parts` but Subversion knows that something should be."""
        return self.of(parts)['state'] in ('missing', 'deleted')

    def below(self, directory, parts, present):
        """Return (version of the directory, {name: version}) for all names in it, present or missing."""
        path = self._tree.path(parts)
        if not self._is_inside(parts):
            return NO_VERSION, self._roots_below(parts, directory, present)
        found = self._statuses(path, pysvn.depth.immediates)
        if found is None:
            # One name that is not UTF-8 makes Subversion refuse the whole directory: then ask for each by itself.
            return self.of(parts), {name: self.of([*parts, name]) for name in present if names.is_plain(name)}
        own = NO_VERSION
        states = {}
        for status in found:
            if status.path == path:
                own = _version(status)
            else:
                states[os.path.basename(status.path)] = _version(status)
        return own, {name: state for name, state in states.items() if name in present or state['state'] in ('missing', 'deleted', 'conflicted', 'replaced')}

    def _roots_below(self, parts, directory, present):
        """Return the versions of the names that are working copies themselves, such as a subject's directory."""
        roots = [name for name in present if names.is_plain(name) and os.path.isdir(os.path.join(self._tree.path([*parts, name]), '.svn'))]
        return {name: self.of([*parts, name]) for name in roots}

    def _statuses(self, path, depth):
        try:
            return self._client(_STATUS_SECONDS).status2(path, depth=depth, get_all=True, ignore=False, update=False, ignore_externals=True)
        except (pysvn.ClientError, UnicodeError):
            return None

    # -- changes in the working copy --------------------------------------------------------------

    def add(self, parts, chosen):
        """Put the names under version control, with the directories above and all below; what is ignored stays out."""
        with self._changing(parts):
            self._client().add(self._paths(parts, chosen), force=True, ignore=True, depth=pysvn.depth.infinity, add_parents=True)

    def remove(self, parts, chosen):
        """Take the names from version control; files that are there go to the trash first, as they are."""
        paths = self._paths(parts, chosen)
        with self._changing(parts):
            for path in paths:
                self._client().info2(path, recurse=False)
            with self._tree.directory(parts) as directory:
                there = [name for name in chosen if directory.look(name) is not None]
            if there:
                moving.delete(self._tree, parts, there)
            for path in paths:
                self._client().remove([path], force=True)

    def revert(self, parts, chosen):
        """Bring the names back to what was last saved or updated, with all below them."""
        with self._changing(parts):
            self._client().revert(self._paths(parts, chosen), depth=pysvn.depth.infinity)

    def resolve(self, parts, chosen, choice):
        """End the conflicts of the names: keep the file as it is now, or mine, theirs or the base of both."""
        if choice not in _SIDES:
            raise Trouble('bad-request', 'Choose working, mine, theirs or base.')
        paths = self._paths(parts, chosen)
        with self._changing(parts):
            # pysvn can only keep the file as it is, and tells the names of the other sides wrongly.
            # The @ at the end keeps one inside a name from being read as a revision.
            command = ['/usr/bin/svn', 'resolve', '--quiet', '--non-interactive', '--config-dir', self._config, '--depth', 'infinity']
            targets = [f'{path}@' for path in paths]
            done = subprocess.run(
                [*command, '--accept', _SIDES[choice], '--', *targets], stdin=subprocess.DEVNULL, capture_output=True, timeout=self._seconds, check=False
            )
        if done.returncode != 0:
            said = done.stderr.decode('utf-8', 'replace')
            raise _trouble_of(map(int, re.findall(r'\bE([0-9]{6})\b', said)), said)

    def cleanup(self, parts):
        """Free a working copy that an interrupted operation left locked."""
        with self._writing, _translated():
            self._client().cleanup(self._info(parts).wc_info.wcroot_abspath)

    def checkout(self, parts, repository):
        """Make a working copy of a directory of a repository at `parts`, which must not exist yet."""
        steps = names.segments(repository)
        if len(steps) < 2:
            raise Trouble('bad-request', 'Name a repository, such as users/jdoe.')
        if os.path.lexists(self._tree.path(parts)):
            raise Trouble('exists', f'There is already something called "{names.shown(parts[-1])}" there.', names=parts[-1:])
        url = REPOSITORIES + '/'.join(quote(step, safe='@+') for step in steps)
        with self._writing, _translated():
            return self._client().checkout(url, self._tree.path(parts), ignore_externals=True).number

    def update(self, parts, revision=None):
        """Bring in what others saved (or an older revision); return (revision, names in conflict)."""
        conflicted = []

        def notice(event):
            states = event['content_state'], event['prop_state']
            if pysvn.wc_notify_state.conflicted in states or event['action'] == pysvn.wc_notify_action.tree_conflict:
                conflicted.append(os.path.relpath(event['path'], self._tree.path(parts)))

        with self._changing(parts):
            client = self._client()
            client.callback_notify = notice
            reached = client.update(self._tree.path(parts), revision=_number(revision), ignore_externals=True, depth=pysvn.depth.infinity)
        return reached[0].number, sorted(conflicted)

    def commit(self, parts, chosen, message):
        """Record the changes of the names (or of the whole directory); return the revision, None when nothing had changed.

        A server can fail after the revision is durable. So before a failure is told, the log is asked whether it is there.
        """
        if type(message) is not str or not message.strip() or len(message) > LONGEST_MESSAGE:
            raise Trouble('bad-request', f'Say in a few words what changed (at most {LONGEST_MESSAGE} characters).')
        paths = self._paths(parts, chosen) if chosen is not None else [self._tree.path(parts)]
        with self._changing(parts):
            newest = self._newest(parts)
            try:
                made = self._client().checkin(paths, message.replace('\r\n', '\n'), recurse=True)['revision']
            except pysvn.ClientError as error:
                if _trouble(error).code != 'svn-failed':
                    raise
                made = self._newest(parts)
                if made is None or made.number == getattr(newest, 'number', None):
                    raise
            return made.number if made else None

    def _newest(self, parts):
        """Return the newest revision that this login made of a directory, or None."""
        try:
            found = self._client().log(self._ours(parts).URL, limit=1)
        except pysvn.ClientError:
            return None
        return found[0].revision if found else None

    # -- history ------------------------------------------------------------------------------------

    def log(self, parts, limit=None, before=None):
        """Return the revisions in which `parts` changed, newest first."""
        with _translated():
            info = self._ours(parts)
            start = _number(before - 1 if before is not None else None)
            found = self._client().log(
                info.URL, revision_start=start, revision_end=_number(0), discover_changed_paths=True, limit=min(limit or 100, LOG_LIMIT),
                strict_node_history=bool(self._tree.scope), peg_revision=info.rev if info.rev.number and info.rev.number > 0 else _number(None),
            )  # fmt: skip
            place = self._place(parts, info)
        return [
            {
                'revision': entry.revision.number,
                'author': entry.get('author') or '',
                'date': kinds.moment(entry.get('date') or 0),
                'message': entry.get('message') or '',
                'paths': [shown for change in entry.changed_paths or () if (shown := place(change))],
            }
            for entry in found
        ]

    def _place(self, parts, info):
        """Return a function that turns a changed path of the repository into one of the home, or None for what lies elsewhere."""
        below_repository = unquote(info.URL[len(info.repos_root_URL) :])
        depth = len(parts)
        steps = [step for step in below_repository.split('/') if step]
        # Where the working copy's root stands in the repository: both paths end alike up to there.
        while depth and steps and steps[-1] == parts[depth - 1]:
            depth -= 1
            steps.pop()
        root, home = ''.join(f'/{step}' for step in steps), parts[:depth]

        def place(change):
            if not change.path.startswith(root + '/'):
                return None
            path = [*home, *change.path[len(root) + 1 :].split('/')]
            if path[: len(self._tree.scope)] != self._tree.scope:
                return None
            return {'path': '/'.join(path), 'action': change.action}

        return place

    def diff(self, parts, start=None, end=None):
        """Return [{path, diff}] between two revisions, a revision and the working files, or BASE and the working files."""
        path = self._tree.path(parts)
        with _translated():
            info = self._ours(parts)
            client = self._client()
            try:
                if end is None:
                    base = _number(start) if start is not None else pysvn.Revision(pysvn.opt_revision_kind.base)
                    text = client.diff('/tmp', path, revision1=base, revision2=pysvn.Revision(pysvn.opt_revision_kind.working), recurse=True)
                else:
                    first = start if start is not None else end - 1
                    text = client.diff_peg(
                        '/tmp', info.URL, peg_revision=_number(max(first, end)), revision_start=_number(first), revision_end=_number(end), recurse=True
                    )
            except UnicodeDecodeError as error:
                # pysvn wants the whole text to be UTF-8; a file in another encoding is shown with escapes.
                text = error.object.decode('utf-8', 'backslashreplace')
        is_directory = os.path.isdir(path) and not os.path.islink(path) or str(info.kind) == 'dir'
        return _files_of(text, parts, is_directory, os.path.join(self._tree.path([]), ''))

    def list_at(self, parts, revision):
        """Return the reply of `list` for `parts` as it was at a revision."""
        with _translated():
            url, found = self._at(parts, revision)
            if str(found.kind) != 'dir':
                content = self._client().cat(url, revision=_number(revision), peg_revision=_number(revision))
                kind, mime = kinds.of_bytes(parts[-1], content)
                return _past(found.last_changed_date, found.last_changed_rev) | {'kind': kind, 'size': len(content), 'type': mime, 'etag': kinds.etag(content)}
            listed = self._client().list(url, revision=_number(revision), peg_revision=_number(revision), depth=pysvn.depth.immediates)
        entries = [self._past_entry(entry) for entry, _ in listed[1:]]
        entries.sort(key=lambda entry: (entry['kind'] != 'directory', entry['name'].casefold(), entry['name']))
        return {'kind': 'directory', 'entries': entries, 'version': _past(found.last_changed_date, found.last_changed_rev)['version']}

    def _past_entry(self, entry):
        name = entry.repos_path.rpartition('/')[2]
        is_directory = str(entry.kind) == 'dir'
        kind = 'directory' if is_directory else kinds.of_type(kinds.type_of(name) or 'text/plain')
        return names.described(name) | _past(entry.time, entry.created_rev) | {'kind': kind, 'size': 0 if is_directory else entry.size or 0}

    def read_at(self, parts, revision, limit=None):
        """Return (description, iterator of bytes) of a file as it was at a revision."""
        with _translated():
            url, found = self._at(parts, revision)
            if str(found.kind) == 'dir':
                raise Trouble('is-a-directory', 'That was a directory.')
            content = self._client().cat(url, revision=_number(revision), peg_revision=_number(revision))
        kind, mime = kinds.of_bytes(parts[-1], content)
        described = {'kind': kind, 'size': len(content), 'type': mime, 'etag': kinds.etag(content), 'modified': kinds.moment(found.last_changed_date)}
        return described, iter([content[:limit]])

    def _at(self, parts, revision):
        """Return (URL, info) of a path at a revision; the path may be gone from the working copy."""
        for depth in range(len(parts), -1, -1):
            try:
                url = self._ours(parts[:depth]).URL
            except (pysvn.ClientError, Trouble):
                continue
            url += ''.join('/' + quote(part, safe='@+') for part in parts[depth:])
            # Not `list`: where the revision or the path is missing, svnserve answers that in a way its own clients do not understand.
            return url, self._client().info2(url, revision=_number(revision), peg_revision=_number(revision), recurse=False)[0][1]
        raise Trouble('svn-not-versioned', 'This is not under version control, so it has no older revisions.')

    # -- the way there ------------------------------------------------------------------------------

    def _paths(self, parts, chosen):
        for name in chosen:
            if not names.is_plain(name):
                raise Trouble('bad-name', f'Subversion cannot keep the name "{names.shown(name)}": rename it first.', name=names.shown(name))
        with self._tree.directory(parts):
            return [self._tree.path([*parts, name]) for name in chosen]

    def _info(self, parts):
        path = self._tree.path(parts)
        if not self._is_inside(parts):
            raise Trouble('svn-not-versioned', 'This is not in a directory under version control.')
        return self._client(_STATUS_SECONDS).info2(path, recurse=False)[0][1]

    def _ours(self, parts):
        """Return the info of a versioned path after making sure that it belongs to a repository behind the tunnel."""
        info = self._info(parts)
        if not info.URL or not info.URL.startswith(REPOSITORIES) or not info.repos_root_URL.startswith(REPOSITORIES):
            raise Trouble('svn-refused', 'This directory does not belong to a repository of this site.')
        return info

    def _changing(self, parts):
        return _Changing(self, parts)


class _Changing:
    """Holds the working copies for one change: one at a time, ours only, and freed first when a killed service left a lock."""

    def __init__(self, versions, parts):
        self._versions, self._parts = versions, parts

    def __enter__(self):
        self._versions._writing.acquire()
        try:
            with _translated():
                depth = len(self._parts)
                # The directory itself may be unversioned and about to be added with what is in it.
                while depth and not os.path.isdir(os.path.join(self._versions._tree.path(self._parts[:depth]), '.svn')):
                    depth -= 1
                info = self._versions._ours(self._parts[:depth])
                self._free(info.wc_info.wcroot_abspath)
        except BaseException:
            self._versions._writing.release()
            raise

    def _free(self, root):
        # We hold the only lock there is, so a working copy that is locked now was left so by a service that was killed.
        status = self._versions._statuses(root, pysvn.depth.empty)
        if status and status[0].wc_is_locked:
            self._versions._client().cleanup(root)

    def __exit__(self, kind, error, traceback):
        self._versions._writing.release()
        if isinstance(error, pysvn.ClientError):
            raise _trouble(error) from error
        return False


class _translated:
    """Turns Subversion's errors into Trouble."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, pysvn.ClientError):
            raise _trouble(error) from error
        return False


_SENTENCES = {
    'svn-not-versioned': 'This is not under version control: add it first.',
    'svn-locked': 'The working copy is locked by an operation that was interrupted. Use "Clean up", then try again.',
    'svn-out-of-date': 'Others saved a newer version. Update first, look at the result, then save your version.',
    'svn-conflict': 'There is a conflict. Decide which text is right, mark it as resolved, then try again.',
    'svn-refused': 'The repository does not allow this.',
    'svn-failed': 'Subversion could not do this. Your files are as they were; try again in a moment.',
    'not-found': 'There is nothing by that name in that revision.',
    'disk-full': 'The disk is full. Delete what you do not need and try again.',
}
_CODES = {
    155007: 'svn-not-versioned', 155010: 'svn-not-versioned', 200009: 'svn-not-versioned', 200005: 'svn-not-versioned',
    155004: 'svn-locked', 155037: 'svn-locked', 155009: 'svn-locked', 200030: 'svn-locked', 200033: 'svn-locked',
    155011: 'svn-out-of-date', 160024: 'svn-out-of-date', 160028: 'svn-out-of-date', 170004: 'svn-out-of-date',
    155015: 'svn-conflict', 155027: 'svn-conflict', 155018: 'svn-conflict',
    170001: 'svn-refused', 175013: 'svn-refused', 220000: 'svn-refused', 215004: 'svn-refused', 165001: 'svn-refused',
    160013: 'not-found', 160006: 'not-found', 195012: 'not-found',
    28: 'disk-full',
}  # fmt: skip


def _trouble(error):
    """Return the Trouble for a ClientError; the outermost code that we know decides."""
    chain = error.args[1] if len(error.args) > 1 else []
    return _trouble_of((number for _, number in chain), str(error.args[0]))


def _trouble_of(numbers, said):
    code = next((_CODES[number] for number in numbers if number in _CODES), 'svn-failed')
    return Trouble(code, _SENTENCES[code], detail=names.shown(said)[:500])


def _version(status):
    state = str(status.node_status)
    if state == 'merged' or state not in _STATES:
        state = 'modified'
    number = status.changed_revision.number if status.is_versioned else -1
    return {'state': state, 'revision': number if number >= 0 else None}


def _past(date, revision):
    return {'modified': kinds.moment(date or 0), 'version': {'state': 'normal', 'revision': revision.number}}


def _number(revision):
    if revision is None:
        return pysvn.Revision(pysvn.opt_revision_kind.head)
    return pysvn.Revision(pysvn.opt_revision_kind.number, revision)


def _files_of(text, parts, is_directory, home):
    """Return [{path, diff}] from the text of one diff over many files."""
    files = []
    # A line of a file's content always starts with a blank, + or -, so this can only be a heading.
    for piece in ('\n' + text[:DIFF_CHARACTERS]).split('\nIndex: ')[1:]:
        heading, _, body = piece.partition('\n')
        body = body.partition('\n')[2] if body.startswith('=====') else body
        if heading.startswith(home):
            path = heading[len(home) :]
        else:
            path = '/'.join([*parts, *([heading] if is_directory else [])])
        files.append({'path': path, 'diff': body.rstrip('\n') + '\n' if body else ''})
    if len(text) > DIFF_CHARACTERS and files:
        files[-1]['diff'] += '\n(the rest is left out: the difference is too long to show)\n'
    return files
