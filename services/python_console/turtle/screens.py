"""The screen that turtles draw on: here a picture in the output of a console."""

import heapq
import itertools
import sys
from turtle.paintings import Painting
from turtle.pens import checked_colour, drawn_colour, told_colour
from turtle.shapes import Shape, TurtleGraphicsError, standard_shapes

# A window's size where a program asks for part of the whole screen.
_WHOLE_SCREEN = 1280, 800
_MOST_PICTURES = 20
_MOST_TIMER_CALLS = 1000
_MODES = ('standard', 'logo', 'world')


class Terminator(Exception):
    """What a turtle raises whose window was closed; here no window is closed, and nothing raises it."""


class TurtleScreen:
    """What turtles draw on. `show(SVG text, words)` shows it."""

    def __init__(self, show):
        self._show = show
        self._shapes = standard_shapes()
        self._title, self._window, self._canvas = '', (800, 600), (400, 300)
        self._mode, self._colormode, self._delay = 'standard', 1.0, 10
        self._timers, self._timer_numbers, self._now = [], itertools.count(), 0
        self._clear()
        self.begin()

    def _clear(self):
        self._painting, self._turtles, self._background = Painting(), [], 'white'
        self._tracer, self._world, self._mode = 1, None, 'standard'
        self._has_changed = False

    # -- the console --------------------------------------------------------------------------------

    def begin(self):
        """Begin a new command: what is said once is said again."""
        self._pictures, self._said = 0, set()

    def finish(self, is_prompt=False):
        """Show the picture if it has changed; the command ends."""
        try:
            if self._has_changed:
                self._show_now()
        finally:
            self.begin()

    def _touch(self):
        self._has_changed = True

    def _say(self, sentence):
        if sentence not in self._said:
            self._said.add(sentence)
            print(f'[{sentence}]', file=sys.stderr)

    def _show_now(self):
        self._has_changed = False
        width, height = self._canvas
        view, scale = self._world or (-width / 2, -height / 2, width / 2, height / 2), self._scale()
        on_top = [area for turtle in self._turtles for area in turtle._seen()]
        svg, left_out = self._painting.svg(drawn_colour(self._background), view, scale, on_top)
        name = f'Turtle drawing “{self._title}”' if self._title else 'Turtle drawing'
        if self._painting.is_full:
            self._say('The drawing is full: what was drawn last is not in it. Use clear() to begin a new one.')
        if left_out:
            self._say(f'The drawing is too large to be shown as a whole: the last {left_out:,} parts of it are left out.')
        self._show(svg, f'{name}: {self._painting.in_words()}')

    def _scale(self):
        """Return how many pixels a step across and a step up are."""
        if not self._world:
            return 1, 1
        left, bottom, right, top = self._world
        return self._window[0] / (right - left), self._window[1] / (top - bottom)

    # -- the whole screen ---------------------------------------------------------------------------

    def clear(self):
        """Remove all drawings and all turtles; the screen is as new."""
        self._clear()
        self._touch()

    def reset(self):
        """Send all turtles back to the start and remove what they drew."""
        for turtle in self._turtles:
            turtle._start_again()
        self._touch()

    def bgcolor(self, *args):
        """Set the colour of the background, or return it."""
        if not args:
            return told_colour(self._background, self._colormode)
        self._background = checked_colour(args, self._colormode)
        self._touch()
        return None

    def bgpic(self, picname=None):
        """Return 'nopic': a drawing in a console has no picture from a file behind it."""
        if picname not in (None, 'nopic'):
            self._say('Pictures from files cannot lie behind a drawing here.')
        return 'nopic' if picname is None else None

    def screensize(self, canvwidth=None, canvheight=None, bg=None):
        """Set the size of the part that is always seen, or return it; the picture grows with the drawing."""
        if canvwidth is canvheight is bg is None:
            return self._canvas
        self._resize(canvwidth or self._canvas[0], canvheight or self._canvas[1])
        if bg is not None:
            self._background = checked_colour((bg,), self._colormode)
        self._touch()
        return None

    def setup(self, width=0.5, height=0.75, startx=None, starty=None):
        """Set the size of the picture in pixels, or as parts of a screen of 1280 by 800."""
        self._window = tuple(
            round(size * whole) if isinstance(size, float) and size <= 1 else round(size)
            for size, whole in ((width, _WHOLE_SCREEN[0]), (height, _WHOLE_SCREEN[1]))
        )
        self._resize(*self._window)
        self._touch()

    def _resize(self, width, height):
        self._canvas = min(max(width, 10), 10_000), min(max(height, 10), 10_000)

    def title(self, titlestring):
        """Give the drawing a title: it is read to whoever cannot see it."""
        self._title = str(titlestring)[:200]

    def window_width(self):
        """Return the width of the window."""
        return self._window[0]

    def window_height(self):
        """Return the height of the window."""
        return self._window[1]

    def setworldcoordinates(self, llx, lly, urx, ury):
        """Use coordinates of your own: those of the lower left and of the upper right corner."""
        if urx == llx or ury == lly:
            raise TurtleGraphicsError('the corners of the coordinates lie above each other')
        if self._mode != 'world':
            self._change_mode('world')
        self._world = float(llx), float(lly), float(urx), float(ury)
        self._touch()

    def mode(self, mode=None):
        """Return the mode, or set it and reset: 'standard', 'logo' (0 is up, angles go with the clock) or 'world'."""
        if mode is None:
            return self._mode
        if mode.lower() not in _MODES:
            raise TurtleGraphicsError(f'No turtle-graphics-mode {mode.lower()}')
        self._change_mode(mode.lower())
        return None

    def _change_mode(self, mode):
        self._mode = mode
        self._world = None
        for turtle in self._turtles:
            turtle._mode = mode
        TurtleScreen.reset(self)

    def colormode(self, cmode=None):
        """Return how colours are given as numbers, or set it: up to 1.0 or up to 255."""
        if cmode is None:
            return self._colormode
        if cmode in (1.0, 255):
            self._colormode = float(cmode) if cmode == 1.0 else int(cmode)
        return None

    def turtles(self):
        """Return a list of the turtles on this screen."""
        return list(self._turtles)

    def getshapes(self):
        """Return the names of all shapes that turtles can have."""
        return sorted(self._shapes)

    def register_shape(self, name, shape=None):
        """Add a shape for turtles: a tuple of points, or a Shape."""
        if shape is None:
            self._say('Pictures from files cannot be the shape of a turtle here: it is an arrow instead.')
            shape = Shape('image', name)
        self._shapes[name] = shape if isinstance(shape, Shape) else Shape('polygon', tuple(shape))

    def getcanvas(self):
        """There is no canvas of tkinter here."""
        raise TurtleGraphicsError('a drawing in a console has no canvas of tkinter')

    # -- time ---------------------------------------------------------------------------------------

    def tracer(self, n=None, delay=None):
        """With 0, show pictures only at update() and at the end; or return what was set."""
        if n is None:
            return self._tracer
        self._tracer = int(n)
        return None

    def delay(self, delay=None):
        """Return the delay, or set it. A console shows the finished picture at once."""
        if delay is None:
            return self._delay
        self._delay = int(delay)
        return None

    def update(self):
        """Show the picture as it is now, where tracer(0) has switched that off."""
        if self._tracer or not self._has_changed:
            return
        if self._pictures < _MOST_PICTURES:
            self._pictures += 1
            self._show_now()
        else:
            self._say(f'More than {_MOST_PICTURES} pictures were drawn: the next one is that of the end.')

    def ontimer(self, fun, t=0):
        """Call a function after `t` milliseconds: in a console, in the order of time and without waiting, at done()."""
        heapq.heappush(self._timers, (self._now + t, next(self._timer_numbers), fun))

    def mainloop(self):
        """Call what ontimer() was given, and show the picture."""
        self._run_timers()
        if self._has_changed:
            self._show_now()

    def _run_timers(self):
        for _ in range(_MOST_TIMER_CALLS):
            if not self._timers:
                return
            self._now, _, function = heapq.heappop(self._timers)
            function()
        self._timers.clear()
        self._say(f'The timers were stopped after {_MOST_TIMER_CALLS:,} calls.')

    # -- the person ---------------------------------------------------------------------------------

    def listen(self, xdummy=None, ydummy=None):
        """Accepted for programs with keys; a drawing in a console has no keyboard."""

    def onkey(self, fun, key):
        """Accepted, and never called: a drawing in a console has no keyboard."""
        self._say_no_events()

    def onkeypress(self, fun, key=None):
        """Accepted, and never called: a drawing in a console has no keyboard."""
        self._say_no_events()

    def onclick(self, fun, btn=1, add=None):
        """Accepted, and never called: a drawing in a console has no mouse."""
        self._say_no_events()

    def _say_no_events(self):
        self._say('A drawing here has no keyboard and no mouse: what was to be called for keys and clicks is not called.')

    def textinput(self, title, prompt):
        """Ask for a text and return it; None at the end of the input."""
        if self._has_changed:
            self._show_now()
        try:
            return input(f'{prompt} ')
        except EOFError:
            return None

    def numinput(self, title, prompt, default=None, minval=None, maxval=None):
        """Ask for a number until one is given that lies within the bounds; Enter takes the default."""
        while True:
            answer = TurtleScreen.textinput(self, title, f'{prompt} [{default}]' if default is not None else prompt)
            if answer is None:
                return None
            try:
                number = float(default if not answer.strip() and default is not None else answer)
            except ValueError:
                print('That is not a number.')
                continue
            if minval is not None and number < minval:
                print(f'The number must be at least {minval}.')
            elif maxval is not None and number > maxval:
                print(f'The number must be at most {maxval}.')
            else:
                return number

    def bye(self):
        """Show the picture and begin a new one."""
        self.exitonclick()
        self._clear()

    def exitonclick(self):
        """Show the picture; nobody has to click."""
        TurtleScreen.mainloop(self)

    clearscreen = clear
    resetscreen = reset
    addshape = register_shape
    onscreenclick = onclick
    onkeyrelease = onkey
    done = mainloop
