"""What a worksheet becomes: pieces of clean HTML with exercises between them, and what is wrong with its text."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

FILE_SCHEME = 'ivle-file:'
_FILE_ADDRESS = re.compile(r'(<[a-z]+(?: [a-z-]+="[^"]*")*? (?:src|href)=")' + re.escape(FILE_SCHEME))


@dataclass(frozen=True)
class Rendered:
    """A text as a page shows it.

    `pieces` are ('html', clean HTML) and ('exercise', identifier, is optional), in order; each piece of HTML is balanced.
    `exercises` are the identifiers in order, each once; `files` the names of the files it shows or links to; `problems` are
    sentences for its author, with the line where one is known.
    """

    pieces: Sequence[tuple] = ()
    exercises: Sequence[str] = ()
    problems: Sequence[str] = ()
    files: Sequence[str] = ()

    @property
    def html(self):
        """Return the HTML alone, for a text that holds no exercises."""
        return ''.join(piece[1] for piece in self.pieces if piece[0] == 'html')

    def to_json(self):
        """Return the text that is kept beside the source."""
        value = {
            'pieces': [list(piece) for piece in self.pieces],
            'exercises': list(self.exercises),
            'problems': list(self.problems),
            'files': list(self.files),
        }
        return json.dumps(value, ensure_ascii=False, separators=(',', ':'))

    @classmethod
    def from_json(cls, text):
        """Return the Rendered that `to_json` wrote. Only for what this site itself kept: nothing is cleaned again."""
        value = json.loads(text)
        pieces = tuple(tuple(piece) for piece in value['pieces'])
        return cls(pieces, tuple(value['exercises']), tuple(value['problems']), tuple(value['files']))


def with_file_addresses(html, base):
    """Return a piece of HTML in which files have addresses: `base`, fit for an attribute and ending in a slash, and the name."""
    return _FILE_ADDRESS.sub(lambda found: found[1] + base, html)
