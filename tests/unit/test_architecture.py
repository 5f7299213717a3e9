"""The bones of the house: who may import whom, which views are reachable and by whom, what the repository holds."""

import ast
import json
import re
import sys
from inspect import isclass
from pathlib import Path

import pytest

from ivle.resources.base import Resource
from ivle.scripts import docs
from ivle.security.permissions import Permission

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    'accounts',
    'alembic',
    'gateway',
    'hosts',
    'jobs',
    'models',
    'resources',
    'sandbox',
    'scripts',
    'security',
    'teaching',
    'views',
)
# What each part of the site must never import: the arrows of ivle/__init__.py, from the other side.
FORBIDDEN = {
    'ivle/models': (
        'ivle.jobs',
        'ivle.views',
        'ivle.resources',
        'ivle.hosts',
        'ivle.sandbox',
        'ivle.scripts',
        'ivle.gateway',
        'ivle.console',
    ),
    'ivle/security': ('ivle.views', 'ivle.resources', 'ivle.sandbox', 'ivle.scripts', 'ivle.gateway'),
    'ivle/resources': ('ivle.views', 'ivle.sandbox', 'ivle.scripts', 'ivle.gateway', 'sqlalchemy', 'subprocess'),
    'ivle/hosts': (
        'ivle.views',
        'ivle.resources',
        'ivle.models',
        'ivle.security',
        'ivle.sandbox',
        'ivle.scripts',
        'pyramid',
        'sqlalchemy',
    ),
    'ivle/views': ('ivle.sandbox', 'ivle.scripts', 'subprocess', 'shutil', 'pysvn'),
    'ivle/sandbox': (
        'ivle.views',
        'ivle.resources',
        'ivle.models',
        'ivle.security',
        'ivle.hosts',
        'ivle.scripts',
        'pyramid',
        'sqlalchemy',
    ),
    'ivle/gateway': (
        'ivle.views',
        'ivle.resources',
        'ivle.models',
        'ivle.security',
        'ivle.hosts',
        'ivle.scripts',
        'pyramid',
        'sqlalchemy',
    ),
    'ivle/accounts': (
        'ivle.views',
        'ivle.resources',
        'ivle.models',
        'ivle.security',
        'ivle.hosts',
        'ivle.scripts',
        'pyramid',
        'sqlalchemy',
    ),
    'ivle/jobs': (
        'ivle.views',
        'ivle.resources',
        'ivle.security',
        'ivle.sandbox',
        'ivle.scripts',
        'ivle.gateway',
        'pyramid',
    ),
    'ivle/alembic': ('ivle.views', 'ivle.resources', 'ivle.hosts', 'ivle.sandbox', 'ivle.scripts'),
    'ivle/scripts': ('ivle.views', 'ivle.resources'),
    'ivle/teaching': (
        'ivle.views',
        'ivle.resources',
        'ivle.models',
        'ivle.security',
        'ivle.hosts',
        'ivle.sandbox',
        'ivle.scripts',
        'pyramid',
        'sqlalchemy',
        'subprocess',
    ),
}
IN_A_BOX = (
    'boxes',
    'fileservice',
    'files',
    'handed.py',
    'limited.py',
    'svn-tunnel',
    'python-console',
    'python_console',
    'serveservice',
    'serving',
    'testing',
    'testservice',
)


def sources(*folders):
    """Return every Python source below the folders, programs without an ending included."""
    found = []
    for folder in folders:
        place = ROOT / folder
        for path in [place] if place.is_file() else sorted(place.rglob('*')):
            if path.is_file() and not {'sample_files', '__pycache__', 'dist'} & set(path.parts) and is_python(path):
                found.append(path)
    return found


def is_python(path):
    """Return True for a module, and for a program whose first line names Python."""
    return path.suffix == '.py' or (not path.suffix and re.match(rb'#!.*python', path.read_bytes()) is not None)


