"""Changes: what a student does with a working copy."""

import os
import re
import subprocess
import time
from urllib.parse import quote

import pysvn

from services.files import moving, names, trash
from services.files.coming import Coming, take_for_commit, take_for_revert
from services.files.errors import Trouble
from services.files.subversion import REPOSITORIES, freeing, number, trouble, trouble_of

LONGEST_MESSAGE = 10_000
_CLOCK_STEP_SECONDS = 1.0
# What Subversion writes down about a change.
NOTES_BYTES = 64 << 10
_SIDES = {'working': 'working', 'mine': 'mine-full', 'theirs': 'theirs-full', 'base': 'base'}


class Changes:
    """The operations on working copies that change something, one at a time."""

    def __init__(self, subversion, staging):
        self._coming = Coming(subversion)
        self._subversion, self._tree, self._staging = subversion, subversion.tree, staging

    @freeing
    def add(self, parts, chosen, share):
        """Put the names under version control, with the directories above and all below; what is ignored stays out."""
        share.take(NOTES_BYTES, 0)
        with self._subversion.changing(parts, chosen):
            paths = self._subversion.paths(parts, chosen)
            self._subversion.client().add(paths, force=True, ignore=True, depth=pysvn.depth.infinity, add_parents=True)

    @freeing
    def remove(self, parts, chosen):
        """Take the names from version control; files that are there go to the trash first, as they are."""
        paths = self._subversion.paths(parts, chosen)
        with self._subversion.changing(parts, chosen):
            for path in paths:
                self._subversion.client().info2(path, recurse=False)
            with self._tree.directory(parts) as directory:
                there = [name for name in chosen if directory.look(name) is not None]
            if there:
                trash.delete(self._tree, parts, there)
            for path in paths:
                self._subversion.client().remove([path], force=True)

    @freeing
    def revert(self, parts, chosen, share):
        """Bring the names back to what was last saved or updated, with all below them."""
        share.take(NOTES_BYTES, 0)
        with self._subversion.changing(parts, chosen):
            client, paths = self._subversion.client(), self._subversion.paths(parts, chosen)
            take_for_revert(client, paths, share)
            client.revert(paths, depth=pysvn.depth.infinity)

    @freeing
    def resolve(self, parts, chosen, choice, share):
        """End the conflicts of the names: keep the file as it is now, or mine, theirs or the base of both."""
        if choice not in _SIDES:
            raise Trouble('bad-request', 'Choose working, mine, theirs or base.')
        share.take(NOTES_BYTES, 0)
        paths = self._subversion.paths(parts, chosen)
        with self._subversion.changing(parts, chosen):
            # pysvn can only keep the file as it is, and tells the names of the other sides wrongly.
            # The @ at the end keeps one inside a name from being read as a revision.
            done = subprocess.run(
                [
                    *('/usr/bin/svn', 'resolve', '--quiet', '--non-interactive', '--config-dir', self._subversion.config),
                    *('--depth', 'infinity', '--accept', _SIDES[choice], '--'),
                    *(f'{path}@' for path in paths),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._subversion.seconds,
                check=False,
            )
        if done.returncode != 0:
            said = done.stderr.decode('utf-8', 'replace')
            raise trouble_of(map(int, re.findall(r'\bE([0-9]{6})\b', said)), said)

    def cleanup(self, parts):
        """Free a working copy that an interrupted operation left locked."""
        with self._subversion.writing():
            # By its root: the directory itself may be new to Subversion.
            root = self._subversion.info(self._subversion.root(parts) or []).wc_info.wcroot_abspath
            self._subversion.client().cleanup(root)

    def checkout(self, parts, repository, share):
        """Make a working copy of a directory of a repository at `parts`, which must not exist yet."""
        steps = names.segments(repository)
        if len(steps) < 2:
            raise Trouble('bad-request', 'Name a repository, such as users/jdoe.')
        url = REPOSITORIES + '/'.join(quote(step, safe='@+') for step in steps)
        parent, name = self._tree.parent(parts)
        # Made aside, so that a checkout that is interrupted leaves no half working copy.
        with self._subversion.writing(), parent, self._staging.directory() as draft:
            moving.must_be_free(parent, [names.new_name(name)])
            revision = self._coming.take_for_checkout(url, share)
            client = self._subversion.client()
            reached = client.checkout(url, os.path.join(draft.path, name), revision=revision, ignore_externals=True)
            moving.transfer(draft.place, [name], parent, [name])
        return reached.number

    @freeing
    def update(self, parts, share, revision=None):
        """Bring in what others saved (or an older revision); return (revision, names in conflict)."""
        conflicted = []

        def notice(event):
            states = event['content_state'], event['prop_state']
            if pysvn.wc_notify_state.conflicted in states or event['action'] == pysvn.wc_notify_action.tree_conflict:
                conflicted.append(os.path.relpath(event['path'], self._tree.path(parts)))

        with self._subversion.changing(parts):
            client = self._subversion.client()
            client.callback_notify = notice
            target = self._coming.take_for_update(self._subversion.ours(parts), number(revision), share)
            reached = client.update(self._tree.path(parts), revision=target, ignore_externals=True)
        return reached[0].number, sorted(conflicted)

    @freeing
    def commit(self, parts, chosen, message, share):
        """Record the changes of the names (or of the whole directory); return the revision, None when nothing had changed.

        A server can fail after the revision is durable. So before a failure is told, the log is asked whether it is there.
        """
        if type(message) is not str or not message.strip() or len(message) > LONGEST_MESSAGE:
            raise Trouble('bad-request', f'Say in a few words what changed (at most {LONGEST_MESSAGE} characters).')
        message = message.replace('\r\n', '\n')
        paths = self._subversion.paths(parts, chosen) if chosen is not None else [self._tree.path(parts)]
        started = time.time()
        with self._subversion.changing(parts, chosen or ()):
            take_for_commit(self._subversion.client(), paths, share)
            try:
                made = self._subversion.client().checkin(paths, message, recurse=True)['revision']
            except pysvn.ClientError as error:
                if trouble(error).code != 'svn-failed':
                    raise
                made = self._made_all_the_same(parts, message, started)
                if made is None:
                    raise
            return made.number if made else None

    def _made_all_the_same(self, parts, message, started):
        """Return the revision of a commit that failed after it had become durable, or None where there is none.

        The working copy, which does not know of it, is brought up to it.
        """
        try:
            info = self._subversion.ours(parts)
            newest = self._subversion.client().log(info.URL, limit=1)[0]
            if newest.message != message or newest.date < started - _CLOCK_STEP_SECONDS:
                return None
            self._subversion.client().cleanup(info.wc_info.wcroot_abspath)
            self._subversion.client().update(self._tree.path(parts), ignore_externals=True)
        except (pysvn.ClientError, Trouble):
            return None
        return newest.revision
