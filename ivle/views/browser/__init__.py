"""The browser client: people's files as pages and as JSON.

`browse` shows directories and files, `change` makes, renames, moves, deletes and uploads, `versions` is Subversion.
`/files/<owner>/<path>` and, for one's own, `/home/<path>` show the same tree. A view makes one call to the host; what
the host refuses is an IvleError with its sentence.
"""

from ivle.resources.files import files_root


def includeme(config):
    config.add_client(
        'browser',
        action='files',
        other_actions=('home',),
        resource=files_root,
        tab='Files',
        icon='files',
        help='ivle:templates/help/browser.pt',
    )
    config.scan(__name__)
