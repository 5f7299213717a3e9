"""Figures of a real matplotlib in a real box: shown in the output without a word of set-up."""

import base64
import os
import struct
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from ivle.sandbox.environments import NotDone, keep_fonts, make_environment, program_of
from ivle.settings import Settings
from tests.contract.consoles import in_box, output_of


@pytest.fixture(scope='module')
def console():
    """Return a console whose Python has matplotlib, where its packages can be had."""
    with tempfile.TemporaryDirectory(prefix='figures-') as data:
        os.chmod(data, 0o711)
        wanted = Path(data, 'figures.txt')
        wanted.write_text('matplotlib\n')
        settings = Settings(data=Path(data), mode='development')
        try:
            made = make_environment(settings, wanted)
        except NotDone as refused:
            pytest.skip(f'no packages of matplotlib here: {refused}')
        keep_fonts(settings, made)
        settings = replace(settings, python=str(program_of(settings, 'figures')))
        with in_box(data, memory=2 << 30, output_limit=10 << 20, settings=settings) as conversation:
            yield conversation


@pytest.fixture
def plot(console):
    """Return a function that runs a program behind the usual import."""
    return lambda program: console.ask('block', 'import matplotlib.pyplot as plt\n' + program)


def told(replies):
    """Return what was shown, pictures by their words."""
    return [reply['image']['text'] if 'image' in reply else next(iter(reply.values())) for reply in replies]


def test_show_puts_each_figure_between_what_is_printed_before_and_after(plot):
    replies = plot('for i in 1, 2:\n    plt.figure(); plt.plot([1, i])\nprint("a")\nplt.show()\nprint("b")\n')
    assert told(replies) == ['a\n', 'Figure 1 with 1 axes', 'Figure 2 with 1 axes', 'b\n', None]
    assert base64.b64decode(replies[1]['image']['data']).startswith(b'\x89PNG\r\n\x1a\n')


def test_a_figure_that_nobody_showed_is_shown_at_the_end_and_closed(plot):
    assert told(plot('plt.plot([1, 2]); plt.title("Growth")\n')) == ['Figure 1: Growth', None]
    assert told(plot('print(plt.get_fignums())\n')) == ['[]\n', None]


def test_a_figure_that_was_saved_and_closed_is_not_shown(plot):
    assert told(plot('plt.plot([1, 2]); plt.savefig("/tmp/f.png"); plt.close()\n')) == [None]


def test_a_figure_grows_line_by_line_at_the_prompt(console):
    console.type('import matplotlib.pyplot as plt\n')
    assert told(console.type('lines = plt.plot([1, 2])\n')) == ['Figure 1 with 1 axes', None]
    assert told(console.type('1\n')) == ['1\n', None]
    assert told(console.type('title = plt.title("Growth")\n')) == ['Figure 1: Growth', None]
    assert told(console.type('plt.show()\n')) == ['Figure 1: Growth', None]
    assert told(console.type('plt.get_fignums()\n')) == ['[]\n', None]


def test_a_figure_is_shown_as_the_value_of_an_expression(plot, console):
    plot('figure, axes = plt.subplots(1, 2)\n')
    assert told(console.type('figure\n')) == ['Figure 1 with 2 axes', None]


def test_a_figure_that_moves_is_shown_at_each_pause(plot):
    assert told(plot('for i in range(3):\n    plt.plot([1, i]); plt.pause(0.01)\n')) == ['Figure 1 with 1 axes'] * 3 + [None]


def test_a_program_that_chose_another_backend_shows_its_figures_too(plot, console):
    assert told(plot('plt.switch_backend("agg"); plt.plot([1, 2])\n')) == ['Figure 1 with 1 axes', None]
    plot('plt.switch_backend("module://ivle_figures")\n')


def test_a_file_that_is_run_shows_its_figures(console):
    console.write('plot.py', 'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n')
    assert told(console.ask('run', {'path': 'plot.py', 'args': []})) == ['Figure 1 with 1 axes', None]


def test_a_figure_of_any_size_is_brought_down_to_what_can_be_shown(plot):
    program = 'import numpy\nplt.figure(figsize=(40, 20), dpi=300); plt.imshow(numpy.random.rand(900, 900))\n'
    data = base64.b64decode(plot(program)[0]['image']['data'])
    width, height = struct.unpack('>II', data[16:24])
    assert len(data) <= 384 * 1024 and max(width, height) <= 1200


def test_a_figure_that_cannot_be_drawn_is_told_in_words(plot):
    replies = plot('figure = plt.figure(); figure.text(0, 0, "$\\\\frac{1$")\n')
    assert 'What was drawn cannot be shown: ValueError' in output_of(replies, 'error')
    assert replies[-1] == {'okay': None}


def test_what_a_program_starts_has_a_matplotlib_of_its_own(console):
    line = 'import os, subprocess, sys; subprocess.run([sys.executable, "-c", "import matplotlib.pyplot"]).returncode\n'
    assert told(console.type(line)) == ['0\n', None]
    assert told(console.type('"MPLBACKEND" in os.environ\n')) == ['False\n', None]
