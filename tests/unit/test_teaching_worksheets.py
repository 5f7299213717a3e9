"""Worksheets become clean HTML with exercises in it, whatever an author writes."""

import re
import threading
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivle.teaching import bounds
from ivle.teaching.highlight import LANGUAGES, code_block
from ivle.teaching.rendered import Rendered, with_file_addresses
from ivle.teaching.worksheet import FORMATS, render, render_text

EXERCISES = {
    'rst': 'Before.\n\n.. exercise:: hello\n\nBetween.\n\n.. exercise:: fib\n   :optional:\n\nAfter.\n',
    'md': 'Before.\n\n```{exercise} hello\n```\n\nBetween.\n\n```{exercise} fib optional\n```\n\nAfter.\n',
    'xml': (
        '<worksheet name="W"><p>Before.</p><exercise src="hello.xml"/><p>Between.</p>'
        '<exercise src="fib" optional="true"/><p>After.</p></worksheet>'
    ),
}
each_format = pytest.mark.parametrize('format', FORMATS)


def without_space(piece):
    return (piece[0], ''.join(piece[1].split())) if piece[0] == 'html' else piece


@each_format
def test_exercises_stand_between_pieces_of_html(format):
    rendered = render(EXERCISES[format], format)
    assert [without_space(piece) for piece in rendered.pieces] == [
        ('html', '<p>Before.</p>'),
        ('exercise', 'hello', False),
        ('html', '<p>Between.</p>'),
        ('exercise', 'fib', True),
        ('html', '<p>After.</p>'),
    ]
    assert (rendered.exercises, rendered.problems) == (('hello', 'fib'), ())


def test_a_challenge_is_an_optional_exercise():
    assert render('.. challenge:: fib\n', 'rst').pieces == (('exercise', 'fib', True),)


@each_format
def test_what_was_rendered_can_be_kept_as_text(format):
    rendered = render(EXERCISES[format], format)
    assert Rendered.from_json(rendered.to_json()) == rendered


@pytest.mark.parametrize(
    ('format', 'source'),
    [
        ('rst', '- one\n\n  .. exercise:: hello\n\n- two\n'),
        ('md', '- one\n\n  ```{exercise} hello\n  ```\n- two\n'),
        ('xml', '<ul><li>one<exercise src="hello"/></li><li>two</li></ul>'),
    ],
)
def test_each_piece_is_balanced_also_around_an_exercise_in_a_list(format, source):
    before, exercise, after = render(source, format).pieces
    assert exercise == ('exercise', 'hello', False)
    for html, word in ((before[1], 'one'), (after[1], 'two')):
        assert html.count('<ul>') == html.count('</ul>') == html.count('<li>') == html.count('</li>') == 1
        assert word in html


def test_an_exercise_alone_in_a_paragraph_leaves_no_empty_one():
    assert render('<p><exercise src="hello"/></p>', 'xml').pieces == (('exercise', 'hello', False),)


def test_what_is_opened_again_behind_an_exercise_has_no_second_id():
    html = ''.join(str(piece[1]) for piece in render('<div id="a">x<exercise src="b"/>y</div>', 'xml').pieces)
    assert html.count('id="w-a"') == 1


class Balance(HTMLParser):
    """Follows the elements of HTML: `is_even` while each is closed in its turn."""

    def __init__(self, html):
        super().__init__()
        self.open, self.is_even, self.text = [], True, ''
        self.feed(html)
        self.is_even &= self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.is_even &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, text):
        self.text += text


def _element(tag, below):
    return f'<{tag}>{"".join(below)}</{tag}>'


words = st.sampled_from(['one ', 'two ', 'three '])
trees = st.recursive(
    words | st.just('<exercise src="NEXT"/>'),
    lambda below: st.builds(_element, st.sampled_from(['p', 'ul', 'li', 'div', 'b', 'blockquote', 'h2', 'pre']), st.lists(below)),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(trees, max_size=6))
