"""Cuts clean HTML where exercises stand, so that each piece is balanced HTML of its own."""

import re

_TOKEN = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^\s=<>"]+(?:="[^"]*")?)*)\s*/?>')
_ID = re.compile(r'\sid="[^"]*"')
_VOID = frozenset({'br', 'hr', 'img', 'col'})


def cut(html, mentions):
    """Return the pieces of `Rendered`. Whatever is open around an exercise is closed before it and opened again behind it."""
    if not mentions.found:
        return (('html', html),) if html.strip() else ()
    return tuple(_Cutter(mentions).pieces(html))


class _Cutter:
    def __init__(self, mentions):
        self._mentions = mentions
        self._out = []
        # The tags that are open, and how many of them still have to be written behind an exercise.
        self._open, self._pending = [], 0

    def pieces(self, html):
        place = 0
        for found in _TOKEN.finditer(html):
            yield from self._text(html[place : found.start()])
            self._tag(found)
            place = found.end()
        yield from self._text(html[place:])
        yield from self._finished()

    def _tag(self, found):
        closes, name, attributes = found.groups()
        if closes:
            self._close(name)
        elif name in _VOID:
            self._write(found[0])
        else:
            self._write(found[0])
            self._open.append((name, attributes))

    def _close(self, name):
        self._open.pop()
        if self._pending > len(self._open):
            # It was opened before the exercise, and nothing more came of it.
            self._pending -= 1
        else:
            self._out.append(f'</{name}>')

    def _write(self, html):
        if self._pending:
            opened = self._open[len(self._open) - self._pending :]
            self._out += [f'<{name}{_ID.sub("", attributes)}>' for name, attributes in opened]
            self._pending = 0
        self._out.append(html)

    def _text(self, text):
        parts = self._mentions.pattern.split(text)
        for place, part in enumerate(parts):
            if place % 2:
                yield from self._finished()
                yield ('exercise', *self._mentions.found[int(part)])
            elif part.strip() or (part and not self._pending):
                self._write(part)

    def _finished(self):
        written = self._open[: len(self._open) - self._pending]
        # A paragraph that was opened for nothing but the exercise.
        while written and self._out and self._out[-1] == f'<{written[-1][0]}{written[-1][1]}>':
            self._out.pop()
            written = written[:-1]
        html = ''.join(self._out) + ''.join(f'</{name}>' for name, _ in reversed(written))
        self._out, self._pending = [], len(self._open)
        if html.strip():
            yield ('html', html)
