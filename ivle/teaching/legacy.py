"""The original's files: exercises and worksheets in XML, as values of today.

What the original got wrong is not kept: a part without a type is a match, what is not listed is ignored, identifiers have no
`.xml`, and a description in HTML is text, not reStructuredText.
"""

import re
import textwrap
from dataclasses import asdict

from ivle.teaching.bounds import LONGEST_SOURCE, Clock, TooMuch
from ivle.teaching.definition import ASPECTS, TESTS, CallSuite, Case, Check, Definition
from ivle.teaching.problems import Problem
from ivle.teaching.reading import LONGEST_LINE, LONGEST_NAME, BadDefinition, is_expression, read
from ivle.teaching.xhtml import identifier_of
from ivle.teaching.xml import BadXml, parse
from ivle.url_names import is_url_name

_ENCODING = re.compile(rb'<\?xml[^>]*?encoding=["\'](iso-8859-1|iso-8859-15|windows-1252|us-ascii)["\']', re.IGNORECASE)
# What an attempt is compared by when a function says default="match"; the text of the program never is.
_COMPARED = ('result', 'stdout', 'exception')
_BLOCKS = frozenset(['p', 'div', 'ul', 'ol', 'dl', 'table', 'tr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'hr'])


def exercise_of_xml(source, name):
    """Return the Definition of an XML exercise. `name` is used where it has none. BadXml or BadDefinition says what is wrong."""
    top = parse(source, Clock())
    if top.tag != 'exercise':
        raise BadXml(f'it is a {top.tag}, not an exercise', top.line)
    return _exercise(top, name)


def _exercise(top, name):
    code = {
        field: _code(_part(top, tag)) for field, tag in (('starter', 'partial'), ('solution', 'solution'), ('include', 'include'))
    }
    rows = top.attributes.get('rows', '').strip()
    made = Definition(
        name=_line(top.attributes.get('name', ''))[:LONGEST_NAME] or name,
        description=_plain_text(top.elements('desc')),
        description_format='text',
        rows=min(max(int(rows), 1), 200) if rows.isdecimal() and len(rows) < 6 else 12,
        suites=tuple(_suite(case) for case in top.elements('case')),
        **code,
    )
    return read(asdict(made))


def _part(element, tag):
    return ''.join(part.text for part in element.elements(tag))


def _code(text):
    """Return code without what XML puts around it: the empty lines before and after, and an indentation of the whole."""
    kept = textwrap.dedent(text).strip('\n').rstrip()
    return f'{kept}\n' if kept else ''


def _line(text):
    return ' '.join(text.split())[:LONGEST_LINE]


def _suite(case):
    arguments = case.elements('arg')
    return CallSuite(
        name=_line(case.attributes.get('name', '')) or 'tests',
        function=case.attributes.get('function', '').strip(),
        arguments=tuple(_expression(arg) for arg in arguments if not arg.attributes.get('name')),
        keywords={arg.attributes['name']: _expression(arg) for arg in arguments if arg.attributes.get('name')},
        variables={var.attributes.get('name', ''): _expression(var) for var in case.elements('var')},
        allowed_exceptions=tuple(one.attributes.get('name', '').strip() for one in case.elements('exception')),
        stdin=_part(case, 'stdin'),
        files={file.attributes.get('name', ''): file.text for file in case.elements('file')},
        cases=tuple(_case(function) for function in case.elements('function')),
    )


def _expression(element):
    """Return a value as a Python expression; what is none was meant as text."""
    value = element.attributes.get('value', element.text).strip()
    return value if is_expression(value) else repr(value)


def _case(function):
    checks = [_check(part) for part in function.elements() if part.tag in ASPECTS]
    if function.attributes.get('default', '').strip() == 'match':
        looked_at = {check.aspect for check in checks}
        checks += [Check(aspect) for aspect in _COMPARED if aspect not in looked_at]
    passes, fails = (_line(function.attributes.get(word, '')) for word in ('pass', 'fail'))
    return Case(passes=passes, fails=fails, checks=tuple(checks))


def _check(part):
    test = part.attributes.get('type', '').strip() or 'match'
    if test not in TESTS:
        raise BadXml(f'the type of a part is one of {", ".join(TESTS)}, not {test!r}', part.line)
    source = '' if test == 'match' else _code(part.text)
    # Functions of that time got the text of a result.
    as_text = part.tag == 'result' and source != ''
    file = part.attributes.get('name', '').strip() if part.tag == 'file' else ''
    return Check(part.tag, test, source, file, as_text)


def _plain_text(descriptions):
    """Return descriptions, which were HTML or text, as text: paragraphs with empty lines between them."""
    text = ''.join(_words(child, False) for one in descriptions for child in one.children)
    lines = [line.rstrip() for line in text.split('\n')]
    return re.sub('\n{3,}', '\n\n', '\n'.join(lines)).strip('\n')


def _words(node, is_pre):
    if isinstance(node, str):
        return node if is_pre else re.sub(r'[ \t]*\n[ \t]*', '\n', node)
    if node.tag in ('script', 'style'):
        return ''
    inside = ''.join(_words(child, is_pre or node.tag == 'pre') for child in node.children)
    if node.tag == 'br':
        return '\n'
    if node.tag == 'li':
        return f'\n- {inside.strip()}'
    return f'\n\n{inside}\n\n' if node.tag in _BLOCKS else inside


# -- folders ----------------------------------------------------------------------------------------


def course_of_xml(files, is_at_top, problems):
    """Return ({identifier: Definition}, [(identifier, name, source)…]): the XML exercises and worksheets among {name: bytes}.

    They are those in exercises/ and worksheets/, and those at the top where `is_at_top`.
    """
    exercises, worksheets = {}, []
    for path in sorted(files):
        folder, _, name = path.rpartition('/')
        if name.endswith('.xml') and (folder in ('exercises', 'worksheets') or (is_at_top and not folder)):
            try:
                _read_one(path, identifier_of(name), _decoded(files[path]), exercises, worksheets)
            except BadXml as error:
                problems.append(Problem(path, f'{error}.', error.line))
            except (BadDefinition, TooMuch) as error:
                problems.append(Problem(path, str(error)))
    return exercises, worksheets


def _read_one(path, identifier, source, exercises, worksheets):
    top = parse(source, Clock())
    wanted = {'exercises': 'exercise', 'worksheets': 'worksheet'}.get(path.partition('/')[0], top.tag)
    if top.tag != wanted:
        raise BadXml(f'it is a {top.tag}, not a {wanted}', top.line)
    if not is_url_name(identifier):
        raise BadXml(f'{identifier!r} cannot stand in an address: call the file for example loops-2.xml')
    if top.tag == 'exercise':
        exercises[identifier] = _exercise(top, identifier)
    elif top.tag == 'worksheet':
        worksheets.append((identifier, _line(top.attributes.get('name', ''))[:LONGEST_NAME] or identifier, source))
    elif top.tag != 'subject':
        raise BadXml(f'it is a {top.tag}: only exercises and worksheets are read', top.line)


def _decoded(content):
    found = _ENCODING.match(content[:200].lstrip())
    if len(content) > LONGEST_SOURCE:
        raise BadXml(f'it is longer than {LONGEST_SOURCE // 1024} KiB')
    try:
        text = content.decode(found[1].decode() if found else 'utf-8')
    except UnicodeDecodeError as error:
        raise BadXml('the file is not UTF-8: save it so', content.count(b'\n', 0, error.start) + 1) from None
    return text.removeprefix('\ufeff').replace('\r\n', '\n')
