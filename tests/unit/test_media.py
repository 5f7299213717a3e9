"""The built files: small enough for a slow line, complete, and with the licences of what they hold."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIST = ROOT / 'ivle/media/dist'
KILOBYTE = 1000
EVERY_PAGE = ('app.css', 'early.js', 'app.js', 'icon.svg', 'icons.svg')


def with_imports(name):
    """Return the paths of a script and of everything it imports before it runs."""
    found, waiting = set(), [DIST / name]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            # A static import has `from` or nothing before its name; what is imported on demand has a bracket.
            imports = (
                re.findall(r'(?:from|import)\s*"(\.{1,2}/[^"]+\.js)"', path.read_text('utf-8')) if path.suffix == '.js' else []
            )
            waiting += [(path.parent / target).resolve() for target in imports]
    return found


def compressed(*names):
    """Return how many bytes a browser fetches for some entries."""
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in set().union(*map(with_imports, names)))


@pytest.mark.parametrize('script', ['files.js', 'console-page.js'])
def test_a_page_without_the_editor_fetches_at_most_60_kilobytes(script):
    assert compressed(*EVERY_PAGE, script) <= 60 * KILOBYTE


def test_the_editor_page_fetches_at_most_220_kilobytes_with_python_and_console():
    (python,) = (path.relative_to(DIST) for path in DIST.glob('chunks/*.js') if 'PrintStatement' in path.read_text('utf-8'))
    assert compressed(*EVERY_PAGE, 'editor.js', 'console.js', python) <= 220 * KILOBYTE


def test_languages_come_only_when_a_file_needs_them():
    fetched = ''.join(path.read_text('utf-8') for path in with_imports('editor.js'))
    assert 'SELECT' not in fetched and 'ArithOp' not in fetched


def test_every_icon_that_a_page_uses_is_in_the_sprite():
    symbols = set(re.findall('<symbol id="([^"]+)"', (DIST / 'icons.svg').read_text()))
    templates = ''.join(path.read_text('utf-8') for path in (ROOT / 'ivle/templates').rglob('*.pt'))
    scripts = ''.join(path.read_text('utf-8') for path in (ROOT / 'ivle/media/js').rglob('*.js'))
    used = set(re.findall(r'#([a-z][a-z0-9-]*)" />', templates)) | set(re.findall(r"\bicon\('([a-z-]+)'\)", scripts))
    assert used - symbols == set()


def test_the_notice_names_every_package_that_is_bundled():
    notice = (DIST / 'NOTICE.txt').read_text('utf-8')
    wanted = json.loads((ROOT / 'package.json').read_text('utf-8'))['dependencies']
    bundled = {name for name in wanted if name != 'esbuild'}
    assert {name for name in bundled if f'\n{name} {wanted[name]} (' not in notice} == set()


def test_nothing_is_fetched_from_elsewhere():
    sheet = (DIST / 'app.css').read_text('utf-8')
    assert re.findall(r'url\(|@import', sheet) == []


def test_the_lock_names_no_registry():
    lock = json.loads((ROOT / 'package-lock.json').read_text('utf-8'))
    assert [name for name, package in lock['packages'].items() if 'resolved' in package] == []
