"""Points in time, as pages and JSON show them."""

from datetime import UTC


def iso(moment):
    """Return a moment as ISO 8601 UTC with a Z; None stays None."""
    return moment and moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')


def in_words(moment, never='never'):
    """Return a moment for readers without scripts; with scripts a page shows it in their own zone."""
    return moment.astimezone(UTC).strftime('%-d %b %Y, %H:%M UTC') if moment else never
