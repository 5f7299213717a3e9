"""What a console shows besides text: values that have a picture or a page of their own, and figures that were drawn."""

import builtins
import sys
from importlib import import_module

from python_console import pictures
from python_console.answers import in_short

_plain_hook = sys.displayhook
# The first of these that a value has, and that works, is shown instead of its repr.
_METHODS = {
    '_repr_png_': 'image/png',
    '_repr_jpeg_': 'image/jpeg',
    '_repr_svg_': 'image/svg+xml',
    '_repr_html_': None,
}
# Values of these are asked for nothing: most of what is typed at a prompt is one.
_PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, range, type, type(len), type(in_short)}
)


class Display:
    """Shows values. `pass_on(kind, value)` gives a picture or a page to the controller; it returns False where it cannot."""

    def __init__(self, pass_on):
        self._pass_on = pass_on
        # Called at the end of each command, with True where it was one line at the prompt.
        self.at_end = []

    def install(self):
        """Let values at the prompt be shown, and give programs the function `display`."""
        sys.displayhook = self.echo
        builtins.display = self.display

    def echo(self, value):
        """Show the value of an expression at the prompt, as Python does or better."""
        if type(value) in _PLAIN or not self._show(value):
            _plain_hook(value)
        else:
            builtins._ = value

    def display(self, *values):
        """Show values as the prompt does: as a picture or a table where they have one, and as text otherwise."""
        for value in values:
            if type(value) in _PLAIN or not self._show(value):
                print(repr(value))

    def show_image(self, kind, content, text):
        """Show a picture: the bytes of the type `kind`, and what it shows in words. NotShown when that cannot be."""
        return self._pass_on('image', pictures.image(kind, content, text))

    def finish(self, is_prompt):
        """Show what was drawn in the command that ends now."""
        helpers = sys.modules.get('matplotlib._pylab_helpers')
        steps = [self._figures().finish] if helpers and helpers.Gcf.figs else []
        for step in [*steps, *self.at_end]:
            try:
                step(is_prompt)
            except Exception as error:
                say(f'What was drawn cannot be shown: {_in_words(error)}')

    def _show(self, value):
        # Of a class these are what its instances have.
        if isinstance(value, type):
            return False
        figure = sys.modules.get('matplotlib.figure')
        try:
            if figure and isinstance(value, figure.Figure):
                return self._figures().show_one(value)
        except Exception as error:
            say(f'The figure cannot be drawn: {_in_words(error)}')
            return False
        return any(self._show_by(name, kind, value) for name, kind in _METHODS.items() if hasattr(type(value), name))

    def _show_by(self, name, kind, value):
        try:
            content = getattr(value, name)()
            # Some add a description.
            content = content[0] if type(content) is tuple and content else content
            if content is None:
                return False
            if kind is None:
                return self._pass_on('html', pictures.page(content, in_short(value)))
            content = content.encode('utf-8', 'replace') if isinstance(content, str) else content
            return self.show_image(kind, content, in_short(value))
        except pictures.NotShown as reason:
            say(f'What {name} returns {reason}.')
        except Exception as error:
            say(f'{name} fails: {_in_words(error)}')
        return False

    @staticmethod
    def _figures():
        return import_module('ivle_figures')


def say(sentence):
    """Tell the person something that is not the program's own output."""
    print(f'[{sentence}]', file=sys.stderr)


def _in_words(error):
    try:
        return f'{type(error).__name__}: {error}'[:500]
    except Exception:
        return type(error).__name__
