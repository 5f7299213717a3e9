"""The site put together: settings, the Pyramid application, the prefix, the guard."""

from pyramid.config import Configurator
from rutter.urlmap import URLMap

from ivle.forms import FormRequest
from ivle.guard import Guard
from ivle.resources.root import Root
from ivle.settings import SettingsError, read_settings


def make_site(global_config, ini):
    """Return the WSGI application for the settings of an ini file; SettingsError names the first bad one."""
    settings = read_settings(ini, here=global_config.get('here', '.'))
    refuse_unsafe(settings, ini)
    with Configurator(settings=ini, root_factory=Root, request_factory=FormRequest) as config:
        config.registry.ivle = settings
        config.include('pyramid_chameleon')
        config.include('ivle.models')
        config.include('ivle.security')
        config.include('ivle.views')
        config.include('ivle.clients')
        app = config.make_wsgi_app()
    return Guard(below_prefix(app, settings.prefix), settings)


def below_prefix(app, prefix):
    """Return `app` mounted at `prefix`: nothing answers outside it."""
    if not prefix:
        return app
    site = URLMap()
    site[prefix] = app
    site.registry = app.registry
    return site


def refuse_unsafe(settings, ini):
    """Raise SettingsError for what a production site must never run with."""
    if not settings.is_production:
        return
    if settings.sample:
        raise SettingsError(
            'ivle.sample = true cannot be used in production: the passwords of the sample are public. Set it to false.'
        )
    if 'pyramid_debugtoolbar' in ini.get('pyramid.includes', ''):
        raise SettingsError(
            'pyramid.includes names pyramid_debugtoolbar, which shows secrets to anybody: remove it in production.'
        )
    for key in ('pyramid.debug_all', 'pyramid.reload_all', 'pyramid.reload_templates', 'debug_all', 'reload_all'):
        if ini.get(key, 'false').lower() in ('true', '1', 'yes', 'on', 't', 'y'):
            raise SettingsError(f'{key} is on, which is for development only: remove it in production.')
    if settings.host not in ('127.0.0.1', '::1', 'localhost') and not settings.url.startswith('https:'):
        raise SettingsError(
            'ivle.host listens beyond this machine without https: put a proxy in front and set ivle.url to its https address.'
        )
