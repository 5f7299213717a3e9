"""What the text of a worksheet names and is not there: exercises of the bank, and files that were never uploaded."""

import re
from urllib.parse import quote


def missing_in(source, rendered, exercises, files):
    """Return the sentences for the author of a text, with lines: `exercises` and `files` are the names of what there is."""
    sentences = [
        (line_with(source, name), f'the bank has no exercise called {name}.')
        for name in rendered.exercises
        if name not in exercises
    ]
    sentences += [
        (line_with(source, name), f'there is no file {name} in this worksheet: upload it, or correct the name.')
        for name in rendered.files
        if name not in files
    ]
    in_order = sorted(sentences, key=lambda told: told[0] or 0)
    return [f'Line {line}: {words}' if line else f'{words[:1].upper()}{words[1:]}' for line, words in in_order]


def line_with(source, name):
    """Return the number of the first line in which a name stands by itself, or at all; None when it stands in none."""
    written = '|'.join(re.escape(word) for word in dict.fromkeys((name, quote(name))))
    alone = re.compile(rf'(?<![\w./+-])(?:\./)?(?:{written})(?![\w/+-])')
    anywhere = re.compile(written)
    lines = source.split('\n')
    for pattern in (alone, anywhere):
        for number, line in enumerate(lines, 1):
            if pattern.search(line):
                return number
    return None
