"""What a person may be allowed to do: views name one of these, resources grant them."""

import enum


class Permission(enum.StrEnum):
    """One line of meaning each."""

    UNSTATED = 'unstated'  # The default of a view that names none: granted to nobody.
    USE_SITE = 'use-site'  # Be signed in and see one's own pages.
    READ_FILES = 'read-files'  # List, open and download below this directory, and read its history.
    WRITE_FILES = 'write-files'  # Change files and versions below this directory.
    SERVE = 'serve'  # Run and see the programs of this directory as web pages.
    USE_CONSOLE = 'use-console'  # Talk to this console.
    ADMINISTER = 'administer'  # People, subjects, semesters, offerings, health of the site.
