"""Browsers, as people call them: what the header of a request says is for programs."""

# Each claims to be the ones after it as well.
_BROWSERS = (
    ('Edg', 'Edge'),
    ('OPR/', 'Opera'),
    ('Firefox/', 'Firefox'),
    ('Chrom', 'Chrome'),
    ('Safari/', 'Safari'),
    ('curl/', 'curl'),
)
_SYSTEMS = (
    ('Android', 'Android'),
    ('iPhone', 'iPhone'),
    ('iPad', 'iPad'),
    ('Windows', 'Windows'),
    ('Mac OS', 'Mac'),
    ('CrOS', 'ChromeOS'),
    ('Linux', 'Linux'),
)


def browser_in_words(agent):
    """Return for example 'Firefox on Linux' for a User-Agent header; its first words when it is none we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None:
        return agent[:40] or 'unknown'
    return f'{browser} on {system}' if system else browser