def test_pieces_of_any_text_are_balanced_and_lose_nothing(trees):
    parts = ''.join(trees).split('NEXT')
    source = ''.join(f'{part}e{number}' for number, part in enumerate(parts[:-1])) + parts[-1]
    rendered = render(source, 'xml')
    found = [Balance(piece[1]) for piece in rendered.pieces if piece[0] == 'html']
    assert all(balance.is_even for balance in found)
    assert ''.join(balance.text for balance in found).split() == re.sub('<[^>]*>', ' ', source).split()
    assert rendered.exercises == tuple(f'e{number}' for number in range(len(parts) - 1))


# -- problems ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('format', 'source', 'problem'),
    [
        ('rst', 'x\n\n.. exercize:: hello\n', 'Line 3: Unknown directive type "exercize".'),
        ('rst', 'a *b\n', 'Line 1: Inline emphasis start-string without end-string.'),
        ('rst', 'x\n\n.. exercise::\n', 'Line 3: the exercise has no identifier'),
        ('rst', '.. exercise:: Hello World\n', "Line 1: 'Hello World' is not the identifier"),
        ('rst', '.. exercise:: a\n\n.. exercise:: a\n', 'Line 3: the exercise a stands in the worksheet already'),
        ('rst', ':nothing:`x`\n', 'Line 1: Unknown interpreted text role "nothing"'),
        ('md', 'x\n\n```{exercise}\n```\n', 'Line 3: the exercise has no identifier'),
        ('md', '```{exercise} a\n```\n\n```{exercise} a\n```\n', 'Line 4: the exercise a stands'),
        ('md', '```{note} a\n```\n', 'Line 1: there is no block {note}'),
        ('md', '```{exercise} a twice\n```\n', 'Line 1: behind the identifier a'),
        ('md', 'x\n\n$$\n\\fraction{a}\n$$\n', 'Line 3: the formula'),
        ('md', 'x\n\n```exercise a\n```\n', 'Line 3: this is shown as code. For an exercise write ```{exercise} a, with'),
        ('md', '~~~ exercise\n~~~\n', 'Line 1: this is shown as code. For an exercise write ~~~{exercise} factorial, with'),
        ('md', 'x\n\n```challenge a\n```\n', 'Line 3: this is shown as code.'),
        (
            'md',
            'x\n\n```python\nprint(1)\n\nNot code.\n',
            'Line 3: the block that begins here is never closed: end it with a line of ```',
        ),
        ('md', 'x\n\n```{exercise} a\n\nNot code.\n', 'Line 3: the block that begins here is never closed'),
        ('md', '````\nx\n```\n', 'Line 1: the block that begins here is never closed: end it with a line of ````'),
        ('md', '```', 'Line 1: the block that begins here is never closed'),
        ('md', '> ```\n> x\n\nNot code.\n', 'Line 1: the block that begins here is never closed'),
        ('md', '- x\n\n  ```\n  x\n\nNot code.\n', 'Line 3: the block that begins here is never closed'),
        ('xml', '<p>\n<exercise/></p>', 'Line 2: the exercise has no identifier'),
        ('xml', '<exercise src="a"/>\n<exercise src="sample/A.xml"/>', 'Line 2: the exercise a stands'),
        ('xml', '<p>\n<b></p>', 'Line 2: it is not XML: mismatched tag.'),
    ],
)
def test_a_problem_is_a_sentence_with_its_line(format, source, problem):
    assert [found for found in render(source, format).problems if found.startswith(problem)] != []


def test_an_exercise_that_is_named_twice_stands_where_it_was_named_first():
    assert render('.. exercise:: a\n\nx\n\n.. challenge:: a\n', 'rst').exercises == ('a',)


@pytest.mark.parametrize(('format', 'source'), [('rst', '.. exercise:: a\n'), ('md', '```{exercise} a\n```\n')])
def test_no_exercise_stands_in_a_description(format, source):
    rendered = render_text(source, format)
    assert rendered.pieces == ()
    assert rendered.problems == ('Line 1: an exercise cannot stand in this text, only in a worksheet.',)


