"""An exercise as a folder of files: `exercise.toml`, a description, code, and tests as people write them."""

import re
from dataclasses import MISSING, asdict, fields, replace

from ivle.teaching import toml
from ivle.teaching.problems import Problem
from ivle.teaching.reading import BadDefinition, read

TABLE = 'exercise.toml'
DESCRIPTIONS = {'rst': 'description.rst', 'md': 'description.md', 'text': 'description.txt'}
CODE = {'starter': 'starter.py', 'solution': 'solution.py', 'include': 'include.py'}
_TEST = re.compile(r'tests/(test_[A-Za-z0-9_-]+)\.py')
_ITEM = re.compile(r'(suites|cases|checks)\[([0-9]+)\]')


def read_exercise(files, problems, place=''):
    """Return the Definition in the files of a folder, None when `problems` says why there is none. `place` is its path."""
    unread = dict(files)
    text = _text(unread, TABLE, place, problems)
    if text is None:
        problems.append(Problem(f'{place}{TABLE}', 'the file is missing: it holds the name of the exercise.'))
        return None
    try:
        value = toml.loads(text)
    except toml.BadToml as error:
        problems.append(Problem(f'{place}{TABLE}', str(error), error.line))
        return None
    before = len(problems)
    value |= _description(unread, place, problems)
    for name, file in CODE.items():
        code = _text(unread, file, place, problems)
        if name in value:
            problems.append(Problem(f'{place}{TABLE}', f'{name} stands in a file of its own: {file}.', line_of(text, name)))
        value[name] = code or ''
    suites = _suites(value.get('suites', []), unread, place, text, problems)
    problems += [Problem(f'{place}{name}', 'there is no place for this file in an exercise.') for name in unread]
    made = _checked({**value, 'suites': []}, f'{place}{TABLE}', text, problems)
    read_suites = [_checked_suite(suite, number, f'{place}{TABLE}', text, problems) for number, suite in enumerate(suites)]
    if len(problems) > before:
        return None
    return _checked(asdict(replace(made, suites=tuple(read_suites))), f'{place}{TABLE}', text, problems)


def _text(unread, name, place, problems):
    """Take a file from those that are not read yet and return its text, None when it is not there."""
    content = unread.pop(name, None)
    if content is None:
        return None
    try:
        return content.decode('utf-8').removeprefix('\ufeff').replace('\r\n', '\n')
    except UnicodeDecodeError as error:
        line = content.count(b'\n', 0, error.start) + 1
        problems.append(Problem(f'{place}{name}', 'the file is not UTF-8: save it so.', line))
        return ''


def _description(unread, place, problems):
    given = [format for format, name in DESCRIPTIONS.items() if name in unread]
    texts = {format: _text(unread, DESCRIPTIONS[format], place, problems) for format in given}
    if len(given) > 1:
        problems.append(Problem(f'{place}{DESCRIPTIONS[given[1]]}', f'there is a {DESCRIPTIONS[given[0]]} as well: keep one.'))
    return {'description': texts[given[0]], 'description_format': given[0]} if given else {'description': ''}


def _suites(listed, unread, place, text, problems):
    """Return the suites as plain values: those of the table, with their files' source, then the test files it does not name."""
    if not isinstance(listed, list) or not all(isinstance(suite, dict) for suite in listed):
        problems.append(Problem(f'{place}{TABLE}', 'suites are written as tables: [[suites]].', line_of(text, 'suites')))
        return []
    suites = []
    for number, suite in enumerate(listed):
        suite = dict(suite)
        file = suite.pop('file', None)
        if suite.get('kind') == 'pytest' and 'source' not in suite:
            if not isinstance(file, str) or not _TEST.fullmatch(file) or file not in unread:
                sentence = f'suites[{number}].file is the name of a test file here, such as tests/test_small.py.'
                problems.append(Problem(f'{place}{TABLE}', sentence, line_of(text, f'suites[{number}]')))
                continue
            suite['source'] = _text(unread, file, place, problems)
        elif file is not None:
            suite['file'] = file
        suites.append(suite)
    for name in sorted(name for name in unread if _TEST.fullmatch(name)):
        words = _TEST.fullmatch(name)[1].removeprefix('test_').replace('_', ' ').strip()
        suites.append({'kind': 'pytest', 'name': words or 'tests', 'source': _text(unread, name, place, problems)})
    return suites


