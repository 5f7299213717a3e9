"""History: revisions, differences, and things as they once were."""

import os
from urllib.parse import quote, unquote

import pysvn

from services.files import kinds, names
from services.files.errors import Trouble
from services.files.subversion import number, translated

DIFF_CHARACTERS = 4 << 20
LOG_REVISIONS, MOST_LOG_REVISIONS = 100, 500


class History:
    """The past of the things of one account. Nothing here changes anything."""

    def __init__(self, subversion):
        self._subversion, self._tree = subversion, subversion.tree

    def log(self, parts, limit=None, before=None):
        """Return the revisions in which `parts` changed, newest first."""
        if before == 0:
            return []
        with translated():
            info = self._subversion.ours(parts)
            found = self._subversion.client().log(
                info.URL,
                revision_start=number(before - 1 if before is not None else None),
                revision_end=number(0),
                # The working copy may be older than the newest revision, or the path new and without any.
                peg_revision=info.rev if info.rev.number > 0 else number(None),
                discover_changed_paths=True,
                limit=min(limit or LOG_REVISIONS, MOST_LOG_REVISIONS),
                # What was copied here had a life elsewhere, which a bounded view does not show.
                strict_node_history=bool(self._tree.scope),
            )
            place = self._place(parts, info)
        return [
            {
                'revision': entry.revision.number,
                'author': entry.get('author') or '',
                'date': kinds.moment(entry.get('date') or 0),
                'message': entry.get('message') or '',
                'paths': sorted(filter(None, map(place, entry.changed_paths or ())), key=lambda change: change['path']),
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
        with translated():
            info = self._subversion.ours(parts)
            try:
                text = self._diff_text(info.URL, path, start, end)
            except UnicodeDecodeError as error:
                # pysvn wants the whole text to be UTF-8; a file in another encoding is shown with escapes.
                text = error.object.decode('utf-8', 'backslashreplace')
        is_directory = os.path.isdir(path) and not os.path.islink(path) or str(info.kind) == 'dir'
        return _files_of(text, parts, is_directory, os.path.join(self._tree.path([]), ''))

    def _diff_text(self, url, path, start, end):
        client, temporary = self._subversion.client(), self._subversion.config
        if end is None:
            base = pysvn.Revision(pysvn.opt_revision_kind.base) if start is None else number(start)
            working = pysvn.Revision(pysvn.opt_revision_kind.working)
            return client.diff(temporary, path, revision1=base, revision2=working, recurse=True)
        first = max(end - 1, 0) if start is None else start
        newer = number(max(first, end))
        return client.diff_peg(
            temporary, url, peg_revision=newer, revision_start=number(first), revision_end=number(end), recurse=True
        )

    def list_at(self, parts, revision):
        """Return the reply of `list` for `parts` as it was at a revision."""
        with translated():
            url, found = self._at(parts, revision)
            if str(found.kind) != 'dir':
                content = self._subversion.client().cat(url, revision=number(revision), peg_revision=number(revision))
                kind, mime = kinds.of_bytes(parts[-1], content)
                past = _past(found.last_changed_date, found.last_changed_rev)
                return past | {'kind': kind, 'size': len(content), 'type': mime, 'etag': kinds.etag(content)}
            then, immediates = number(revision), pysvn.depth.immediates
            listed = self._subversion.client().list(url, revision=then, peg_revision=then, depth=immediates)
        entries = [self._past_entry(entry) for entry, _ in listed[1:]]
        entries.sort(key=lambda entry: (entry['kind'] != 'directory', entry['name'].casefold(), entry['name']))
        version = _past(found.last_changed_date, found.last_changed_rev)['version']
        return {'kind': 'directory', 'entries': entries, 'version': version}

    def _past_entry(self, entry):
        name = entry.repos_path.rpartition('/')[2]
        is_directory = str(entry.kind) == 'dir'
        kind = 'directory' if is_directory else kinds.of_type(kinds.type_of(name) or 'text/plain')
        past = _past(entry.time, entry.created_rev)
        return names.described(name) | past | {'kind': kind, 'size': 0 if is_directory else entry.size or 0}

    def read_at(self, parts, revision, limit=None):
        """Return (description, iterator of bytes) of a file as it was at a revision."""
        with translated():
            url, found = self._at(parts, revision)
            if str(found.kind) == 'dir':
                raise Trouble('is-a-directory', 'That was a directory.')
            content = self._subversion.client().cat(url, revision=number(revision), peg_revision=number(revision))
        kind, mime = kinds.of_bytes(parts[-1], content)
        modified = kinds.moment(found.last_changed_date)
        described = {'kind': kind, 'size': len(content), 'type': mime, 'etag': kinds.etag(content), 'modified': modified}
        return described, iter([content[:limit]])

    def _at(self, parts, revision):
        """Return (URL, info) of a path at a revision; the path may be gone from the working copy."""
        for depth in range(len(parts), -1, -1):
            try:
                url = self._subversion.ours(parts[:depth]).URL
            except (pysvn.ClientError, Trouble):
                continue
            url += ''.join('/' + quote(part, safe='@+') for part in parts[depth:])
            then = number(revision)
            # Not `list`: a revision or path that is missing svnserve tells in a way its own clients do not understand.
            return url, self._subversion.client().info2(url, revision=then, peg_revision=then, recurse=False)[0][1]
        raise Trouble('svn-not-versioned', 'This is not under version control, so it has no older revisions.')


def _past(date, revision):
    return {'modified': kinds.moment(date or 0), 'version': {'state': 'normal', 'revision': revision.number}}


def _files_of(text, parts, is_directory, home):
    """Return [{path, diff}] from the text of one diff over many files."""
    files = []
    # A line of a file's content always starts with a blank, + or -, so this can only be a heading.
    for piece in ('\n' + text[:DIFF_CHARACTERS]).split('\nIndex: ')[1:]:
        heading, _, body = piece.partition('\n')
        body = body.partition('\n')[2] if body.startswith('=====') else body
        # A heading is relative to the directory that was asked for; of a single file it repeats only the name.
        below = '/'.join([*parts, heading] if is_directory else parts)
        path = heading[len(home) :] if heading.startswith(home) else below
        # Where the home lies in this box is nobody's business.
        body = body.replace(f'--- {home}', '--- ', 1).replace(f'\n+++ {home}', '\n+++ ', 1)
        files.append({'path': path, 'diff': body.rstrip('\n') + '\n' if body else ''})
    if len(text) > DIFF_CHARACTERS and files:
        files[-1]['diff'] += '\n(the rest is left out: the difference is too long to show)\n'
    return files
