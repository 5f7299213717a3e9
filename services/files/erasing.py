"""Erasing: delete a tree, however deep it is nested and whatever its permissions, with two descriptors."""

import contextlib
import os
import secrets
import stat

# A program that still runs in a deleted directory may go on writing there; it is not waited for.
_TRIES = 3


def erase(above, name):
    """Delete what `name` is in the directory `above`, with all below it; return False when something is left.

    Directories below are lifted into `above` first, so a nest of ten thousand takes no ten thousand steps down.
    """
    waiting, is_gone = [name], True
    while waiting:
        current = waiting.pop()
        if not _unlink(above, current):
            is_gone = _empty(above, current, waiting) and is_gone
    return is_gone


def _unlink(above, name):
    """Delete what is no directory; return False when it is one."""
    try:
        os.unlink(name, dir_fd=above.descriptor)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def _empty(above, name, waiting):
    """Delete a directory and what is in it except directories: these lie in `above` then, and wait for their turn."""
    for _ in range(_TRIES):
        try:
            # Its owner is this user, but may have shut everybody out.
            os.chmod(name, stat.S_IRWXU, dir_fd=above.descriptor)
            with above.below(name) as directory:
                _lift(directory, above, waiting)
            os.rmdir(name, dir_fd=above.descriptor)
        except FileNotFoundError:
            return True
        except OSError:
            continue
        return True
    return False


def _lift(directory, above, waiting):
    with os.scandir(directory.descriptor) as scan:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan]
    for name, is_directory in names:
        if not is_directory:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=directory.descriptor)
            continue
        lifted = secrets.token_hex(12)
        # A directory takes a new parent only where it may be written.
        os.chmod(name, stat.S_IRWXU, dir_fd=directory.descriptor)
        os.rename(name, lifted, src_dir_fd=directory.descriptor, dst_dir_fd=above.descriptor)
        waiting.append(lifted)
