"""The turtle of a console: what Python's own draws in a window is a picture in the output, made of nothing but what we write."""

import base64
import io
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

from tests.contract.consoles import last_line, output_of

SVG = '{http://www.w3.org/2000/svg}'


def pictures_of(replies):
    """Return [(root element, words)…] of the pictures among the replies."""
    images = [reply['image'] for reply in replies if 'image' in reply]
    assert {image['type'] for image in images} <= {'image/svg+xml'}
    return [(ET.parse(io.BytesIO(base64.b64decode(image['data']))).getroot(), image['text']) for image in images]


def drawing_of(replies):
    """Return the one picture among the replies."""
    [drawing] = pictures_of(replies)
    return drawing


def parts_of(root, kind):
    return [element.attrib for element in root.iter(SVG + kind)]


@pytest.fixture
def turtle(console):
    """Return a function that runs a program behind `from turtle import *`."""
    return lambda program: console.ask('block', 'from turtle import *\n' + program)


# -- the picture ------------------------------------------------------------------------------------


def test_a_line_at_the_prompt_shows_the_whole_drawing_so_far(console):
    console.type('import turtle\n')
    assert drawing_of(console.type('turtle.forward(100)\n'))[1] == 'Turtle drawing: 1 line'
    root, words = drawing_of(console.type('turtle.left(90); turtle.forward(50)\n'))
    assert words == 'Turtle drawing: 2 lines'
    assert [path['d'] for path in parts_of(root, 'path')] == ['M0,0 100,0 100,-50']


def test_a_line_that_draws_nothing_shows_nothing(console):
    console.type('import turtle; t = turtle.Turtle()\n')
    assert pictures_of(console.type('t.position()\n')) == []


def test_a_program_shows_one_picture_at_its_end(console):
    console.write('square.py', 'import turtle\nfor i in range(4):\n    turtle.fd(50)\n    turtle.rt(90)\nturtle.done()\n')
    assert drawing_of(console.ask('run', {'path': 'square.py', 'args': []}))[1] == 'Turtle drawing: 4 lines'


def test_a_program_that_runs_again_begins_with_an_empty_sheet(console):
    console.write('line.py', 'from turtle import *\nfd(50)\n')
    console.ask('run', {'path': 'line.py', 'args': []})
    assert drawing_of(console.ask('run', {'path': 'line.py', 'args': []}))[1] == 'Turtle drawing: 1 line'


def test_what_was_drawn_before_an_error_is_shown_before_its_traceback(turtle):
    replies = turtle('fd(50)\nfd(1 / 0)\n')
    assert [next(iter(reply)) for reply in replies] == ['image', 'exc']


def test_fillings_lie_below_their_outline_and_have_both_colours(turtle):
    program = 'color("red", "gray50")\nbegin_fill()\nfor i in range(3):\n    fd(30); lt(120)\nend_fill()\nhideturtle()\n'
    root, words = drawing_of(turtle(program))
    assert words == 'Turtle drawing: 1 filled shape, 3 lines'
    assert [element.tag.removeprefix(SVG) for element in root] == ['rect', 'polygon', 'path']
    assert (root[1].get('fill'), root[2].get('stroke')) == ('#7f7f7f', 'red')


def test_dots_stamps_and_the_background_are_drawn(turtle):
    root, words = drawing_of(turtle('bgcolor("light yellow")\ndot(20, "blue")\npu(); fd(50); stamp(); ht()\n'))
    assert words == 'Turtle drawing: 1 dot, 1 stamp'
    assert parts_of(root, 'rect')[0]['fill'] == 'lightyellow'
    assert parts_of(root, 'circle') == [{'fill': 'blue', 'cx': '0', 'cy': '0', 'r': '10'}]


