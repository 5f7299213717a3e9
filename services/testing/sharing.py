"""Which programs are so simple that one run of them leaves nothing behind for the next in the same process."""

import ast
import warnings

# What has no state that a program can change without meaning to attack: the seed of `random` is set before each run.
_MODULES = {
    *('abc', 'bisect', 'collections', 'copy', 'dataclasses', 'datetime', 'enum', 'fractions', 'functools', 'heapq', 'itertools'),
    *('json', 'math', 'operator', 'random', 're', 'statistics', 'string', 'textwrap', 'time', 'typing'),
}
_NAMES = {'__builtins__', '__import__', 'compile', 'eval', 'exec', 'globals', 'setattr', 'vars'}


def may_share(source):
    """Return whether runs of a program may share a process: it must be one that Python can compile.

    A program that hides what it does harms its own runs and nobody else's.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            tree = ast.parse(source)
    except (RecursionError, MemoryError):
        # It takes less to compile it than to hold it as a tree.
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not {alias.name.split('.')[0] for alias in node.names} <= _MODULES:
            return False
        if isinstance(node, ast.ImportFrom) and (node.level or node.module.split('.')[0] not in _MODULES):
            return False
        if isinstance(node, ast.Name) and node.id in _NAMES:
            return False
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and not _is_own(node.value):
            return False
    return True


def _is_own(place):
    """Return whether what is set is an attribute of an object of the program's, such as `self.name`, for all that can be seen."""
    return not (isinstance(place, ast.Name) and place.id in _MODULES)
