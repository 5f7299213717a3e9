"""Given: what a request says, each property asked for with the type it must have."""

from services.files import names
from services.files.errors import Trouble

MOST_NAMES = 2_000
MOST_UPLOADS = 500

_MISSING = object()


class Given:
    """The properties of a request, each asked for with the type it must have; `share` is its part of the room."""

    def __init__(self, request, share):
        self._request, self.share = request, share

    def value(self, key, default=_MISSING):
        """Return any value; Trouble when it is needed and not there."""
        found = self._request.get(key)
        if found is None:
            if default is _MISSING:
                raise Trouble('bad-request', f'The request does not say "{key}".')
            return default
        return found

    def text(self, key, default=_MISSING):
        """Return a string."""
        found = self.value(key, default)
        if found is not default and type(found) is not str:
            raise Trouble('bad-request', f'"{key}" is a string.')
        return found

    def number(self, key):
        """Return a whole number from 0 that Subversion and the file system can hold, or None when it is not given."""
        found = self.value(key, None)
        if found is not None and (type(found) is not int or not 0 <= found < 1 << 31):
            raise Trouble('bad-request', f'"{key}" is a whole number.')
        return found

    def flag(self, key):
        """Return True or False; False when it is not given."""
        found = self.value(key, False)
        if type(found) is not bool:
            raise Trouble('bad-request', f'"{key}" is true or false.')
        return found

    def names(self, optional=False):
        """Return the chosen names, at least one; None when they are optional and not given."""
        found = self.value('names', None if optional else _MISSING)
        if found is None:
            return None
        if type(found) is not list or not 0 < len(found) <= MOST_NAMES:
            raise Trouble('bad-request', 'Choose at least one file or directory.')
        chosen = [names.existing_name(name) for name in found]
        return list(dict.fromkeys(chosen))

    def files(self):
        """Return the announced uploads: [{'name', 'size'}]."""
        found = self.value('files')
        if type(found) is not list or not 0 < len(found) <= MOST_UPLOADS:
            raise Trouble('bad-request', f'Choose between one and {MOST_UPLOADS} files.')
        for file in found:
            if type(file) is not dict or set(file) != {'name', 'size'} or type(file['size']) is not int:
                raise Trouble('bad-request', 'Each file needs a name and a size.')
        return found
