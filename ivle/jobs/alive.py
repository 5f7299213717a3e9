"""Signs of life: a worker touches a file in `run/` once a second, and whoever asks whether there is one looks at its age."""

import logging
import time

# More than a busy machine keeps a thread waiting.
SILENT_SECONDS = 10.0

log = logging.getLogger(__name__)


def note_alive(settings):
    """Say that a worker of this site lives."""
    try:
        _file(settings).touch(mode=0o600)
    except OSError as error:
        log.warning('a sign of life could not be given: %s', error)


def is_alive(settings, now=None):
    """Return whether a worker has given a sign of life in the last ten seconds."""
    try:
        beat = _file(settings).stat().st_mtime
    except OSError:
        return False
    return (now or time.time()) - beat < SILENT_SECONDS


def _file(settings):
    return settings.path('run', 'worker.beat')
