"""The site's secrets: 32 random bytes each, made at first use, kept in the data directory and nowhere else."""

import functools
import os
import secrets

from ivle.settings import SettingsError

NAMES = ('sandbox', 'usrmgt', 'gateway', 'cookie')
LENGTH = 32


def make_secrets(settings):
    """Make the secrets that are missing and check all of them; SettingsError names one that is unfit."""
    for name in NAMES:
        read_secret(settings, name)


def read_secret(settings, name):
    """Return the bytes of the secret `name`, making it when there is none yet."""
    path = settings.path('secrets', name)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return _make(settings, name)
    return _read(path, (found.st_ino, found.st_mtime_ns, found.st_ctime_ns))


@functools.lru_cache(maxsize=16)
def _read(path, version):
    # Once for each version of the file: a request may need it several times.
    with open(path, 'rb') as file:
        mode, content = os.fstat(file.fileno()).st_mode, file.read()
    if mode & 0o077:
        raise SettingsError(f'The secret {path} can be read by other users of this machine: type chmod 600 {path}')
    if len(content) < LENGTH or len(set(content)) < 8:
        raise SettingsError(
            f'The secret {path} is too short or a placeholder: remove it and a good one is made at the next start.'
        )
    return content


def _make(settings, name):
    folder = settings.path('secrets')
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A link to a finished file appears whole or not at all, and the first of two makers wins.
    draft = folder / f'.{name}-{secrets.token_hex(8)}'
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, 'wb') as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, folder / name)
        except FileExistsError:
            pass
    finally:
        os.unlink(draft)
    return read_secret(settings, name)
