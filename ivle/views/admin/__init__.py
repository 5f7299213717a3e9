"""The admin client: `people` finds, makes, closes and opens accounts, `site` shows courses and health."""

from ivle.resources.admin import Administration


def includeme(config):
    config.add_client(
        'admin',
        action='admin',
        resource=Administration,
        media='ivle:media/admin',
        title='Administration',
        for_admins=True,
        help='ivle:templates/help/admin.pt',
    )
    config.scan(__name__)
