"""What a turtle looks like."""

import math


class TurtleGraphicsError(Exception):
    """Something that a turtle or its screen cannot do."""


class Shape:
    """A shape for turtles: of type 'polygon' (a tuple of points) or 'compound' (add polygons with `addcomponent`)."""

    def __init__(self, type_, data=None):
        if type_ not in ('polygon', 'compound', 'image'):
            raise TurtleGraphicsError(f'There is no shape type {type_}')
        self._type = type_
        # Pictures from files are not drawn: the turtle is seen as an arrow then.
        self._data = [] if type_ == 'compound' else tuple(data or ()) if type_ == 'polygon' else data

    def addcomponent(self, poly, fill, outline=None):
        """Add a polygon to a compound shape, with the colours of its inside and its outline."""
        if self._type != 'compound':
            raise TurtleGraphicsError(f'Cannot add component to {self._type} Shape')
        self._data.append([tuple(poly), fill, fill if outline is None else outline])

    def _parts(self):
        """Return [(polygon, colour inside, colour of the outline)…]; None stands for the turtle's own colours."""
        if self._type == 'compound':
            return [tuple(part) for part in self._data]
        return [(self._data if self._type == 'polygon' else _ARROW, None, None)]


def _ring(radius, corners, start=0.0):
    angles = [start + 2 * math.pi * corner / corners for corner in range(corners)]
    return tuple((round(radius * math.cos(angle), 2), round(radius * math.sin(angle), 2)) for angle in angles)


def _mirrored(*half):
    """Return a polygon of its right half, from the top to the bottom."""
    return (*half, *((-x, y) for x, y in reversed(half) if x))


# All look up, which is where their turtle goes.
_ARROW = ((0, 0), (-5, -9), (0, -7), (5, -9))
_TURTLE = _mirrored(
    *((0, 16), (2, 15), (3, 12), (2, 10), (5, 8), (7, 10), (10, 9), (9, 6), (7, 4), (8, 0), (7, -5)),
    *((9, -8), (8, -11), (5, -8), (2, -10), (0, -13)),
)


def standard_shapes():
    """Return {name: Shape} of those that are always there."""
    polygons = {
        'arrow': ((-10, 0), (10, 0), (0, 10)),
        'circle': _ring(10, 24),
        'classic': _ARROW,
        'square': ((10, -10), (10, 10), (-10, 10), (-10, -10)),
        'triangle': ((10, -5.77), (0, 11.55), (-10, -5.77)),
        'turtle': _TURTLE,
        'blank': (),
    }
    return {name: Shape('polygon', points) for name, points in polygons.items()}
