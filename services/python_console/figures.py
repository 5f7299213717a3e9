"""matplotlib's backend in a console, imported as `ivle_figures` by matplotlib: figures are shown as pictures in the output."""

import io
import weakref

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

_display = __spec__.loader_state
_MOST_PIXELS = 1200
_MOST_BYTES = 384 * 1024
_shown = weakref.WeakSet()


class FigureManager(FigureManagerBase):
    """A figure that `show()` puts into the output."""

    def show(self):
        show_one(self.canvas.figure, self.num)


class FigureCanvas(FigureCanvasAgg):
    """Where figures are drawn."""

    manager_class = FigureManager

    def draw_idle(self, *args, **kwargs):
        """Do nothing yet: a figure is drawn when it is shown, and only then is nothing new in it."""


def show(*args, block=None, **kwargs):
    """Show all open figures and close them; with block=False, and so in pause(), those that have changed, and go on."""
    is_over = block is not False and False not in args[:1]
    for manager in Gcf.get_all_fig_managers():
        if is_over or _has_changed(manager.canvas.figure):
            show_one(manager.canvas.figure, manager.num)
    if is_over:
        Gcf.destroy_all()


def finish(is_prompt):
    """Show what has changed and was not shown, and close it unless the next line at the prompt may go on with it."""
    try:
        for manager in Gcf.get_all_fig_managers():
            if _has_changed(manager.canvas.figure):
                show_one(manager.canvas.figure, manager.num)
    finally:
        if not is_prompt:
            Gcf.destroy_all()


def show_one(figure, number=None):
    """Show one figure."""
    was_shown = _display.show_image('image/png', _png_of(figure), _in_words(figure, number))
    _shown.add(figure)
    figure.stale = False
    return was_shown


def _has_changed(figure):
    return figure.stale or figure not in _shown


def _png_of(figure):
    inches = max(*figure.get_size_inches(), 0.01)
    dots = min(figure.get_dpi(), _MOST_PIXELS / inches)
    while True:
        drawn = io.BytesIO()
        figure.savefig(drawn, format='png', dpi=dots)
        # Noise cannot be packed; then fewer dots are better than no picture.
        if drawn.tell() <= _MOST_BYTES or dots * inches < 100:
            return drawn.getvalue()
        dots *= max(0.1, 0.9 * (_MOST_BYTES / drawn.tell()) ** 0.5)


def _in_words(figure, number):
    number = number or getattr(figure, 'number', None)
    name = f'Figure {number}' if number else 'Figure'
    above = getattr(figure, '_suptitle', None)
    titles = [above.get_text() if above else '', *(axes.get_title() for axes in figure.axes)]
    title = ', '.join(title for title in titles if title)[:500]
    return f'{name}: {title}' if title else f'{name} with {len(figure.axes)} axes'
