"""Homes as the editor sees them: `/edit/<owner>/<path>`."""

from ivle.resources.homes import Home, Homes, Node


class EditRoot(Homes):
    """All homes as texts; `child` is an owner."""

    def child(self, name):
        found = super().child(name)
        return EditHome(self.request, self, name, found.owner_login, found.owner_id) if isinstance(found, Home) else found


class EditPlace:
    """A file of a home, to be read and written as text."""

    def child(self, name):
        return None if super().child(name) is None else EditNode(self.request, self, name)


class EditHome(EditPlace, Home):
    """One person's home; a directory, so there is nothing to edit."""


class EditNode(EditPlace, Node):
    """A name below it."""