def test_a_text_is_text_whatever_is_in_it(turtle):
    nasty = '</text><script>alert(1)</script>&\\x00\\ud800'
    root, _ = drawing_of(turtle(f'write("{nasty}", font=("a\\" onload=\\"x", 12, "bold"), align="center")\nht()\n'))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {'svg', 'rect', 'text', 'tspan'}
    assert root.find(f'{SVG}text/{SVG}tspan').text == '</text><script>alert(1)</script>&  '
    assert not [name for element in root.iter() for name in element.attrib if name.startswith('on')]


def test_a_title_is_read_to_whoever_cannot_see_it(turtle):
    assert drawing_of(turtle('title("House")\nfd(1)\n'))[1] == 'Turtle drawing “House”: 1 line'


def test_coordinates_that_no_browser_can_draw_are_brought_back(turtle):
    root, _ = drawing_of(turtle('goto(float("nan"), float("inf"))\nht()\n'))
    assert parts_of(root, 'path')[0]['d'] == 'M0,0 0,0'


def test_own_coordinates_fill_the_window(turtle):
    root, _ = drawing_of(turtle('setup(400, 200)\nsetworldcoordinates(0, 0, 1, 1)\ngoto(1, 1)\nht()\n'))
    assert parts_of(root, 'path')[0]['d'] == 'M0,0 400,-200'


def test_update_shows_a_picture_where_the_tracer_is_off_and_only_so_many(turtle):
    replies = turtle('tracer(0)\nfor i in range(50):\n    fd(1); update()\n')
    assert len(pictures_of(replies)) == 21
    assert 'More than 20 pictures' in output_of(replies, 'error')


def test_a_drawing_that_is_too_large_is_cut_and_told(open_console):
    with open_console(output_limit=10 << 20) as console:
        program = 'from turtle import *\nfor i in range(12_000):\n    pencolor("red" if i % 2 else "blue"); fd(i); lt(91)\n'
        replies = console.ask('block', program)
        assert len(replies[1]['image']['data']) <= 512 * 1024
        assert 'too large to be shown as a whole' in output_of(replies, 'error')
        assert parts_of(pictures_of(replies)[0][0], 'path')


def test_a_sheet_is_full_some_time(turtle):
    replies = turtle('for i in range(100_000): circle(100, steps=4)\n')
    assert 'The drawing is full' in output_of(replies, 'error')


