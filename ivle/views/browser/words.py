"""How files are put into words: sizes, times, version states, icons."""

from datetime import datetime

from ivle.usage import Usage
from ivle.usage import size_in_words as share_in_words

# The state of the version, as a person says it, and how much it matters.
_STATES = {
    'none': ('', 'quiet'),
    'unversioned': ('not in a version', 'quiet'),
    'normal': ('saved', 'quiet'),
    'added': ('new', 'info'),
    'modified': ('changed', 'info'),
    'deleted': ('deleted', 'info'),
    'missing': ('missing', 'warn'),
    'conflicted': ('conflict', 'fail'),
    'ignored': ('ignored', 'quiet'),
    'replaced': ('replaced', 'info'),
    'external': ('external', 'quiet'),
    'obstructed': ('blocked', 'warn'),
    'incomplete': ('incomplete', 'warn'),
}

_ICONS = {'directory': 'folder', 'image': 'image', 'audio': 'audio', 'video': 'video', 'text': 'text', 'binary': 'binary'}
_PROGRAMS = ('.py', '.html', '.htm')

SPECIALS = {
    'link': 'A link: it is not followed here.',
    'fifo': 'A pipe: it cannot be opened here.',
    'socket': 'A socket: it cannot be opened here.',
    'device': 'A device: it cannot be opened here.',
}


def size_in_words(size):
    """Return a number of bytes as '340 B', '1.2 kB', '3.4 MB'."""
    if size is None:
        return '–'
    if size < 1000:
        return f'{size} B'
    for unit in ('kB', 'MB', 'GB'):
        size /= 1000
        if size < 999.95 or unit == 'GB':
            return f'{size:.1f} {unit}'


def room_in_words(disk):
    """Return how full an account is as a page shows it, or None where nothing is known: there is no limit, or it is another's."""
    if disk is None:
        return None
    usage = Usage(**disk)
    return {
        'level': usage.level,
        'percent': min(100, int(100 * usage.share)),
        'sentence': usage.sentence,
        'trash': share_in_words(usage.trash) if usage.trash else None,
    }


def time_in_words(modified):
    """Return an ISO 8601 UTC time for readers without scripts; with scripts it is shown in their own zone."""
    if not modified:
        return '–'
    return datetime.fromisoformat(modified).strftime('%-d %b %Y, %H:%M UTC')


def version_in_words(version):
    """Return (words, weight) of a version state; weight is quiet, info, warn or fail."""
    words, weight = _STATES[version['state']]
    if version['state'] == 'normal' and version.get('revision') is not None:
        words = f'saved · r{version["revision"]}'
    return words, weight


def icon_of(entry):
    """Return the icon for a listed thing."""
    if entry.get('special') == 'link':
        return 'link'
    if entry['kind'] == 'text' and entry['name'].endswith('.py'):
        return 'code'
    return _ICONS[entry['kind']]


def can_be_served(name, kind):
    """Return True for what the web server of one's own programs shows: programs, pages and directories."""
    return kind == 'directory' or name.lower().endswith(_PROGRAMS)


def is_in_working_copy(version):
    """Return True when Subversion knows the thing, whatever its state."""
    return version['state'] not in ('none', 'unversioned', 'ignored')
