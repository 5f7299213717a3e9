"""Media: `/media/<version>/<client>/<file>`, static files under a name that changes when they do."""

from ivle.resources.base import Resource


class MediaRoot(Resource):
    """All static files; `child` is a version."""

    def child(self, name):
        return MediaVersion(self.request, self, name)


class MediaVersion(Resource):
    """The static files as of one version; `child` is a client."""

    def child(self, name):
        return MediaFile(self.request, self, name, self.__name__, ())


class MediaFile(Resource):
    """A static file, or a folder on the way to one."""

    def __init__(self, request, parent, name, version, above):
        super().__init__(request, parent, name)
        self.version, self.parts = version, (*above, name)

    def child(self, name):
        return MediaFile(self.request, self, name, self.version, self.parts)
