"""Homes as bytes to take along: `/download/<owner>/…`."""

from ivle.resources.homes import Home, Homes, Node


class DownloadRoot(Homes):
    """All homes as downloads; `child` is an owner."""

    def child(self, name):
        found = super().child(name)
        return DownloadHome(self.request, self, name, found.owner_login, found.owner_id) if isinstance(found, Home) else found


class DownloadPlace:
    """A file or directory of a home, to be taken along by who may read it."""

    def child(self, name):
        return None if super().child(name) is None else DownloadNode(self.request, self, name)


class DownloadHome(DownloadPlace, Home):
    """One person's home as a download."""


class DownloadNode(DownloadPlace, Node):
    """A name below it."""
