"""A painting: what turtles have drawn so far, in order, and the SVG picture of it."""

import math
import re

MOST_POINTS = 300_000
LONGEST_TEXT = 2000
# What a console shows, with room for the frame around it.
_MOST_BYTES = 380 * 1024
_FARTHEST = 1e6
_MARGIN = 10
_WIDEST = 900
_UNPRINTABLE = re.compile('[\0-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}


class Line:
    """A line through some points."""

    word = 'line'

    def __init__(self, points, colour, width):
        self.points, self.colour, self.width = points, colour, width

    def write(self, place, end=None):
        """Return a path, without its beginning where it goes on from `end`."""
        first, *others = map(place, self.points)
        return ' '.join(['' if first == end else f'M{first}', *others])

    @property
    def style(self):
        """What lines must share to be one element."""
        width = number(self.width)
        return f'fill="none" stroke="{self.colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'


class Area:
    """The inside of a line, with an outline where one is given."""

    def __init__(self, points, colour, outline='', width=0, word='filled shape'):
        self.points, self.colour, self.outline, self.width, self.word = points, colour, outline, width, word

    def write(self, place):
        if len(self.points) < 3:
            return ''
        outline = f' stroke="{self.outline}" stroke-width="{number(self.width)}"' if self.outline else ''
        points = ' '.join(place(point) for point in self.points)
        return f'<polygon fill="{self.colour or "none"}" fill-rule="evenodd"{outline} points="{points}"/>'


class Dot:
    """A filled circle; its size is in pixels of the picture, however the screen is scaled."""

    word = 'dot'

    def __init__(self, point, size, colour):
        self.points, self.width, self.colour = [point], size, colour

    def write(self, place):
        x, y = place(self.points[0]).split(',')
        return f'<circle fill="{self.colour or "none"}" cx="{x}" cy="{y}" r="{number(self.width / 2)}"/>'


class Writing:
    """A text, its lower edge at a point."""

    word = 'text'

    def __init__(self, point, text, anchor, font, colour):
        self.points, self.anchor, self.font, self.colour = [point], anchor, font, colour
        self.lines = text[:LONGEST_TEXT].split('\n')
        self.width = self.size = max(min(abs(font[1]) * (1 if font[1] < 0 else 4 / 3), 1000), 1)

    @property
    def length(self):
        """About how long it is: nobody here knows the letters of a browser."""
        return max(map(len, self.lines)) * self.size * 0.55

    @property
    def extent(self):
        """How far it goes from its point: to the left, to the right, up and down."""
        left = {'start': 0, 'middle': 0.5, 'end': 1}[self.anchor] * self.length
        return left, self.length - left, self.size * 1.3 * len(self.lines), 0

    def write(self, place):
        x, y = place(self.points[0]).split(',')
        family, _, *words = self.font
        style = ''.join(rule for word, rule in _FONT_RULES.items() if word in words)
        first = float(y) - 0.25 * self.size - 1.2 * self.size * (len(self.lines) - 1)
        spans = ''.join(
            f'<tspan x="{x}" y="{number(first + 1.2 * self.size * at)}">{escaped(line)}</tspan>'
            for at, line in enumerate(self.lines)
        )
        return (
            f'<text fill="{self.colour or "none"}" text-anchor="{self.anchor}" font-size="{number(self.size)}" '
            f'font-family="{escaped(family)}, sans-serif"{style} xml:space="preserve">{spans}</text>'
        )


_FONT_RULES = {'bold': ' font-weight="bold"', 'italic': ' font-style="italic"', 'underline': ' text-decoration="underline"'}


class Painting:
    """Things in the order in which they lie above each other."""

    def __init__(self):
        self._things = {}
        self._points = 0
        self.is_full = False

    def add(self, thing):
        """Put a thing on top; nothing comes on a painting that is full."""
        self._points += len(thing.points)
        if self._points > MOST_POINTS:
            self.is_full = True
        else:
            self._things[id(thing)] = thing

    def fill(self, area, points):
        """Give an area that is on the painting its points, or take them from it."""
        self._points += len(points) - len(area.points)
        area.points = points
        if self._points > MOST_POINTS:
            self.is_full = True
            self.remove(area)

    def remove(self, thing):
        """Take a thing away."""
        if self._things.pop(id(thing), None):
            self._points -= len(thing.points)

    def in_words(self):
        """Return how many of what there is."""
        counts = {}
        for thing in self._things.values():
            if thing.points:
                counts[thing.word] = counts.get(thing.word, 0) + 1
        return ', '.join(f'{count:,} {word}{"" if count == 1 else "s"}' for word, count in counts.items()) or 'nothing drawn yet'

    def svg(self, background, view, scale, turtles=()):
        """Return (SVG text, how many things had no room in it).

        `view` (left, bottom, right, top) is seen in any case, `scale` (across, up) makes coordinates pixels, and
        `turtles` are the things on top of all others.
        """
        things = [*self._things.values(), *turtles]
        left, top, right, bottom = _bounds(things, view, scale)
        width, height = max(right - left, 1), max(bottom - top, 1)
        shrink = min(1, _WIDEST / width, _WIDEST / height)
        x, y, wide, high = frame = tuple(map(number, (left, top, width, height)))
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width * shrink)}" height="{number(height * shrink)}" '
            f'viewBox="{" ".join(frame)}">'
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" fill="{background or "white"}"/>'
        )
        for decimals in (1, 0):
            elements, left_out = _elements(things, scale, decimals, _MOST_BYTES - len(head))
            if not left_out:
                break
        return head + ''.join(elements) + '</svg>', left_out


def number(value, decimals=1):
    """Return a number as it stands in a picture: rounded, and within what browsers can draw."""
    value = float(value)
    value = min(max(value, -_FARTHEST), _FARTHEST) if math.isfinite(value) else 0.0
    text = f'{value:.{decimals}f}'
    text = text.rstrip('0').rstrip('.') if '.' in text else text
    return '0' if text == '-0' else text


def escaped(text):
    """Return text as it may stand in an SVG."""
    return ''.join(_ESCAPES.get(character, character) for character in _UNPRINTABLE.sub(' ', text))


def _elements(things, scale, decimals, room):
    across, up = scale

    def place(point):
        return f'{number(point[0] * across, decimals)},{number(-point[1] * up, decimals)}'

    elements, open_style, end = [], None, None
    for thing in things:
        is_line = isinstance(thing, Line)
        if is_line and thing.style == open_style:
            # It goes into the path before it, whose last quote is still to come.
            element = thing.write(place, end)
        else:
            element = '"/>' if open_style else ''
            element += f'<path {thing.style} d="{thing.write(place)}' if is_line else thing.write(place)
        room -= len(element.encode())
        if room < 0:
            break
        elements.append(element)
        open_style, end = (thing.style, place(thing.points[-1])) if is_line else (None, None)
    return [*elements, '"/>' if open_style else ''], len(things) - len(elements)


def _bounds(things, view, scale):
    across, up = scale
    left, right = sorted((view[0] * across, view[2] * across))
    top, bottom = sorted((-view[3] * up, -view[1] * up))
    for thing in things:
        half = getattr(thing, 'width', 0) / 2
        to_left, to_right, above, below = getattr(thing, 'extent', (half,) * 4)
        for x, y in thing.points:
            x, y = float(number(x * across)), float(number(-y * up))
            left, right = min(left, x - to_left - _MARGIN), max(right, x + to_right + _MARGIN)
            top, bottom = min(top, y - above - _MARGIN), max(bottom, y + below + _MARGIN)
    return left, top, right, bottom
