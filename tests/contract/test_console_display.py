"""What a console shows besides text: pictures and pages, in their place among the output, and forged ones not at all."""

import base64

import pytest

from ivle import chat
from ivle.replies import State, read_reply, state_after
from tests.contract.consoles import OUTPUT_LIMIT, last_line, output_of

PNG = b'\x89PNG\r\n\x1a\n' + bytes(20)
PICTURE = f"""
class Picture:
    def __init__(self, content): self.content = content
    def __repr__(self): return 'a picture'
    def _repr_png_(self): return self.content
png = {PNG!r}
"""
TABLE = """
class Table:
    def __init__(self, html): self.html = html
    def __repr__(self): return 'a table'
    def _repr_html_(self): return self.html
"""
# The interpreter's private socket, found as any program can find it.
FORGE = """
import base64, json, os, socket, stat
def forge(**content):
    text = json.dumps({'n': 1, **content}).encode()
    for name in os.listdir('/proc/self/fd'):
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode): continue
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.type == socket.SOCK_STREAM: one.sendall(b'%d:%b,' % (len(text), text))
        except OSError: pass
def image(kind, content, **others):
    forge(image={'type': kind, 'data': base64.b64encode(content).decode(), 'text': 'forged', **others})
png = b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20)
"""


def image_of(content, kind='image/png', text='a picture'):
    return {'image': {'type': kind, 'data': base64.b64encode(content).decode(), 'text': text}}


def kinds_of(replies):
    return [next(iter(reply)) for reply in replies]


# -- values at the prompt ---------------------------------------------------------------------------


def test_a_value_with_a_picture_is_shown_as_the_picture_and_kept_as_the_last_value(console):
    console.ask('block', PICTURE)
    assert console.type('Picture(png)\n') == [image_of(PNG), {'okay': None}]
    assert output_of(console.type('_.content == png\n')) == 'True\n'


