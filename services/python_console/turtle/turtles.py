"""Turtles: they have a place and a pen, and leave lines, fillings, dots, stamps and texts on their screen."""

import collections
import copy
import math
from turtle.navigators import TNavigator, _direction
from turtle.paintings import Area, Dot, Line, Writing
from turtle.pens import TPen, drawn_colour
from turtle.shapes import TurtleGraphicsError
from turtle.vectors import Vec2D

_ANCHORS = {'left': 'start', 'center': 'middle', 'right': 'end'}
_LONGEST_UNDO = 1000
# What undo() brings back, and the lists that have only grown since.
_FIELDS = ('position', 'angle', 'width', 'is_down', 'speed', 'is_visible', 'colour', 'fill_colour', 'stretch', 'outline', 'shear')
_FIELDS += ('tilt', 'resizemode', 'shape_name', 'filling', 'fill_area', 'polygon', 'last_polygon')
_LISTS = ('filling', 'polygon')


class RawTurtle(TPen, TNavigator):
    """A turtle on a screen of your choice."""

    def __init__(self, canvas=None, shape='classic', undobuffersize=_LONGEST_UNDO, visible=True):
        if not hasattr(canvas, '_painting'):
            raise TurtleGraphicsError(f'bad canvas argument {canvas}')
        self.screen = canvas
        TNavigator.__init__(self, canvas._mode)
        TPen.__init__(self)
        self._shape_name = shape if shape in canvas._shapes else 'classic'
        self._is_visible = visible
        self._things, self._stamps, self._stamp_number = [], {}, 0
        self._filling = self._fill_area = self._polygon = self._last_polygon = None
        self._undo = collections.deque(maxlen=undobuffersize or 0)
        canvas._turtles.append(self)

    @property
    def _colormode(self):
        return self.screen._colormode

    # -- what is drawn and taken back ---------------------------------------------------------------

    def _note(self):
        fields = {name: getattr(self, f'_{name}') for name in _FIELDS}
        lengths = {name: len(fields[name]) for name in _LISTS if fields[name] is not None}
        self._undo.append((fields, lengths, []))

    def _add(self, thing):
        self.screen._painting.add(thing)
        self._things.append(thing)
        self._when_undone(lambda: self.screen._painting.remove(thing))
        self.screen._touch()

    def _when_undone(self, action):
        if self._undo:
            self._undo[-1][2].append(action)

    def _look_changed(self):
        self.screen._touch()

    def _go(self, points):
        if self._is_down and self._colour:
            self._add(Line([self._position, *points], drawn_colour(self._colour), self._width))
        for path in (self._filling, self._polygon):
            if path is not None:
                path.extend(points)
        self._position = points[-1]
        self._moved()

    def _turn(self, degrees):
        super()._turn(degrees)
        self._moved()

    def _moved(self):
        if self._is_visible:
            self.screen._touch()

    def _jump(self, point, fill_gap):
        was_filling = self._filling is not None and not fill_gap
        if was_filling:
            self._end_filling()
        self._position = point
        if was_filling:
            self._begin_filling()
        self._moved()

    def undo(self):
        """Take back what the turtle did last."""
        if not self._undo:
            return
        fields, lengths, actions = self._undo.pop()
        for action in reversed(actions):
            action()
        for name, value in fields.items():
            setattr(self, f'_{name}', value)
        for name, length in lengths.items():
            del fields[name][length:]
        self.screen._touch()

    def setundobuffer(self, size):
        """Let undo() take back so many steps; None or 0 for none."""
        self._undo = collections.deque(maxlen=size or 0)

    def undobufferentries(self):
        """Return how many steps undo() can take back."""
        return len(self._undo)

    def clear(self):
        """Remove what this turtle drew; it stays where it is."""
        for thing in self._things:
            self.screen._painting.remove(thing)
        self._things, self._stamps = [], {}
        self._undo.clear()
        self.screen._touch()

    def reset(self):
        """Remove what this turtle drew, and begin anew in the middle with a new pen."""
        self._start_again()

    def _start_again(self):
        RawTurtle.clear(self)
        self._be_at_home()
        self._take_new_pen()
        self._filling = self._fill_area = self._polygon = None

    def clone(self):
        """Return another turtle with the same place, direction and pen."""
        twin = copy.copy(self)
        twin._things, twin._stamps = [], {}
        twin._undo = collections.deque(maxlen=self._undo.maxlen)
        twin._filling = twin._fill_area = twin._polygon = None
        self.screen._turtles.append(twin)
        self.screen._touch()
        return twin

    # -- fillings, dots, texts ----------------------------------------------------------------------

    def begin_fill(self):
        """Begin a shape that end_fill() fills with the fill colour."""
        self._note()
        self._begin_filling()

    def _begin_filling(self):
        self._filling = [self._position]
        # Below the lines that are drawn around it.
        self._fill_area = Area([], '')
        self._add(self._fill_area)

    def end_fill(self):
        """Fill the shape that was drawn since begin_fill()."""
        if self._filling is not None:
            self._note()
            self._end_filling()

    def _end_filling(self):
        area, painting = self._fill_area, self.screen._painting
        area.colour = drawn_colour(self._fill_colour)
        painting.fill(area, self._filling if len(self._filling) > 2 else [])
        self._when_undone(lambda: painting.fill(area, []))
        self._filling = self._fill_area = None
        self.screen._touch()

    def filling(self):
        """Return whether a shape was begun and not filled yet."""
        return self._filling is not None

    def dot(self, size=None, *color):
        """Draw a dot of a size and a colour; without them, of the pen's colour and a little wider than its lines."""
        if isinstance(size, (str, tuple)):
            size, color = None, (size, *color)
        colour = self._checked(color) if color else self._colour
        size = float(size or self._width + max(self._width, 4))
        self._note()
        self._add(Dot(self._position, size, drawn_colour(colour)))

    def write(self, arg, move=False, align='left', font=('Arial', 8, 'normal')):
        """Write a text here: aligned 'left', 'center' or 'right', in a font (name, size, 'bold'); with `move`, go to its end."""
        anchor = _ANCHORS[align.lower()]
        name, size, *words = font if isinstance(font, (tuple, list)) else (font,)
        words = ' '.join(map(str, words)).lower().split()
        writing = Writing(self._position, str(arg), anchor, (str(name)[:100], float(size), *words), drawn_colour(self._colour))
        self._note()
        self._add(writing)
        if move:
            across, _ = self.screen._scale()
            self._position = self._position + (writing.extent[1] / across, 0)

    def begin_poly(self):
        """Begin to remember where the turtle goes, as the corners of a polygon."""
        self._note()
        self._polygon = [self._position]

    def end_poly(self):
        """End that; get_poly() returns the polygon."""
        if self._polygon is not None:
            self._note()
            self._last_polygon, self._polygon = tuple(self._polygon), None

    def get_poly(self):
        """Return the polygon that was remembered last, a tuple of points, or None."""
        return self._last_polygon

    # -- what it looks like -------------------------------------------------------------------------

    def shape(self, name=None):
        """Look like this: 'arrow', 'turtle', 'circle', 'square', 'triangle', 'classic', or one of your own; or return which."""
        if name is None:
            return self._shape_name
        if name not in self.screen._shapes:
            raise TurtleGraphicsError(f'There is no shape named {name}')
        self._set_pen(shape_name=name)
        return None

    def shapesize(self, stretch_wid=None, stretch_len=None, outline=None):
        """Make the turtle wider and longer by these factors, its outline so wide; or return the three."""
        if stretch_wid is stretch_len is outline is None:
            return (*self._stretch, self._outline)
        if stretch_wid == 0 or stretch_len == 0:
            raise TurtleGraphicsError('stretch_wid/stretch_len must not be zero')
        wide, long = self._stretch
        if stretch_wid is not None:
            wide, long = float(stretch_wid), float(stretch_wid if stretch_len is None else stretch_len)
        elif stretch_len is not None:
            long = float(stretch_len)
        outline = self._outline if outline is None else outline
        self._set_pen(resizemode='user', stretch=(wide, long), outline=outline)
        return None

    def shearfactor(self, shear=None):
        """Slant the turtle's shape, or return by how much."""
        if shear is None:
            return self._shear
        self._set_pen(resizemode='user', shear=shear)
        return None

    def tilt(self, angle):
        """Turn the turtle's shape and not its direction."""
        self._set_pen(resizemode='user', tilt=(self._tilt + self._in_degrees(angle)) % 360)

    def tiltangle(self, angle=None):
        """Turn the turtle's shape to an angle from its direction, or return the angle."""
        if angle is None:
            return self._tilt * self._full_circle / 360
        self._set_pen(resizemode='user', tilt=self._in_degrees(angle) % 360)
        return None

    def shapetransform(self, t11=None, t12=None, t21=None, t22=None):
        """Change the turtle's shape by a matrix, or return its matrix."""
        given, now = (t11, t12, t21, t22), self._matrix()
        if given == (None,) * 4:
            return now
        t11, t12, t21, t22 = (now[at] if new is None else new for at, new in enumerate(given))
        if t11 * t22 - t12 * t21 == 0:
            raise TurtleGraphicsError('Bad shape transform matrix: must not be singular')
        wide, turned = math.hypot(t11, t21), math.atan2(t21, t11)
        slant, long = (
            t12 * math.cos(turned) + t22 * math.sin(turned),
            t22 * math.cos(turned) - t12 * math.sin(turned),
        )
        self._set_pen(resizemode='user', stretch=(wide, long), shear=slant / wide, tilt=math.degrees(turned) % 360)
        return None

    def _matrix(self):
        (wide, long), cosine, sine = self._stretch, *_direction(self._tilt)
        slant = wide * self._shear
        return wide * cosine, slant * cosine - long * sine, wide * sine, slant * sine + long * cosine

    def get_shapepoly(self):
        """Return the points of the turtle's shape as it is now, or None where it has none."""
        t11, t12, t21, t22 = self._matrix()
        points = self.screen._shapes[self._shape_name]._parts()[0][0]
        return tuple((t11 * x + t12 * y, t21 * x + t22 * y) for x, y in points) or None

    def _seen(self):
        """Return the areas that show the turtle itself."""
        return self._outlines('turtle') if self._is_visible else []

    def _outlines(self, word):
        matrix, outline = (1, 0, 0, 1), 1
        if self._resizemode == 'user':
            matrix, outline = self._matrix(), self._outline
        elif self._resizemode == 'auto':
            factor = max(1, self._width / 5)
            matrix, outline = (factor, 0, 0, factor), self._width
        (across, up), ahead, areas = self.screen._scale(), _direction(self._angle), []
        for polygon, filling, edge in self.screen._shapes[self._shape_name]._parts():
            points = []
            for x, y in polygon:
                right, forward = matrix[0] * x + matrix[1] * y, matrix[2] * x + matrix[3] * y
                way = ahead * forward + Vec2D(ahead[1], -ahead[0]) * right
                points.append(self._position + (way[0] / across, way[1] / up))
            colours = (self._fill_colour if filling is None else filling), (self._colour if edge is None else edge)
            areas.append(Area(points, *map(drawn_colour, colours), outline, word))
        return areas

    def stamp(self):
        """Leave a copy of the turtle's shape here; returns its number for clearstamp()."""
        self._note()
        areas = self._outlines('stamp')
        for area in areas:
            self._add(area)
        self._stamp_number += 1
        self._stamps[self._stamp_number] = areas
        return self._stamp_number

    def clearstamp(self, stampid):
        """Remove the stamp of this number."""
        for area in self._stamps.pop(stampid, ()):
            self.screen._painting.remove(area)
        self.screen._touch()

    def clearstamps(self, n=None):
        """Remove all stamps, or the first `n`, or the last where `n` is negative."""
        numbers = list(self._stamps)
        for number in numbers if n is None else numbers[:n] if n >= 0 else numbers[n:]:
            RawTurtle.clearstamp(self, number)

    # -- the rest -----------------------------------------------------------------------------------

    def getscreen(self):
        """Return the screen on which the turtle is."""
        return self.screen

    def getturtle(self):
        """Return the turtle itself."""
        return self

    def onclick(self, fun, btn=1, add=None):
        """Accepted, and never called: a drawing in a console has no mouse."""
        self.screen._say_no_events()

    onrelease = ondrag = onclick
    getpen = getturtle
    turtlesize = shapesize