def _checked(value, file, text, problems):
    try:
        return read(value)
    except BadDefinition as error:
        problems.append(Problem(file, str(error), line_of(text, str(error))))
        return None


def _checked_suite(suite, number, file, text, problems):
    """Return one suite, checked by itself, so that each tells its own problem."""
    try:
        return read({'name': 'one', 'suites': [suite]}).suites[0]
    except BadDefinition as error:
        sentence = str(error).replace('suites[0]', f'suites[{number}]')
        problems.append(Problem(file, sentence, line_of(text, sentence)))
        return None


def line_of(text, where):
    """Return the line of TOML that a sentence of `definition` is about, None when it cannot be told."""
    lines, line, header = text.split('\n'), None, ''
    for kind, number in _ITEM.findall(where.split(' ')[0]):
        header = f'{header}.{kind}' if header else kind
        starts = [place for place, one in enumerate(lines) if place >= (line or 0) and one.strip() == f'[[{header}]]']
        if int(number) >= len(starts):
            break
        line = starts[int(number)]
    if line is not None:
        return line + 1
    key = re.match(r'[a-z_]+', where)
    return next((place + 1 for place, one in enumerate(lines) if key and re.match(rf'\s*{key[0]}\s*=', one)), None)


# -- writing ----------------------------------------------------------------------------------------


def exercise_files(definition):
    """Return {name: bytes} of the folder that `read_exercise` makes the same definition of."""
    files = {}
    table = {'name': definition.name}
    if definition.rows != 12:
        table['rows'] = definition.rows
    if definition.hints:
        table['hints'] = list(definition.hints)
    if definition.description or definition.description_format != 'rst':
        files[DESCRIPTIONS[definition.description_format]] = definition.description
    files |= {file: getattr(definition, name) for name, file in CODE.items() if getattr(definition, name)}
    suites = []
    for suite in definition.suites:
        if suite.kind == 'pytest':
            file = _file_for(suite.name, files)
            files[file] = suite.source
            suites.append({'kind': 'pytest', 'file': file, **_changed(suite, leave_out=('source', 'kind'))})
        else:
            suites.append(_call_suite(suite))
    if suites:
        table['suites'] = suites
    if definition.wrong_answers:
        table['wrong_answers'] = dict(definition.wrong_answers)
    return {name: encoded(text) for name, text in {TABLE: toml.dumps(table), **files}.items()}


def encoded(text):
    """Return the bytes of a text in a file: whoever reads it takes one mark of the byte order away."""
    return (f'\ufeff{text}' if text.startswith('\ufeff') else text).encode('utf-8')


def _file_for(name, files):
    words = re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')[:40] or 'suite'
    numbered = (words if number == 1 else f'{words}_{number}' for number in range(1, len(files) + 2))
    return next(file for file in (f'tests/test_{word}.py' for word in numbered) if file not in files)


def _changed(value, leave_out=(), always=()):
    """Return {name: item} of what is not as it is when it is left out, and of those that stand there `always`."""
    changed = {}
    for item in fields(value):
        given = getattr(value, item.name)
        default = item.default if item.default_factory is MISSING else item.default_factory()
        if item.name not in leave_out and (given != default or item.name in always):
            changed[item.name] = list(given) if isinstance(given, tuple) else given
    return changed


def _call_suite(suite):
    table = _changed(suite, leave_out=('kind', 'cases'))
    cases = []
    for case in suite.cases:
        checks = [_changed(check, always=('aspect',)) for check in case.checks]
        cases.append({**_changed(case, leave_out=('checks',)), **({'checks': checks} if checks else {})})
    return {**table, **({'cases': cases} if cases else {})}