@pytest.mark.parametrize(
    ('method', 'content', 'kind'),
    [
        ('_repr_jpeg_', b'\xff\xd8\xff\xe0rest', 'image/jpeg'),
        ('_repr_svg_', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'),
        ('_repr_svg_', '<?xml version="1.0"?>\n<!-- made -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg >ü</svg>', 'image/svg+xml'),
    ],
)
def test_pictures_come_in_three_types(console, method, content, kind):
    console.ask('block', f'class It:\n    def __repr__(self): return "a picture"\n    def {method}(self): return {content!r}\n')
    encoded = content if isinstance(content, bytes) else content.encode()
    assert console.type('It()\n') == [image_of(encoded, kind), {'okay': None}]


def test_a_table_is_a_page_with_its_repr_beside_it(console):
    console.ask('block', TABLE)
    assert console.type('Table("<b>1\\0</b>")\n') == [{'html': {'data': '<b>1</b>', 'text': 'a table'}}, {'okay': None}]


def test_a_class_of_pictures_is_a_class(console):
    console.ask('block', PICTURE)
    assert output_of(console.type('Picture\n')) == "<class '__main__.Picture'>\n"


def test_a_picture_that_is_none_falls_back_to_the_repr(console):
    console.ask('block', PICTURE)
    assert console.type('Picture(None)\n') == [{'output': 'a picture\n'}, {'okay': None}]
    replies = console.type('Picture(b"GIF89a")\n')
    assert (output_of(replies), output_of(replies, 'error')) == ('a picture\n', '[What _repr_png_ returns is not image/png.]\n')


def test_a_picture_whose_code_fails_is_told_and_falls_back_to_the_repr(console):
    console.ask('block', 'class Bad:\n    def __repr__(self): return "bad"\n    def _repr_html_(self): return 1 / 0\n')
    replies = console.type('Bad()\n')
    assert output_of(replies) == 'bad\n'
    assert output_of(replies, 'error') == '[_repr_html_ fails: ZeroDivisionError: division by zero]\n'
    assert replies[-1] == {'okay': None}


@pytest.mark.parametrize(
    ('line', 'text'), [('Picture(png + bytes(400_000))', 'a picture'), ('Table("<b>" + "ü" * 140_000)', 'a table')]
)
def test_what_is_too_large_is_told_in_words_and_shown_as_its_repr(open_console, line, text):
    with open_console(output_limit=10 << 20) as console:
        console.ask('block', PICTURE + TABLE)
        replies = console.type(line + '\n')
        assert output_of(replies) == f'{text}\n'
        assert 'is too large to be shown' in output_of(replies, 'error')


def test_the_largest_picture_and_the_largest_page_arrive(open_console):
    with open_console(output_limit=10 << 20) as console:
        console.ask('block', PICTURE + TABLE)
        [picture, _] = console.type('Picture(png + bytes(384 * 1024 - len(png)))\n')
        assert len(picture['image']['data']) == 512 * 1024
        # As many bytes again in JSON.
        [page, _] = console.type("""Table('"' * 256 * 1024)\n""")
        assert len(page['html']['data']) == 256 * 1024


def test_display_shows_what_the_prompt_would_show_from_any_program(console):
    replies = console.ask('block', PICTURE + 'display(Picture(png), 42)\n')
    assert replies == [image_of(PNG), {'output': '42\n'}, {'okay': None}]


def test_a_name_of_the_students_own_comes_before_display(console):
    console.type('display = 3\n')
    assert output_of(console.type('display\n')) == '3\n'


# -- in its place among the output ------------------------------------------------------------------


def test_what_is_printed_before_and_after_a_picture_stands_there(console):
    program = 'import os\nfor i in range(30):\n    print(i, end="")\n    display(Picture(png))\n    written = os.write(1, b".")\n'
    replies = console.ask('block', PICTURE + program)
    shown = [reply.get('output', '|') for reply in replies[:-1]]
    assert ''.join(shown) == ''.join(f'{i}|.' for i in range(30))


def test_pictures_count_as_output(console):
    replies = console.ask('block', PICTURE + 'for i in range(5): display(Picture(png + bytes(45_000)))\nprint("after")\n')
    assert kinds_of(replies) == ['image'] * 3 + ['error', 'okay']
    assert 'the rest of it is not shown' in output_of(replies, 'error')
    assert sum(len(reply['image']['data']) for reply in replies[:3]) < OUTPUT_LIMIT


def test_a_picture_from_a_thread_is_shown(console):
    program = 'import threading\nt = threading.Thread(target=display, args=[Picture(png)])\nt.start()\nt.join()\n'
    assert image_of(PNG) in console.ask('block', PICTURE + program)


def test_a_process_that_was_forked_shows_text_and_the_console_goes_on(console):
    program = 'import os\nif os.fork() == 0:\n    display(Picture(png))\n    os._exit(0)\npid = os.wait()\n'
    assert console.ask('block', PICTURE + program) == [{'output': 'a picture\n'}, {'okay': None}]
    assert output_of(console.type('1\n')) == '1\n'


def test_an_endless_show_of_pictures_is_interrupted(console):
    console.ask('block', PICTURE)
    console.start('print("ready")\nwhile True: display(Picture(png))\n\n')
    assert last_line(console.ask('interrupt')) == 'KeyboardInterrupt'
    assert output_of(console.type('1\n')) == '1\n'


# -- what a program sends in our name ---------------------------------------------------------------


@pytest.mark.parametrize(
    'line',
    [
        'image("image/png", b"GIF89a and more of it")',
        'image("image/jpeg", png)',
        'image("image/svg+xml", b"<html><svg></svg></html>")',
        'image("image/svg+xml", b"<!DOCTYPE svg [<!ENTITY a \\"b\\">]><svg/>")',
        'image("image/gif", b"GIF89a and more of it")',
        'image("text/html", b"<svg>")',
        'image(["image/png"], png)',
        'image("image/png", png + bytes(400_000))',
        'image("image/png", png, more="x")',
        'image("image/png", png, text=7)',
        'image("image/png", png, text="\\0")',
        'image("image/png", png, text="x" * 8001)',
        'image("image/png", png, data="!" * 40)',
        'image("image/png", png, data=base64.b64encode(png).decode() + "\\n")',
        'image("image/png", png, data=base64.b64encode(png).decode()[:-1])',
        'forge(image=None)',
        'forge(html={"data": "x"})',
        'forge(html={"data": 7, "text": ""})',
        'forge(html={"data": "x" * 262145, "text": ""})',
        'forge(html={"data": "\\0", "text": ""})',
        'forge(html="<b>")',
        'forge(notice="From the administrators")',
        'forge(queued={"place": 1, "seconds": 1})',
        'forge(passed="x")',
        'forge(passed=-1)',
    ],
)
def test_a_forged_picture_of_another_shape_is_not_passed_on(console, line):
    console.ask('block', FORGE)
    assert console.ask('block', f'{line}\nprint("after")\n') == [{'output': 'after\n'}, {'okay': None}]


def test_a_forged_picture_of_the_right_shape_is_a_picture_of_the_same_program(console):
    console.ask('block', FORGE)
    assert console.ask('block', 'image("image/png", png)\n') == [image_of(PNG, text='forged'), {'okay': None}]


def test_a_flood_of_forged_pictures_ends_at_the_allowance(console):
    console.ask('block', FORGE)
    replies = console.ask('block', 'for i in range(100): image("image/png", png + bytes(30_000))\n')
    assert kinds_of(replies) == ['image'] * 4 + ['error', 'okay']


def test_whoever_asks_and_does_not_read_is_answered_only_so_often(console):
    program = """
import select
def socket_of_ours():
    for name in os.listdir('/proc/self/fd'):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                one = socket.socket(fileno=os.dup(int(name)))
                if one.type == socket.SOCK_STREAM: return one
        except OSError: pass
ours = socket_of_ours()
question = b'{"n":1,"passed":1}'
ours.sendall(b'%d:%b,' % (len(question), question) * 60_000)
answers = 0
while select.select([ours], [], [], 0.5)[0]:
    answers += ours.recv(1 << 20, socket.MSG_DONTWAIT).count(b'passed')
print(answers < 30_000)
"""
    console.ask('block', FORGE + PICTURE)
    assert output_of(console.ask('block', program)) == 'True\n'
    assert image_of(PNG) in console.type('Picture(png)\n')


# -- the other reader -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'reply',
    [
        {'image': {'type': 'image/png', 'data': 'R0lGODlh', 'text': ''}},
        {'image': {'type': 'image/jpeg', 'data': base64.b64encode(PNG).decode(), 'text': ''}},
        {'image': {'type': 'image/svg+xml', 'data': base64.b64encode(b'<p><svg>').decode(), 'text': ''}},
        {'image': {'type': 'text/html', 'data': base64.b64encode(PNG).decode(), 'text': ''}},
        {'image': {'type': 'image/png', 'data': base64.b64encode(PNG).decode()}},
        {'image': {'type': 'image/png', 'data': base64.b64encode(PNG + bytes(400_000)).decode(), 'text': ''}},
        {'image': {'type': 'image/png', 'data': base64.b64encode(PNG).decode() + '=', 'text': ''}},
        {'image': {'type': 'image/png', 'data': base64.b64encode(PNG).decode() + '\n\n\n\n', 'text': ''}},
        {'image': {'type': 'image/png', 'data': base64.b64encode(PNG).decode(), 'text': 'x' * 8001}},
        {'html': '<b>'},
        {'html': {'data': 'x' * 262_145, 'text': ''}},
        {'html': {'data': 'ü' * 131_073, 'text': ''}},
        {'html': {'data': '\0', 'text': ''}},
        {'html': {'data': 'x', 'text': None}},
        {'notice': 7},
        {'notice': 'x' * 1001},
        {'queued': None},
        {'queued': {'place': 0, 'seconds': 1}},
        {'queued': {'place': 1, 'seconds': -1}},
        {'queued': {'place': True, 'seconds': 1}},
        {'queued': {'place': 1, 'seconds': 0.5}},
        {'queued': {'place': 1, 'seconds': 1, 'more': 1}},
        {'globals': [{'name': 'a', 'type': 'b', 'repr': 'c', 'kind': 'other', 'size': None}]},
        {'globals': [{'name': 'a', 'type': 'b', 'repr': 'c', 'kind': ['value'], 'size': None}]},
        {'globals': [{'name': 'a', 'type': 'b', 'repr': 'c', 'size': 3}]},
        {'globals': [{'name': 'a', 'type': 'b', 'repr': 'c', 'more': 'd'}]},
    ],
)
def test_a_reply_of_another_shape_is_refused_outside_the_box_as_well(reply):
    with pytest.raises(chat.ProtocolError):
        read_reply(reply)


