"""What of an exercise anybody may see who may work on it: its text and starter code, and as many hints as were revealed."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from ivle.teaching import worksheet
from ivle.teaching.reading import BadDefinition, from_json
from ivle.teaching.rendered import Rendered


@dataclass(frozen=True)
class Shown:
    """The open part of an exercise. `description` is clean HTML; `hints` are those revealed, of `hint_count`."""

    name: str
    description: str
    starter: str
    rows: int
    hints: Sequence[str]
    hint_count: int


def shown(definition: str, identifier: str, hints_seen: int = 0) -> Shown | None:
    """Return the open part of a definition's JSON; None when it cannot be used. Ids in its HTML begin with the identifier."""
    found = _open_part(definition, identifier)
    if found is None:
        return None
    name, description, starter, rows, hints = found
    return Shown(name, description, starter, rows, hints[:hints_seen], len(hints))


@functools.lru_cache(maxsize=64)
def sheet(source: str, format: str) -> Rendered:
    """Return the Rendered of a worksheet of which nothing is kept that this version of ours made."""
    return worksheet.render(source, format)


# A worksheet of twenty exercises is read by a class at the same moment, and a text takes milliseconds to render.
@functools.lru_cache(maxsize=512)
def _open_part(definition, identifier):
    try:
        whole = from_json(definition)
    except BadDefinition:
        return None
    format = whole.description_format

    def html(text, place):
        return worksheet.render_text(text, format, prefix=f'x-{identifier}-{place}-').html

    hints = tuple(html(hint, f'hint-{number}') for number, hint in enumerate(whole.hints, 1))
    return whole.name, html(whole.description, 'text'), whole.starter, whole.rows, hints