def test_a_text_without_format_is_paragraphs():
    assert render_text('a < b\nand\n\n\nc', 'text').html == '<p>a &lt; b<br>\nand</p>\n<p>c</p>'


# -- what authors may not do ------------------------------------------------------------------------

HOSTILE = {
    'rst': [
        '.. raw:: html\n\n   <script>evil()</script>\n',
        '.. role:: x(raw)\n   :format: html\n\n:x:`<script>evil()</script>`\n',
        '<script>evil()</script>\n',
        '`x <javascript:evil()>`_\n',
        '`x <JaVaScRiPt:evil()>`_\n',
        '`x <data:text/html,evil()>`_\n',
        '`x <vbscript:evil()>`_\n',
        '.. image:: javascript:evil()\n',
        '.. image:: data:image/svg+xml,evil()\n   :target: javascript:evil()\n',
        '.. image:: x.png\n   :alt: "onerror=evil() "\n',
        '.. container:: evil() onclick\n\n   x\n',
        '.. math:: \\text{<script>evil()</script>}\n',
    ],
    'md': [
        '<script>evil()</script>\n',
        'a <img src=x onerror=evil()> b\n',
        '[x](javascript:evil())\n',
        '[x](<java\tscript:evil()>)\n',
        '[x](data:text/html,evil())\n',
        '![x](javascript:evil())\n',
        '![x](data:image/png;base64,evil)\n',
        '<javascript:evil()>\n',
        '[x][y]\n\n[y]: javascript:evil()\n',
        '```"><script>evil()</script>\nx\n```\n',
        '$\\text{<script>evil()</script>}$\n',
        '[x](https://example.org "onclick=evil() \\"")\n',
    ],
    'xml': [
        '<script>evil()</script>',
        '<p onclick="evil()">x</p>',
        '<a href="javascript:evil()">x</a>',
        '<a href="&#106;avascript:evil()">x</a>',
        '<a href="java&#10;script:evil()">x</a>',
        '<a href="data:text/html,evil()">x</a>',
        '<img src="data:image/svg+xml,evil()"/>',
        '<img src="x.png" onerror="evil()"/>',
        '<svg onload="evil()"><script>evil()</script></svg>',
        '<math><mtext><script>evil()</script></mtext></math>',
        '<math><annotation-xml encoding="text/html"><script>evil()</script></annotation-xml></math>',
        '<iframe src="https://example.org/evil"/>',
        '<form action="/evil"><input name="evil()"/></form>',
        '<p style="background: url(evil())">x</p>',
        '<style>evil()</style>',
        '<base href="https://example.org/evil"/>',
        '<![CDATA[<script>evil()</script>]]>',
    ],
}