@pytest.mark.parametrize(
    ('reply', 'state'),
    [
        (image_of(PNG), None),
        ({'html': {'data': '<b>x</b>', 'text': 'x'}}, None),
        ({'notice': 'The console moves to another host.'}, None),
        ({'queued': {'place': 1, 'seconds': 0}}, State.QUEUED),
    ],
)
def test_replies_that_end_nothing(reply, state):
    assert state_after(read_reply(reply)) == state


def test_a_variable_needs_neither_a_kind_nor_a_size():
    shown = {'globals': [{'name': 'a', 'type': 'b', 'repr': 'c'}]}
    assert read_reply(shown) == shown


@pytest.mark.parametrize(
    ('value', 'kind', 'size'),
    [
        ('[1, 2, 3]', 'value', '3 items'),
        ('{1: 2}', 'value', '1 item'),
        ('"x" * 1234', 'value', '1,234 characters'),
        ('7', 'value', None),
        ('int', 'class', None),
        ('len', 'function', None),
        ('lambda: 1', 'function', None),
        ('__import__("os")', 'module', None),
        ('type("Array", (), {"shape": (4, 5)})()', 'value', '4×5'),
        ('type("Odd", (), {"shape": property(lambda self: 1 / 0)})()', 'value', None),
        ('type("Long", (list,), {"__len__": lambda self: 1 / 0})()', 'value', '0 items'),
    ],
)
def test_variables_are_listed_with_their_kind_and_size(console, value, kind, size):
    console.type(f'it = {value}\n')
    [answer] = console.ask('globals')
    assert [(item['kind'], item['size']) for item in answer['globals'] if item['name'] == 'it'] == [(kind, size)]
