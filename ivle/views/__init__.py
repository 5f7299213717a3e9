"""Verbs: one module per client and action. A view reads the request, makes one call, returns a dict.

Each client's module registers itself (`includeme` with `config.add_client`) and scans only itself, so that a
client that is off leaves nothing behind. What is here for every site: the rules for views, the shell around
pages, error pages, and the site's own front page and health.
"""


def includeme(config):
    config.include('ivle.views.derivers')
    config.include('ivle.views.shell')
    config.scan('ivle.views.errors')
    config.scan('ivle.views.home')
    config.scan('ivle.views.health')
