"""Subject directories: where a student's work for a subject is, in their repository and as a working copy in their home."""

import logging
import time

from ivle.errors import IvleError
from ivle.hosts.files import Files, HomeView
from ivle.hosts.users import Users

# Nobody waits longer for a class list. What is not made by then is made when its student first opens it.
PREPARE_SECONDS = 10.0

log = logging.getLogger(__name__)


def prepare_directories(settings, logins, subject, seconds=PREPARE_SECONDS):
    """Make the directory of a subject in the repositories of these logins; return how many are left for later.

    Never raises: those are made by `open_directory`, too. Logins of closed accounts must not be among them, because whoever is
    prepared has their rights.
    """
    end = time.monotonic() + seconds
    for number, login in enumerate(logins):
        if time.monotonic() > end:
            log.info('%d directories of %s will be made when they are opened', len(logins) - number, subject)
            return len(logins) - number
        try:
            Users(settings).activate(login, [subject])
        except IvleError as error:
            log.warning('the directories of %s will be made when they are opened: %s', subject, error)
            return len(logins) - number
    return 0


def open_directory(settings, login, subject):
    """Make sure that a student has their directory of a subject: in the repository, and checked out in the home.

    Something of that name that is there already stays as it is.
    """
    files, home = Files(settings), HomeView(login, 'write')
    if any(entry['name'] == subject for entry in files.list(home, '')['entries']):
        return
    Users(settings).activate(login, [subject])
    files.svn_checkout(home, subject, f'users/{login}/{subject}')
