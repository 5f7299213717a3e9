"""Modules that a console brings along for a student's `import`: a turtle that draws pictures, and a way for matplotlib's figures.

Our own source is in nobody's way: it is on no path of the student's and perhaps, when they import, on none at all. So it is
read when the console is made, and compiled when it is asked for.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PARTS = ('colours', 'functions', 'navigators', 'paintings', 'pens', 'screens', 'shapes', 'turtles', 'vectors')
_FILES = {
    'ivle_figures': 'figures.py',
    'turtle': 'turtle/__init__.py',
    **{f'turtle.{part}': f'turtle/{part}.py' for part in _PARTS},
}
# From a directory and from a zip archive alike.
_sources = {name: __spec__.loader.get_data(os.path.join(_FOLDER, *file.split('/'))) for name, file in _FILES.items()}
_codes = {}
_TURTLE_PATH = ['(the turtle of the console)']
_STANDARD = os.path.dirname(os.path.abspath(os.__file__))
BACKEND = 'module://ivle_figures'


def compile_all():
    """Compile all of it now: for a process whose children will have no time for it."""
    for name in _sources:
        _code_of(name)


def _code_of(name):
    if name not in _codes:
        # The path is below our own: a traceback shows the student's lines and not these.
        _codes[name] = compile(_sources[name], os.path.join(_FOLDER, *_FILES[name].split('/')), 'exec', 0, True)
    return _codes[name]


class Finder:
    """Stands before Python's own finders; what it does not know costs one look into a dictionary."""

    def __init__(self, display):
        self._display = display

    def install(self):
        """Answer imports from now on, also for what the process from which we were forked has imported."""
        sys.meta_path.insert(0, self)
        if 'matplotlib' in sys.modules:
            _choose_backend(sys.modules['matplotlib'])

    def forget_drawing(self):
        """Begin with an empty sheet: a program that runs anew has drawn nothing."""
        if getattr(getattr(sys.modules.get('turtle'), '__spec__', None), 'loader', None) is self:
            for name in [name for name in sys.modules if name in _sources and name != 'ivle_figures']:
                del sys.modules[name]
        self._display.at_end.clear()

    def find_spec(self, name, path=None, target=None):
        """Return what is imported as `name`, or None when that is not for us to say."""
        if name == 'matplotlib':
            return _watched(PathFinder.find_spec(name, path))
        if name not in _sources:
            return None
        if name == 'turtle':
            theirs = PathFinder.find_spec(name, path)
            # A file of the student's own comes first, as always; only Python's needs a screen that is not there.
            if theirs and theirs.has_location and os.path.dirname(os.path.abspath(theirs.origin)) != _STANDARD:
                return theirs
        elif name.startswith('turtle.') and path != _TURTLE_PATH:
            return None
        spec = ModuleSpec(name, self, origin='the console', loader_state=self._display, is_package=name == 'turtle')
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.extend(_TURTLE_PATH)
        return spec

    def create_module(self, spec):
        """Leave that to Python."""

    def exec_module(self, module):
        """Fill a new module."""
        exec(_code_of(module.__spec__.name), module.__dict__)


def _watched(spec):
    if spec is not None and spec.loader is not None:
        spec.loader = _Watch(spec.loader)
    return spec


class _Watch:
    """The loader of matplotlib; when it has loaded it, figures go where they can be seen."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _choose_backend(module)


def _choose_backend(matplotlib):
    try:
        # Whoever has chosen one, in the program or in a file, keeps it.
        if not isinstance(dict.get(matplotlib.rcParams, 'backend'), str):
            matplotlib.rcParams['backend'] = BACKEND
    except Exception:
        # It is something of the student's own with this name.
        pass
