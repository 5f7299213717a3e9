"""The trash: what was deleted waits there, out of sight of the student's programs, until it is restored or purged."""

import json
import os
import secrets
import shutil
import stat
from datetime import UTC, datetime

from services.files import kinds, moving, names, saving, tree
from services.files.errors import Trouble

_TRASH_RECORD_BYTES = 1 << 20


def delete(account, parts, chosen):
    """Move the chosen names to the trash and return the id to bring them back with."""
    with account.directory(parts) as directory, account.directory([], 'trash') as trash:
        moving.must_be_there(directory, chosen)
        now = datetime.now(UTC)
        # The time comes first so that ids sort by age; the rest keeps two deletions of one moment apart.
        trash_id = f'{now:%Y%m%d%H%M%S%f}{secrets.token_hex(6)}'
        os.mkdir(trash_id, 0o700, dir_fd=trash.descriptor)
        with trash.below(trash_id) as item:
            record = {'path': '/'.join(parts), 'deleted': kinds.moment(now.timestamp())}
            try:
                saving.store(item, 'record.json', [json.dumps(record).encode('ascii')])
                os.mkdir('content', 0o700, dir_fd=item.descriptor)
                with item.below('content') as content:
                    moving.transfer(directory, chosen, content, chosen)
                item.sync()
            except BaseException:
                shutil.rmtree(trash_id, dir_fd=trash.descriptor, ignore_errors=True)
                raise
        trash.sync()
    return trash_id


def trashed(account):
    """Return what lies in the trash, newest first."""
    with account.directory([], 'trash') as trash:
        ids = sorted((name for name, status in trash.entries() if stat.S_ISDIR(status.st_mode)), reverse=True)
        items = []
        for trash_id in ids:
            with trash.below(trash_id) as item:
                record = _record(item)
                if record is not None and record['names']:
                    items.append({'trash': trash_id, **record})
    return items


def purge(account, staging, trash_id=None):
    """Delete for good what lies in the trash, or one deletion of it; return how many deletions that were.

    They leave the trash first, all at once: what is half gone is nowhere to be seen, and swept away later.
    """
    with account.directory([], 'trash') as trash, staging.directory() as draft:
        found = [name for name, _ in trash.entries()] if trash_id is None else [_checked(trash, trash_id)]
        for name in found:
            tree.rename_new(trash, name, draft.place, name)
        trash.sync()
    return len(found)


def _checked(trash, trash_id):
    """Return an id that names something in the trash; Trouble when it does not."""
    if type(trash_id) is not str or not trash_id.isascii() or not trash_id.isalnum() or trash.look(trash_id) is None:
        raise Trouble('not-found', 'That is not in the trash.')
    return trash_id


def restore(account, trash_id):
    """Bring a deletion back to where it was; return the path of that directory. Nothing is overwritten."""
    with account.directory([], 'trash') as trash:
        with trash.below(_checked(trash, trash_id)) as item:
            record = _record(item)
            if record is None:
                raise Trouble('not-found', 'That is not in the trash.')
            parts = account.parts(record['path'])
            with _made(account, parts) as target, item.below('content') as content:
                # A service killed half way through an earlier try may have brought some back already.
                chosen = [name for name, _ in content.entries()]
                moving.transfer(content, chosen, target, chosen)
        shutil.rmtree(trash_id, dir_fd=trash.descriptor)
        trash.sync()
    return record['path']


def _record(item):
    try:
        with open(item.open_file('record.json'), 'rb') as file:
            record = json.loads(file.read(_TRASH_RECORD_BYTES))
        with item.below('content') as content:
            # What is there counts, not what was meant to be: the service may have been killed half way.
            kept = sorted(name for name, _ in content.entries())
        return {'path': record['path'], 'names': [names.shown(name) for name in kept], 'deleted': record['deleted']}
    except (OSError, Trouble, ValueError):
        # Killed before the record was whole: then nothing had been moved yet either.
        return None


def _made(account, parts):
    """Return the open directory at `parts`, making what is missing of it."""
    for depth in range(len(parts)):
        with account.directory(parts[:depth]) as above:
            if above.look(parts[depth]) is None:
                os.mkdir(parts[depth], saving.NEW_DIRECTORY_MODE, dir_fd=above.descriptor)
                above.sync()
    return account.directory(parts)
