"""IVLE, the Informatics Virtual Learning Environment.

Three zones, one protocol; the arrows point down only::

    views -> resources -> models        the web zone: HTTP, the database, who may do what
    views -> hosts -> chat              the web zone's clients of the host daemons
    jobs -> models, hosts               work in the background: asked for by resources, done by workers
    sandbox -> chat                     the host zone: starts, limits and ends sandboxes
    services/*                          programs of the host and sandbox zones

This file stays free of imports: the programs inside a sandbox import `ivle.chat` and nothing else of ours.
"""

__version__ = '0.1.0'


def main(global_config, **settings):
    """Return the WSGI application of the site that an ini file describes (the `paste.app_factory`)."""
    import sys

    from pyramid.exceptions import ConfigurationError

    from ivle.settings import SettingsError
    from ivle.site import make_site

    try:
        return make_site(global_config, settings)
    except (SettingsError, ConfigurationError) as error:
        # One line that says what to mend; the way through our code would tell an administrator nothing.
        sys.exit(str(error))