class Elements(HTMLParser):
    """Gathers the elements of HTML, and those of their attributes that a browser does something with."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(name, value) for name, value in attributes if name not in ('alt', 'title')]


@pytest.mark.parametrize(('format', 'source'), [(format, source) for format, sources in HOSTILE.items() for source in sources])
def test_nothing_that_runs_comes_through(format, source):
    found = Elements(render(source, format).html)
    assert found.tags <= {'p', 'a', 'img', 'div', 'pre', 'code', 'math', 'mtext', 'mrow', 'span'}
    assert [attribute for attribute in found.attributes if 'evil' in str(attribute)] == []


@pytest.mark.parametrize(
    'source',
    [
        '.. include:: {file}\n',
        '.. raw:: html\n   :file: {file}\n',
        '.. csv-table::\n   :file: {file}\n',
        '.. csv-table::\n   :url: file://{file}\n',
        '.. code:: text\n   :file: {file}\n',
        '.. image:: {file}\n   :loading: embed\n',
        '.. image:: file://{file}\n   :loading: embed\n',
        '.. figure:: secret.svg\n   :loading: embed\n',
        '.. image:: {file}\n   :scale: 50\n',
    ],
)
def test_no_file_is_read(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / 'secret.svg'
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg">very secret</svg>')
    rendered = render(source.format(file=secret), 'rst')
    assert 'very secret' not in rendered.to_json() and 'base64' not in rendered.to_json()


def test_a_configuration_of_docutils_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'docutils.conf').write_text('[general]\nraw_enabled: yes\nfile_insertion_enabled: yes\n')
    assert '<b>' not in render('.. raw:: html\n\n   <b>x</b>\n', 'rst').html


def test_a_role_that_one_text_defines_is_not_known_in_the_next():
    assert render('.. role:: mine\n\n:mine:`x`\n', 'rst').problems == ()
    assert render(':mine:`x`\n', 'rst').problems != ()


def test_a_role_that_one_text_takes_over_is_itself_in_the_next():
    render('.. role:: math(strong)\n\n:math:`x`\n', 'rst')
    assert '<math' in render(':math:`x`\n', 'rst').html


def test_texts_can_be_rendered_side_by_side():
    texts = [f'.. role:: mine\n\n:mine:`{number}`\n\n.. exercise:: e{number}\n' for number in range(8)]
    found = {}
    threads = [threading.Thread(target=lambda text=text: found.update({text: render(text, 'rst')})) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[text].exercises for text in texts] == [(f'e{number}',) for number in range(8)]
    assert [problem for rendered in found.values() for problem in rendered.problems] == []


@pytest.mark.parametrize(
    'source',
    [
        '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>',
        '<?xml version="1.0"?>\n<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>',
        '<!DOCTYPE w [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><w/>',
    ],
)
def test_no_document_declares_entities(source):
    rendered = render(source, 'xml')
    assert rendered.pieces == ()
    assert 'cannot have declarations of its own' in rendered.problems[0]


def test_the_characters_of_html_have_their_names():
    assert render('<?xml version="1.0"?>\n<p>a&nbsp;b &eacute; &lt;i&gt;</p>', 'xml').html.strip() == (
        '<p>a&nbsp;b é &lt;i&gt;</p>'
    )


# -- bounds -----------------------------------------------------------------------------------------

LONG = bounds.LONGEST_SOURCE - 100
HEAVY = {
    'a megabyte': 'x' * 1_000_000,
    'starts without ends': '*a ' * (LONG // 3),
    'starts on many lines': '*a\n\n' * (LONG // 4),
    'brackets': '[' * LONG,
    'pictures': '![a' * (LONG // 3),
    'quotes in quotes': '> ' * (LONG // 2),
    'quotes by indentation': ''.join(f'{" " * depth}x\n\n' for depth in range(650)),
    'lists in lists': ''.join(f'{"  " * depth}- x\n\n' for depth in range(450)),
    'elements in elements': '<b>' * (LONG // 7) + '</b>' * (LONG // 7),
    'substitutions': ''.join(f'.. |s{n}| replace:: |s{n + 1}| |s{n + 1}|\n' for n in range(1000))
    + '.. |s1000| replace:: x\n\n|s0|\n',
    'a substitution for nothing': '.. |a| replace:: |b|\n\n|a|\n',
    'formulas': '$' + '{' * 5000 + '}' * 5000 + '$ :math:`' + '{' * 3000 + '}' * 3000 + '`',
    'a table': '|a' * 2000 + '\n' + '|-' * 2000 + '\n' + ('|a' * 2000 + '\n') * 50,
    'code in many blocks': f'```diff\n{"-" * 3999}\n```\n\n.. code:: diff\n\n   {"-" * 3996}\n\n' * 25,
    'code': '```python\n' + '(\'"""' * 50_000 + '\n```\n',
}


@each_format
@pytest.mark.parametrize('name', HEAVY)
def test_a_heavy_text_ends_in_bounded_time(name, format):
    begin = time.process_time()
    rendered = render(HEAVY[name], format)
    assert time.process_time() - begin < bounds.MOST_SECONDS + 30
    assert rendered.pieces or rendered.problems


@each_format
def test_a_text_that_is_too_long_is_told_so(format):
    assert render('x' * 1_000_000, format).problems == ('The text is longer than 256 KiB: divide it into several worksheets.',)


@pytest.mark.parametrize(
    ('format', 'name'), [('rst', 'quotes by indentation'), ('rst', 'lists in lists'), ('xml', 'elements in elements')]
)
def test_a_text_that_is_nested_too_deeply_is_told_so(format, name):
    assert render(HEAVY[name], format).problems[-1].startswith('The text is nested too deeply')


@each_format
def test_a_text_that_takes_too_long_is_told_so(format, monkeypatch):
    monkeypatch.setattr(bounds.Clock.__init__, '__defaults__', (-1.0,))
    assert render('<p>x</p>', format).problems[-1].startswith('The text takes too long')


@pytest.mark.parametrize('language', LANGUAGES)
@pytest.mark.parametrize('odd', ['\n', ' ', '-', '{', 'a', "'\\", '=a', '<!--', '@a(', '>>> ', '"""'])
def test_no_code_takes_long_to_be_coloured(language, odd):
    begin = time.process_time()
    code_block((odd * 20_000)[: LANGUAGES[language]], language, bounds.Clock())
    # It is a hundredth of a second or so; what is not bounded takes minutes.
    assert time.process_time() - begin < 30


@pytest.mark.parametrize(
    'source',
    [
        '```\nx\n```',
        '```\n```\n',
        '~~~~ python\n~~~\n~~~~~  \n',
        '> ```\n> x\n> ```\n',
        '- x\n\n  ```\n  x\n  ```\n',
        '1. > ```\n   > ```\n',
    ],
)
def test_a_block_that_is_closed_is_no_problem(source):
    assert render(source, 'md').problems == ()


def test_no_more_problems_are_told_than_somebody_reads():
    assert len(render('*a\n\n' * 1000, 'rst').problems) == bounds.MOST_PROBLEMS + 1


@each_format
@settings(max_examples=150, deadline=None)
@given(source=st.text(st.sampled_from('`*_|:.[](){}<>/&;#-=+~$\\ \n\t"\'!^axe1\0\ud800') | st.characters(), max_size=200))
def test_no_text_breaks_it(source, format):
    rendered = render(source, format)
    assert Rendered.from_json(rendered.to_json()) == rendered


