"""Resource: a noun of the site. It says what is below it, who may do what, and what it is called."""

from urllib.parse import quote

from pyramid.authorization import DENY_ALL


class Resource:
    """A place in the tree. Subclasses implement `child` and, where rights differ from the parent's, `__acl__`."""

    def __init__(self, request, parent=None, name=''):
        self.request, self.__parent__, self.__name__ = request, parent, name

    def child(self, name):
        """Return the resource called `name` below this one, or None."""
        return None

    def __getitem__(self, name):
        try:
            found = self.child(name)
        except KeyError as error:
            # Traversal would take a slip of ours for "not there".
            raise RuntimeError(f'{type(self).__name__}.child failed on {name!r}') from error
        if found is None:
            raise KeyError(name)
        return found

    def __bool__(self):
        return True


class PrivateResource(Resource):
    """A place that inherits no rights: what its own `__acl__` does not grant is denied."""

    def grants(self):
        """Return the entries that allow something; nothing else is allowed."""
        return []

    def __acl__(self):
        return [*self.grants(), DENY_ALL]


def path_url(request, *segments, view=None, query=''):
    """Return the site's URL for decoded path segments, and a view's `@@name` below it.

    Ours instead of `resource_url`, which keeps every segment it ever quoted.
    """
    parts = [quote(segment, safe="!$&'()*+,;=:~-._") for segment in segments]
    # A file called `@@edit` must never become a link to a view: `@` of a name is always escaped above.
    if view is not None:
        parts.append('@@' + view)
    return request.script_name + '/' + '/'.join(parts) + (f'?{query}' if query else '')
