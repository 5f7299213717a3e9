"""Where a turtle is and where it looks: moving and turning."""

import math
from turtle.vectors import Vec2D, as_vector

# Exactly, so that a square ends where it began.
_STRAIGHT = {0: (1.0, 0.0), 90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}


def _direction(degrees):
    degrees %= 360
    if degrees in _STRAIGHT:
        return Vec2D(*_STRAIGHT[degrees])
    return Vec2D(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


class TNavigator:
    """Something that has a place and a direction."""

    def __init__(self, mode='standard'):
        self._full_circle = 360.0
        self._mode = mode
        self._be_at_home()

    # What subclasses hear of: students give their own turtles methods called `move` or `up`, so these have other names.

    def _be_at_home(self):
        self._position = Vec2D(0.0, 0.0)
        # In degrees, against the clock from the right, whatever the mode.
        self._angle = 90.0 if self._mode == 'logo' else 0.0

    def _note(self):
        """Something is about to change that can be undone."""

    def _go(self, points):
        """Go through these points."""
        self._position = points[-1]

    def _turn(self, degrees):
        self._angle = (self._angle + degrees) % 360

    def _in_degrees(self, angle):
        return angle * 360.0 / self._full_circle

    def _as_heading(self, degrees):
        degrees = 90 - degrees if self._mode == 'logo' else degrees
        return round(degrees % 360, 10) % 360 * self._full_circle / 360.0

    def reset(self):
        """Go back to the start: the middle of the screen, looking to the right (in logo mode up)."""
        self._be_at_home()

    def degrees(self, fullcircle=360.0):
        """Measure angles in degrees, or with so many units in a full circle."""
        self._full_circle = float(fullcircle)

    def radians(self):
        """Measure angles in radians."""
        self._full_circle = 2 * math.pi

    def forward(self, distance):
        """Go forward by the distance, in the direction in which the turtle looks."""
        self._step(distance)

    def back(self, distance):
        """Go backward by the distance; the turtle goes on looking where it looks."""
        self._step(-distance)

    def _step(self, distance):
        end = self._position + _direction(self._angle) * distance
        self._note()
        self._go([end])

    def right(self, angle):
        """Turn to the right by the angle."""
        angle = -self._in_degrees(angle)
        self._note()
        self._turn(angle)

    def left(self, angle):
        """Turn to the left by the angle."""
        angle = self._in_degrees(angle)
        self._note()
        self._turn(angle)

    def pos(self):
        """Return where the turtle is, as a Vec2D."""
        return self._position

    def xcor(self):
        """Return the turtle's x coordinate."""
        return self._position[0]

    def ycor(self):
        """Return the turtle's y coordinate."""
        return self._position[1]

    def goto(self, x, y=None):
        """Go to a point, given as two numbers or as one pair; the pen draws where it is down."""
        self._go_straight(as_vector(x, y))

    def teleport(self, x=None, y=None, *, fill_gap=False):
        """Be at another point without drawing a line."""
        self._note()
        self._jump(Vec2D(self._position[0] if x is None else x, self._position[1] if y is None else y), fill_gap)

    def _jump(self, point, fill_gap):
        self._position = point

    def setx(self, x):
        """Go to another x coordinate; y stays as it is."""
        self._go_straight(Vec2D(x, self._position[1]))

    def sety(self, y):
        """Go to another y coordinate; x stays as it is."""
        self._go_straight(Vec2D(self._position[0], y))

    def _go_straight(self, end):
        # What is no number fails here, and not when the picture is made.
        end = self._position + (end - self._position) if not all(isinstance(part, (int, float)) for part in end) else end
        self._note()
        self._go([end])

    def home(self):
        """Go to the middle of the screen and look to the right (in logo mode up)."""
        self._note()
        self._go([Vec2D(0.0, 0.0)])
        self._angle = 90.0 if self._mode == 'logo' else 0.0

    def distance(self, x, y=None):
        """Return how far it is to a point or to another turtle."""
        return abs(self._other(x, y) - self._position)

    def towards(self, x, y=None):
        """Return the direction in which a point or another turtle lies."""
        to_x, to_y = self._other(x, y) - self._position
        return self._as_heading(math.degrees(math.atan2(to_y, to_x)))

    @staticmethod
    def _other(x, y):
        return x._position if isinstance(x, TNavigator) else as_vector(x, y)

    def heading(self):
        """Return the direction in which the turtle looks."""
        return self._as_heading(self._angle)

    def setheading(self, to_angle):
        """Look in a direction: 0 is right, 90 up, 180 left, 270 down (in logo mode 0 is up and 90 right)."""
        degrees = self._in_degrees(to_angle)
        self._note()
        self._angle = (90 - degrees if self._mode == 'logo' else degrees) % 360

    def circle(self, radius, extent=None, steps=None):
        """Go along a circle whose middle lies `radius` to the left, or to the right where `radius` is negative.

        `extent` is the angle of the part to draw, all of it by default; with `steps` it is a polygon of so many sides.
        """
        degrees = 360.0 if extent is None else self._in_degrees(extent)
        if steps is None:
            # Enough of them to look round.
            steps = 1 + int(min(8 + abs(radius) / 4, 72) * abs(degrees) / 360)
        step = degrees / steps
        side = 2 * radius * math.sin(math.radians(step) / 2)
        if radius < 0:
            step, degrees, side = -step, -degrees, -side
        points, angle, point = [], self._angle + step / 2, self._position
        for _ in range(steps):
            point = point + _direction(angle) * side
            points.append(point)
            angle += step
        self._note()
        if points:
            self._go(points)
        self._turn(degrees)

    fd = forward
    bk = backward = back
    rt = right
    lt = left
    position = pos
    setpos = setposition = goto
    seth = setheading