# -- what stands on the page ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('format', 'source'),
    [('rst', 'One\n===\n\nTwo\n---\n\nx\n'), ('md', '# One\n\n## Two\n\nx\n'), ('xml', '<h1>One</h1><h2>Two</h2><p>x</p>')],
)
def test_headings_begin_below_that_of_the_page(format, source):
    html = render(source, format).html
    assert '>One</h2>' in html and '>Two</h3>' in html and '<h1' not in html


def test_ids_cannot_be_those_of_the_page_and_links_follow_them():
    html = render('Main\n====\n\nSee `Main`_ and [1]_.\n\n.. [1] A note.\n', 'rst', prefix='d7-').html
    assert '<h2 id="d7-main">' in html and 'href="#d7-main"' in html
    assert html.count('id="') == html.count('id="d7-')


def test_classes_are_those_that_the_style_sheet_knows():
    html = render('<p class="modal">x <span class="k sneaky">y</span></p><pre class="code modal">z</pre>', 'xml').html
    assert html == '<p>x <span class="k">y</span></p><pre class="code" tabindex="0">z</pre>'


def test_links_open_in_the_same_place_and_tell_the_other_site_nothing():
    html = render('<a href="https://example.org/" target="_blank" rel="opener">x</a>', 'xml').html
    assert 'target' not in html and 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    ('format', 'source'),
    [
        ('rst', '.. image:: fig.png\n   :alt: a figure\n\n`data <data/x%20y.csv>`_\n'),
        ('md', '![a figure](fig.png)\n\n[data](data/x%20y.csv)\n'),
        ('xml', '<img src="fig.png" alt="a figure"/><a href="data/x y.csv">data</a>'),
    ],
)
def test_files_of_the_worksheet_are_named_for_the_view_to_address(format, source):
    rendered = render(source, format)
    assert (rendered.files, rendered.problems) == (('fig.png', 'data/x y.csv'), ())
    html = with_file_addresses(rendered.html, '/ivle/files-of/7/')
    assert 'src="/ivle/files-of/7/fig.png"' in html and 'href="/ivle/files-of/7/data/x%20y.csv"' in html