# -- as Python's own --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('program', 'expected'),
    [
        ('fd(10); print(pos())', '(10.00,0.00)'),
        ('bk(10); print(pos())', '(-10.00,0.00)'),
        ('lt(90); fd(10); print(pos(), heading())', '(0.00,10.00) 90.0'),
        ('rt(45); print(heading())', '315.0'),
        ('goto(3, 4); print(distance(0, 0), distance((3, 0)))', '5.0 4.0'),
        ('goto((3, 4)); setx(1); sety(2); print(xcor(), ycor())', '1 2'),
        ('print(towards(1, 1), towards(Turtle()))', '45.0 0.0'),
        ('goto(5, 5); seth(90); home(); print(pos(), heading())', '(0.00,0.00) 0.0'),
        ('circle(50); print(pos(), heading())', '(-0.00,0.00) 0.0'),
        ('circle(50, 180); print(pos(), heading())', '(0.00,100.00) 180.0'),
        ('circle(-50, 90); print(pos(), heading())', '(50.00,-50.00) 270.0'),
        ('mode("logo"); fd(10); rt(90); print(pos(), heading())', '(0.00,10.00) 90.0'),
        ('radians(); lt(3.141592653589793); print(round(heading(), 4))', '3.1416'),
        ('degrees(400); lt(100); print(heading())', '100.0'),
        ('pu(); print(isdown()); pd(); print(isdown())', 'False\nTrue'),
        ('width(5); print(pensize(), speed("fastest"), speed())', '5 None 0'),
        ('print(pencolor(), fillcolor(), color())', "black black ('black', 'black')"),
        ('color("red", "#ff0000"); print(color())', "('red', (1.0, 0.0, 0.0))"),
        ('colormode(255); pencolor(1, 2, 3); print(pencolor())', '(1, 2, 3)'),
        ('pencolor((1, 0.5, 0)); print(fillcolor())', 'black'),
        ('begin_fill(); print(filling()); end_fill(); print(filling())', 'True\nFalse'),
        ('begin_poly(); fd(1); end_poly(); print(get_poly())', '((0.00,0.00), (1.00,0.00))'),
        ('fd(10); lt(5); undo(); undo(); print(pos(), heading())', '(0.00,0.00) 0.0'),
        ('ht(); print(isvisible()); st(); print(isvisible())', 'False\nTrue'),
        ('shape("turtle"); shapesize(2, 3, 4); print(shape(), shapesize())', 'turtle (2.0, 3.0, 4)'),
        ('tilt(30); print(tiltangle(), shearfactor())', '30.0 0.0'),
        ('shapetransform(2, 0, 0, 3); print(shapesize()[:2])', '(2.0, 3.0)'),
        ('a = stamp(); b = stamp(); clearstamp(a); clearstamps(); print(a, b)', '1 2'),
        ('t = Turtle(); t.fd(7); u = t.clone(); u.fd(1); print(t.pos(), u.pos(), len(turtles()))', '(7.00,0.00) (8.00,0.00) 2'),
        ('s = Screen(); print(s is Screen(), s is getscreen(), Turtle().getscreen() is s)', 'True True True'),
        ('setup(300, 200); print(window_width(), window_height())', '300 200'),
        ('print(bgcolor(), tracer(), delay(), mode(), colormode())', 'white 1 10 standard 1.0'),
        ('print(Vec2D(1, 2) + Vec2D(3, 4), 2 * Vec2D(1, 2))', '(4.00,6.00) (2.00,4.00)'),
        ('print(Vec2D(1, 2) * Vec2D(3, 4), -Vec2D(1, 0).rotate(90), abs(Vec2D(3, 4)))', '11 (-0.00,-1.00) 5.0'),
        ('teleport(5, 6); print(pos())', '(5.00,6.00)'),
        ('print(pen()["pendown"], sorted(pen())[:3])', "True ['fillcolor', 'outline', 'pencolor']"),
        ('pen(pencolor="red", pensize=3); print(pencolor(), pensize())', 'red 3'),
        ('ontimer(lambda: print("b"), 20); ontimer(lambda: print("a"), 10); done()', 'a\nb'),
        ('register_shape("mine", ((0, 0), (1, 0), (0, 1))); shape("mine"); print("mine" in getshapes())', 'True'),
        ('reset(); clear(); print(isinstance(getpen(), Turtle), issubclass(Turtle, RawTurtle))', 'True True'),
    ],
)
def test_it_answers_as_pythons_own(turtle, program, expected):
    assert output_of(turtle(program + '\n')) == expected + '\n'


@pytest.mark.parametrize(
    ('program', 'error'),
    [
        ('pencolor("nope")', 'turtle.TurtleGraphicsError: bad color string: nope'),
        ('color(1, 2, 3)', 'turtle.TurtleGraphicsError: bad color sequence: (1, 2, 3)'),
        ('color(1, 2, 3, 4)', 'turtle.TurtleGraphicsError: bad color arguments: (1, 2, 3, 4)'),
        ('shape("house")', 'turtle.TurtleGraphicsError: There is no shape named house'),
        ('mode("upside down")', 'turtle.TurtleGraphicsError: No turtle-graphics-mode upside down'),
        ('shapesize(0)', 'turtle.TurtleGraphicsError: stretch_wid/stretch_len must not be zero'),
        ('goto("a", 1)', "TypeError: unsupported operand type(s) for -: 'str' and 'float'"),
        ('forward("x")', "TypeError: can't multiply sequence by non-int of type 'float'"),
    ],
)
def test_its_errors_are_those_of_pythons_own_and_show_no_line_of_ours(turtle, program, error):
    replies = turtle(program + '\n')
    assert last_line(replies) == error
    assert replies[-1]['exc'].count('File "') == 1