def imports(path):
    """Return the full names of everything a source imports, wherever in it: `from a import b` gives a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: imports are written in full'
            names |= {node.module, *(f'{node.module}.{alias.name}' for alias in node.names)}
    return names


def is_below(name, package):
    return name == package or name.startswith(package + '.')


def calls(path):
    """Return the names of the plain functions a source calls."""
    nodes = ast.walk(ast.parse(path.read_text('utf-8')))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_the_table_of_arrows_knows_every_package():
    assert sorted(FORBIDDEN) == sorted(f'ivle/{name}' for name in PACKAGES)
    ours = {path.name for path in (ROOT / 'ivle').iterdir() if (path / '__init__.py').exists() or list(path.glob('*.py'))}
    assert ours == set(PACKAGES)


@pytest.mark.parametrize('folder', FORBIDDEN)
def test_arrows_point_down(folder):
    wrong = [
        f'{path.relative_to(ROOT)} imports {name}'
        for path in sources(folder)
        for name in sorted(imports(path))
        if any(is_below(name, package) for package in FORBIDDEN[folder])
    ]
    assert wrong == []


def test_nothing_imports_a_view_but_views():
    outside = [path for path in sources('ivle', 'services') if 'views' not in path.parts]
    assert [str(path) for path in outside if any(is_below(name, 'ivle.views') for name in imports(path))] == []


def test_programs_in_a_box_import_the_standard_library_pysvn_and_the_protocol_only():
    # matplotlib itself imports the backend that shows its figures, and tests are written for pytest.
    theirs = {'services/python_console/figures.py': {'matplotlib'}, 'services/testing/pytests.py': {'pytest', 'hypothesis'}}
    allowed = {*sys.stdlib_module_names, 'pysvn', 'python_console', 'boxes'}
    wrong = [
        f'{path.relative_to(ROOT)} imports {name}'
        for path in sources(*(f'services/{name}' for name in IN_A_BOX))
        for name in sorted(imports(path))
        if name.split('.')[0] not in allowed | theirs.get(str(path.relative_to(ROOT)), set())
        and name not in ('ivle', 'ivle.chat', 'ivle.kernel', 'ivle.__version__')
        and not is_below(name, 'services')
    ]
    assert wrong == []


def test_the_list_of_programs_in_a_box_is_that_of_the_boxes():
    from ivle.sandbox.programs import PROGRAMS
    from ivle.sandbox.zygote import SOURCES

    found = {
        path
        for paths in (*(program.own for program in PROGRAMS.values()), SOURCES)
        for path in paths
        if path.startswith('services/')
    }
    inside = {path for path in found if any(path.startswith(f'{other}/') for other in found)}
    assert sorted(f'services/{name}' for name in IN_A_BOX) == sorted(found - inside)


@pytest.mark.parametrize('module', ['chat', 'kernel'])
def test_what_is_in_a_box_and_outside_needs_the_standard_library_only(module):
    assert {name.split('.')[0] for name in imports(ROOT / f'ivle/{module}.py')} <= set(sys.stdlib_module_names)


def test_the_package_itself_imports_nothing_when_it_is_imported():
    tree = ast.parse((ROOT / 'ivle/__init__.py').read_text('utf-8'))
    assert [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))] == []


def test_only_programs_in_a_box_import_pysvn():
    # The canary of `ivle check` runs in a box as well.
    outside = [path for path in sources('ivle') if path != ROOT / 'ivle/sandbox/canary.py']
    assert [str(path) for path in outside if any(is_below(name, 'pysvn') for name in imports(path))] == []


@pytest.mark.parametrize('module', ['pickle', 'marshal', 'shelve', 'dill', 'yaml'])
def test_nothing_is_read_by_a_module_that_can_run_code(module):
    assert [str(path) for path in sources('ivle', 'services') if any(is_below(name, module) for name in imports(path))] == []


def test_the_web_and_the_host_run_no_text_as_code():
    assert [str(path) for path in sources('ivle') if calls(path) & {'eval', 'exec', 'compile', '__import__'}] == []


@pytest.mark.parametrize('path', sources('ivle', 'services', 'tests', 'bench'), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path):
    is_empty = not path.read_text('utf-8').strip()
    assert is_empty or ast.get_docstring(ast.parse(path.read_text('utf-8')))


# -- views and resources ----------------------------------------------------------------------------


@pytest.fixture(scope='module')
def views():
    return docs.site_views()


def test_every_view_names_its_permission(views):
    assert [view for view in views if view.permission in (None, Permission.UNSTATED)] == []


def test_a_view_asks_for_a_permission_there_is_or_for_none(views):
    assert {view.permission for view in views} <= {'everybody', *map(str, Permission)}


def test_every_view_says_what_it_does(views):
    assert [view for view in views if not view.meaning] == []


def test_a_page_with_a_json_twin_comes_first_for_a_browser_which_takes_anything(views):
    def offered(kind):
        return {(view.context, view.name) for view in views if kind in view.accept}

    assert offered('application/json') - offered('text/html') == set()


def test_what_is_open_to_everybody_is_known(views):
    """A new view for everybody is a decision: it is written down here."""
    assert {(view.context, view.name) for view in views if view.permission == 'everybody'} == OPEN_TO_EVERYBODY


OPEN_TO_EVERYBODY = {
    ('Root', 'health'),
    ('MediaFile', ''),
    ('SignInPage', ''),
    ('SignOutPage', ''),
    # What the anonymous read in it is how to sign in.
    ('HelpRoot', ''),
    ('HelpPage', ''),
    # Shows nothing: it leads from an address that has run out to the one that asks for signing in.
    ('OutdatedPlace', ''),
}


def test_the_page_of_addresses_is_the_one_that_the_views_make(views):
    page = (ROOT / 'docs/urls.md').read_text('utf-8')
    assert docs.urls_table(views) in page


def subclasses(kind):
    for below in kind.__subclasses__():
        yield below
        yield from subclasses(below)


def test_rights_are_methods_so_that_a_slip_in_them_is_no_open_door(views):
    properties = [
        kind.__name__ for kind in subclasses(Resource) if isclass(kind) and isinstance(vars(kind).get('__acl__'), property)
    ]
    assert properties == []


# -- the repository ---------------------------------------------------------------------------------

LOCKS = ('requirements.lock', 'requirements-test.lock', 'requirements-bench.lock', 'requirements-node.lock')


def pins(name):
    return [
        line.lower().replace('_', '-') for line in (ROOT / name).read_text().splitlines() if line and not line.startswith('#')
    ]


@pytest.mark.parametrize('name', LOCKS)
def test_a_lock_file_pins_every_package_exactly(name):
    assert [line for line in pins(name) if not re.fullmatch(r'[a-z0-9.-]+==[0-9][0-9a-z.]*', line)] == []


def test_what_the_site_asks_for_is_what_the_lock_has():
    assert [line for line in pins('requirements.in') if line not in pins('requirements.lock')] == []


def test_pysvn_is_never_taken_from_the_package_index():
    assert [
        name
        for name in (*LOCKS, 'requirements.in', 'requirements-test.in')
        if re.search(r'^pysvn', (ROOT / name).read_text(), re.MULTILINE)
    ] == []


def test_the_front_end_lock_names_no_registry():
    packages = json.loads((ROOT / 'package-lock.json').read_text())['packages']
    assert [name for name, package in packages.items() if 'resolved' in package] == []


@pytest.mark.parametrize('package', [line.split('==')[0] for line in pins('requirements.in')])
def test_every_dependency_has_its_reason(package):
    assert f'| `{package}` |' in (ROOT / 'docs/dependencies.md').read_text().lower().replace('_', '-')


PAGES = sorted([*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')])


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r'\]\((?!https?:|mailto:|#)([^)#\s]+)', page.read_text('utf-8'))
    assert [target for target in targets if not (page.parent / target).exists()] == []
