"""What a turtle draws with: its pen, its colours, and whether it is seen."""

from turtle.colours import colour_of, in_numbers
from turtle.shapes import TurtleGraphicsError

_SPEEDS = {'fastest': 0, 'fast': 10, 'normal': 6, 'slow': 3, 'slowest': 1}


def checked_colour(arguments, colormode):
    """Return the colour that was given as a name, as three numbers or as a tuple of them: a name, or a tuple up to 255."""
    if len(arguments) == 1:
        [colour] = arguments
        if isinstance(colour, str):
            if colour and colour_of(colour) is None:
                raise TurtleGraphicsError(f'bad color string: {colour}')
            return colour
        arguments = colour
    try:
        red, green, blue = arguments
    except (TypeError, ValueError):
        raise TurtleGraphicsError(f'bad color arguments: {arguments}') from None
    try:
        parts = [round(255 * part) if colormode == 1.0 else part for part in (red, green, blue)]
        is_good = all(0 <= part <= 255 for part in parts)
    except TypeError:
        is_good = False
    if not is_good:
        raise TurtleGraphicsError(f'bad color sequence: {arguments}')
    return tuple(parts)


def told_colour(colour, colormode):
    """Return a colour as programs are told it: by its name, or as numbers where it was given by numbers."""
    if isinstance(colour, str):
        if not colour.startswith('#'):
            return colour
        full = colour_of(colour)
        colour = tuple(int(full[at : at + 2], 16) for at in (1, 3, 5))
    return tuple(part / 255 for part in colour) if colormode == 1.0 else colour


def drawn_colour(colour):
    """Return a colour as it stands in a picture; '' is none."""
    if isinstance(colour, str):
        return colour_of(colour) or ''
    return in_numbers(colour)


class TPen:
    """Something that has a pen."""

    def __init__(self, resizemode='noresize'):
        self._resizemode = resizemode
        self._take_new_pen()

    def _take_new_pen(self):
        self._width, self._is_down, self._speed, self._is_visible = 1, True, 3, True
        self._colour, self._fill_colour = 'black', 'black'
        self._stretch, self._outline, self._shear, self._tilt = (1.0, 1.0), 1, 0.0, 0.0

    # What subclasses hear of.

    _colormode = 1.0

    def _note(self):
        """Something is about to change that can be undone."""

    def _look_changed(self):
        """The turtle itself looks different now."""

    def resizemode(self, rmode=None):
        """Say how the turtle's shape grows: 'auto' with the pen, 'user' by shapesize(), 'noresize' never; or return which."""
        if rmode is None:
            return self._resizemode
        if rmode.lower() in ('auto', 'user', 'noresize'):
            self._resizemode = rmode.lower()
            self._look_changed()
        return None

    def pensize(self, width=None):
        """Draw lines of this width, or return the width."""
        if width is None:
            return self._width
        self._set_pen(width=width)
        return None

    def penup(self):
        """Lift the pen: moving draws nothing."""
        self._set_pen(is_down=False)

    def pendown(self):
        """Put the pen down: moving draws a line."""
        self._set_pen(is_down=True)

    def isdown(self):
        """Return whether the pen is down."""
        return self._is_down

    def speed(self, speed=None):
        """Set the speed (0 to 10, or a word as 'fast'), or return it. A console shows the finished picture at once."""
        if speed is None:
            return self._speed
        speed = _SPEEDS.get(speed, speed)
        self._set_pen(speed=round(speed) if 0.5 < speed < 10.5 else 0)
        return None

    def color(self, *args):
        """Set the colour of the pen and of fillings, both the same or one after the other; or return both."""
        if not args:
            return self.pencolor(), self.fillcolor()
        # Two colours, or one that may have come as three numbers.
        pen, filling = ((args[0],), (args[1],)) if len(args) == 2 else (args, args)
        self._set_pen(colour=self._checked(pen), fill_colour=self._checked(filling))
        return None

    def pencolor(self, *args):
        """Set the colour of the pen: a name, '#rrggbb', or three numbers; or return it."""
        if not args:
            return told_colour(self._colour, self._colormode)
        self._set_pen(colour=self._checked(args))
        return None

    def fillcolor(self, *args):
        """Set the colour of fillings: a name, '#rrggbb', or three numbers; or return it."""
        if not args:
            return told_colour(self._fill_colour, self._colormode)
        self._set_pen(fill_colour=self._checked(args))
        return None

    def _checked(self, arguments):
        return checked_colour(arguments, self._colormode)

    def showturtle(self):
        """Make the turtle visible."""
        self._set_pen(is_visible=True)

    def hideturtle(self):
        """Make the turtle invisible; it still draws."""
        self._set_pen(is_visible=False)

    def isvisible(self):
        """Return whether the turtle is seen."""
        return self._is_visible

    def pen(self, pen=None, **pendict):
        """Return all about the pen as a dictionary, or set what is given, as one or by names."""
        if pen is None and not pendict:
            return {
                'shown': self._is_visible,
                'pendown': self._is_down,
                'pencolor': told_colour(self._colour, self._colormode),
                'fillcolor': told_colour(self._fill_colour, self._colormode),
                'pensize': self._width,
                'speed': self._speed,
                'resizemode': self._resizemode,
                'stretchfactor': self._stretch,
                'outline': self._outline,
                'shearfactor': self._shear,
                'tilt': self._tilt,
            }
        wanted, changes = {**(pen or {}), **pendict}, {}
        for name, own in _PEN_NAMES.items():
            if name in wanted:
                changes[own] = self._checked((wanted[name],)) if name in ('pencolor', 'fillcolor') else wanted[name]
        if isinstance(changes.get('stretch'), (int, float)):
            changes['stretch'] = (changes['stretch'],) * 2
        self._set_pen(**changes)
        return None

    def _set_pen(self, **changes):
        """Change fields; what is no number is refused while its line can be named."""
        for name in ('width', 'outline', 'shear', 'tilt'):
            if name in changes:
                float(changes[name])
        self._note()
        for name, value in changes.items():
            setattr(self, f'_{name}', value)
        self._look_changed()

    width = pensize
    up = pu = penup
    down = pd = pendown
    st = showturtle
    ht = hideturtle


_PEN_NAMES = {
    'shown': 'is_visible',
    'pendown': 'is_down',
    'pencolor': 'colour',
    'fillcolor': 'fill_colour',
    'pensize': 'width',
    'speed': 'speed',
    'resizemode': 'resizemode',
    'stretchfactor': 'stretch',
    'outline': 'outline',
    'shearfactor': 'shear',
    'tilt': 'tilt',
}
