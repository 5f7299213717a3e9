"""Homes as the file browser sees them: `/files/<owner>/<path>`, and `/home/<path>` for one's own."""

from ivle.resources.homes import Home, Homes, Node, own_home


class FilesRoot(Homes):
    """All homes as files; `child` is an owner."""

    def child(self, name):
        found = super().child(name)
        return FilesHome(self.request, self, name, found.owner_login, found.owner_id) if isinstance(found, Home) else found


class FilesPlace:
    """A directory or file of a home, to be looked at and changed."""

    def child(self, name):
        return None if super().child(name) is None else FilesNode(self.request, self, name)


class FilesHome(FilesPlace, Home):
    """One person's home as files."""


class FilesNode(FilesPlace, Node):
    """A name below it."""


def files_root(request, parent, name):
    """Return the resource of `/files`; for `/home` that is one's own home."""
    if name != 'home':
        return FilesRoot(request, parent, name)
    found = own_home(request, parent, name)
    return FilesHome(request, parent, name, found.owner_login, found.owner_id) if isinstance(found, Home) else found
