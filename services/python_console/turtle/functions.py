"""The functions of the module: what the one turtle that needs no name, and the screen, can do."""

from inspect import Parameter, signature
from turtle.screens import TurtleScreen
from turtle.turtles import RawTurtle

_display = __spec__.loader_state
# Functions of the screen; the others that turtles have are functions of the turtle.
_OF_THE_SCREEN = """
    addshape bgcolor bgpic bye clearscreen colormode delay done exitonclick getcanvas getshapes listen mainloop mode numinput
    onkey onkeypress onkeyrelease onscreenclick ontimer register_shape resetscreen screensize setup setworldcoordinates
    textinput title tracer turtles update window_height window_width
"""
_held = {}


def Screen():
    """Return the screen; there is one, however often it is asked for."""
    if 'screen' not in _held:
        _held['screen'] = TurtleScreen(_show)
        if _display:
            _display.at_end.append(_held['screen'].finish)
    return _held['screen']


def _show(svg, words):
    if _display:
        _display.show_image('image/svg+xml', svg.encode(), words)


class Turtle(RawTurtle):
    """A turtle on the screen."""

    def __init__(self, shape='classic', undobuffersize=1000, visible=True):
        RawTurtle.__init__(self, Screen(), shape, undobuffersize, visible)


def _the_turtle():
    # A cleared screen has no turtles: then there is a new one.
    if _held.get('turtle') not in Screen()._turtles:
        _held['turtle'] = Turtle()
    return _held['turtle']


def functions():
    """Return {name: function} of all of them."""
    own = [name for name in dir(RawTurtle) if not name.startswith('_')]
    return {
        **{name: _function(name, getattr(RawTurtle, name), _the_turtle) for name in own},
        **{name: _function(name, getattr(TurtleScreen, name), Screen) for name in _OF_THE_SCREEN.split()},
    }


def _function(name, method, owner):
    def function(*args, **kwargs):
        return method(owner(), *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__module__ = 'turtle'
    function.__doc__ = method.__doc__
    wanted = signature(method)
    parameters = [each for each in wanted.parameters.values() if each.name != 'self' or each.kind is Parameter.KEYWORD_ONLY]
    function.__signature__ = wanted.replace(parameters=parameters)
    return function