def test_a_turtle_of_the_students_own_may_have_methods_called_as_ours(turtle):
    program = (
        'class Snake(Turtle):\n    def move(self): self.forward(20)\n    def up(self): self.setheading(90)\n'
        '    def reset(self): 1 / 0\n    def position(self): 1 / 0\n    def write(self): 1 / 0\n'
        'snake = Snake()\nsnake.speed = 5\nsnake.up(); snake.move()\n'
        'Screen().mode("standard")\nprint(snake.pos())\n'
    )
    assert output_of(turtle(program)) == '(0.00,0.00)\n'


def test_every_function_explains_itself(turtle):
    program = 'import turtle as t\nprint([name for name in t.__all__ if not getattr(t, name).__doc__])\nhelp(t.forward)\n'
    output = output_of(turtle(program))
    assert output.startswith('[]\n')
    assert 'forward(distance)' in output


def test_it_asks_by_the_console_s_own_input(console):
    console.type('from turtle import *\n')
    assert console.type('name = textinput("Name", "Who?")\n') == [{'output': 'Who? '}, {'input': None}]
    assert console.type('Ann\n') == [{'okay': None}]
    console.type('n = numinput("Number", "How many?", 3, minval=1, maxval=9)\n')
    assert output_of(console.type('ten\n')) == 'That is not a number.\nHow many? [3] '
    assert output_of(console.type('10\n')) == 'The number must be at most 9.\nHow many? [3] '
    assert console.type('\n') == [{'okay': None}]
    assert output_of(console.type('name, n\n')) == "('Ann', 3.0)\n"


def test_keys_and_clicks_are_accepted_and_told_once(turtle):
    replies = turtle('listen(); onkey(print, "a"); onkey(print, "b"); onscreenclick(print); Turtle().onclick(print)\n')
    assert output_of(replies, 'error').count('no keyboard and no mouse') == 1
    assert replies[-1] == {'okay': None}


def test_timers_that_set_themselves_again_are_stopped(turtle):
    replies = turtle('def tick():\n    fd(1); ontimer(tick, 10)\ntick()\nmainloop()\n')
    assert drawing_of(replies)[1] == 'Turtle drawing: 1,001 lines'
    assert 'The timers were stopped after 1,000 calls' in output_of(replies, 'error')


# -- whose turtle it is -----------------------------------------------------------------------------


def test_a_file_of_the_students_own_comes_first(console):
    console.write('turtle.py', 'mine = 1\n')
    assert output_of(console.type('import turtle; turtle.mine\n')) == '1\n'


def test_modules_of_ours_are_in_nobodys_way(console):
    console.write('display.py', 'mine = 1\n')
    console.write('colours.py', 'mine = 2\n')
    assert output_of(console.type('import turtle, display, colours; display.mine, colours.mine\n')) == '(1, 2)\n'
    assert last_line(console.type('import python_console\n')) == "ModuleNotFoundError: No module named 'python_console'"


FROM_AN_ARCHIVE = """
import os, sys
[archive] = sys.argv[1:]
sys.path.insert(0, archive)
from python_console.display import Display
from python_console.ours import Finder
shown = []
display = Display(lambda kind, value: shown.append(value['text']))
Finder(display).install()
sys.path.remove(archive)
for name in [name for name in sys.modules if name.startswith('python_console')]: del sys.modules[name]
os.unlink(archive)
import turtle
turtle.forward(10)
display.finish(is_prompt=True)
print(shown)
"""


def test_it_is_found_when_our_source_came_from_an_archive_that_is_gone(tmp_path):
    archive, services = tmp_path / 'ours.zip', Path(__file__).parents[2] / 'services'
    with zipfile.ZipFile(archive, 'w') as packed:
        for source in sorted(services.joinpath('python_console').rglob('*.py')):
            packed.write(source, source.relative_to(services))
    command = [sys.executable, '-I', '-c', FROM_AN_ARCHIVE, archive]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("['Turtle drawing: 1 line']\n", '')
