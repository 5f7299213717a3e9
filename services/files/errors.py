"""Trouble: the one way an operation of the file service says no."""

import errno


class Trouble(Exception):
    """A refusal with a code of docs/services.md, a sentence for the student, and details for the reply."""

    def __init__(self, code, message, **details):
        super().__init__(f'{code}: {message}')
        self.code, self.message, self.details = code, message, details

    def as_json(self):
        """Return the `error` object of the reply."""
        return {'code': self.code, 'message': self.message, **self.details}


_BY_ERRNO = {
    errno.ENOENT: ('not-found', 'There is nothing here by that name.'),
    errno.ENOTDIR: ('not-a-directory', 'That is not a directory.'),
    errno.EISDIR: ('is-a-directory', 'That is a directory.'),
    errno.ELOOP: ('not-a-file', 'That is a link. Links are shown but never followed.'),
    errno.ENXIO: ('not-a-file', 'That is not a file that can be opened.'),
    errno.EEXIST: ('exists', 'There is already something by that name.'),
    errno.ENOTEMPTY: ('exists', 'There is already something by that name.'),
    errno.ENOSPC: ('disk-full', 'The disk is full. Nothing was changed. Tell an administrator, and try again later.'),
    errno.EDQUOT: (
        'disk-full',
        'Your space is used up. Nothing was changed. What a program of yours removes, in a console, frees space at once.',
    ),
    errno.EFBIG: ('too-large', 'That is larger than a file may be. Nothing was changed.'),
    errno.ENAMETOOLONG: ('bad-path', 'That path is too long.'),
    errno.EROFS: ('read-only', 'These files can be read but not changed.'),
    errno.EACCES: ('read-only', 'The permissions of that file or directory do not allow it.'),
    errno.EPERM: ('read-only', 'The permissions of that file or directory do not allow it.'),
}


def from_os(error):
    """Return the Trouble that an OSError amounts to, or None when it is a fault of ours."""
    if error.errno not in _BY_ERRNO:
        return None
    return Trouble(*_BY_ERRNO[error.errno])
