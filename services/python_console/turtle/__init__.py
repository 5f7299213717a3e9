"""Turtle graphics: a turtle that walks over the screen and draws where it goes, as Python's own module `turtle`.

There is no window: the drawing is a picture in the console's output, shown at the end of each command that changed it.

    >>> from turtle import *
    >>> forward(100)
    >>> left(90)
    >>> circle(50)

help(forward) says what a function does; docs.python.org has them all.
"""

from turtle.functions import Screen, Turtle, functions
from turtle.navigators import TNavigator
from turtle.pens import TPen
from turtle.screens import Terminator, TurtleScreen
from turtle.shapes import Shape, TurtleGraphicsError
from turtle.turtles import RawTurtle
from turtle.vectors import Vec2D

Pen, RawPen, _Screen = Turtle, RawTurtle, TurtleScreen
_functions = functions()
globals().update(_functions)

__all__ = [
    'Pen',
    'RawPen',
    'RawTurtle',
    'Screen',
    'Shape',
    'Terminator',
    'Turtle',
    'TurtleGraphicsError',
    'TurtleScreen',
    'Vec2D',
]
__all__ += list(_functions)
# Where programs and tracebacks look for them.
for _public in (Turtle, RawTurtle, TurtleScreen, Vec2D, Shape, Terminator, TurtleGraphicsError, TNavigator, TPen):
    _public.__module__ = 'turtle'
