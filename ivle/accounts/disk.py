"""Small steps on the disk that can be repeated after a crash: they are done completely or not at all."""

import json
import os
import secrets
import subprocess


def replace_file(path, content, mode, group=None):
    """Put `content` (text) in the place of a file in one step; it is on the disk when this returns."""
    draft = path.with_name(f'.{path.name}-{secrets.token_hex(6)}')
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, 'w', encoding='utf-8') as file:
            file.write(content)
            file.flush()
            if group is not None:
                os.chown(descriptor, -1, group)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.rename(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def read_json(path, otherwise):
    """Return the JSON value in a file, or `otherwise` when there is no such file."""
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return otherwise


def remove_tree(path):
    """Remove a directory with all below it; OSError when something of it stays.

    A student's program may have nested thousands of directories, or taken rights from them. `rm` minds neither that nor
    links, and never leaves the file system.
    """
    done = subprocess.run(
        ['rm', '--recursive', '--force', '--one-file-system', '--', str(path)],
        env={'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise OSError(f'{path} cannot be removed: {done.stderr.decode(errors="replace").strip()[-200:]}')


def sync_directory(path):
    """Wait until the names in a directory are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
