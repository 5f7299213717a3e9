"""A point or a direction in the plane."""

import math


class Vec2D(tuple):
    """A vector of two numbers: add and subtract them, multiply by a number or by another vector, measure with abs()."""

    def __new__(cls, x, y):
        return tuple.__new__(cls, (x, y))

    def __add__(self, other):
        return Vec2D(self[0] + other[0], self[1] + other[1])

    def __sub__(self, other):
        return Vec2D(self[0] - other[0], self[1] - other[1])

    def __mul__(self, other):
        if isinstance(other, Vec2D):
            return self[0] * other[0] + self[1] * other[1]
        return Vec2D(self[0] * other, self[1] * other)

    def __rmul__(self, other):
        if isinstance(other, (int, float)):
            return Vec2D(self[0] * other, self[1] * other)
        return NotImplemented

    def __neg__(self):
        return Vec2D(-self[0], -self[1])

    def __abs__(self):
        return math.hypot(*self)

    def rotate(self, angle):
        """Return the vector turned to the left by an angle in degrees."""
        cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        return Vec2D(self[0] * cosine - self[1] * sine, self[0] * sine + self[1] * cosine)

    def __getnewargs__(self):
        return tuple(self)

    def __repr__(self):
        return '({:.2f},{:.2f})'.format(*self)


def as_vector(x, y=None):
    """Return the Vec2D of two numbers, or of one pair of them."""
    return Vec2D(*x) if y is None else Vec2D(x, y)