def test_only_addresses_are_addressed():
    source = '<img alt="a > b src=&quot;ivle-file:x" src="fig.png"/> said: src="ivle-file:y"'
    html = with_file_addresses(render(source, 'xml').html, '/f/')
    assert 'src="/f/fig.png"' in html and html.count('/f/') == 1


@pytest.mark.parametrize(
    'address',
    [
        '../up.png',
        'a/../../up.png',
        '%2e%2e/up.png',
        'a/%2E%2E/up.png',
        '/files/~/up.png',
        '//example.org/up.png',
        'ivle-file:up.png',
        'ftp://example.org/up.png',
        'file:///etc/up.png',
        '.hidden/up.png',
        'a%5Cup.png',
        'a%00up.png',
        '',
    ],
)
@each_format
def test_an_address_that_is_not_allowed_is_left_out(format, address):
    sources = {
        'rst': f'.. image:: {address}\n   :target: {address}\n',
        'md': f'[x](<{address}>) ![y](<{address}>)\n',
        'xml': f'<a href="{address}">x</a><img src="{address}"/>',
    }
    rendered = render(sources[format], format)
    assert [attribute for attribute in Elements(rendered.html).attributes if attribute[0] in ('href', 'src')] == []
    assert rendered.files == ()


def test_pictures_from_elsewhere_are_left_out_and_told():
    rendered = render('![x](https://example.org/x.png)\n', 'md')
    assert 'src' not in rendered.html
    assert 'put it beside the worksheet' in rendered.problems[0]


@pytest.mark.parametrize(
    ('format', 'source'),
    [
        ('rst', ':math:`x^2` and\n\n.. math:: \\frac{a}{b}\n'),
        ('md', '$x^2$ and\n\n$$\n\\frac{a}{b}\n$$\n'),
        ('xml', '<math><msup><mi>x</mi><mn>2</mn></msup></math><math display="block"><mfrac><mi>a</mi><mi>b</mi></mfrac></math>'),
    ],
)
def test_formulas_are_mathml(format, source):
    html = ''.join(render(source, format).html.split())
    assert '<msup><mi>x</mi><mn>2</mn></msup>' in html
    assert '<mathdisplay="block"><mfrac><mi>a</mi><mi>b</mi></mfrac></math>' in html


def test_a_price_is_no_formula():
    assert '<math' not in render('It costs $5 or $6.\n', 'md').html


@pytest.mark.parametrize(
    ('format', 'source'),
    [('rst', '.. code:: python\n\n   return 1\n'), ('rst', 'x::\n\n  return 1\n'), ('md', '```python\nreturn 1\n```\n')],
)
def test_code_is_in_a_block_of_its_own(format, source):
    assert '<pre' in render(source, format).html


@pytest.mark.parametrize(
    ('format', 'source'), [('rst', '.. code:: python\n\n   return 1\n'), ('md', '```python\nreturn 1\n```\n')]
)
def test_code_has_its_colours_by_class(format, source):
    html = render(source, format).html
    assert '<pre class="code" tabindex="0"><code><span class="k">return</span> <span class="mi">1</span>' in html
    assert 'style' not in html


@pytest.mark.parametrize(('format', 'source'), [('rst', '``a < b``\n'), ('rst', ':code:`a < b`\n'), ('md', '`a < b`\n')])
def test_code_in_a_line_is_code(format, source):
    assert render(source, format).html == '<p><code>a &lt; b</code></p>\n'


def test_code_of_an_unknown_language_is_shown_as_it_is():
    assert render('```brainfuck\n<+>\n```\n', 'md').html == '<pre class="code" tabindex="0"><code>&lt;+&gt;\n</code></pre>\n'
