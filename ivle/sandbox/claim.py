"""What a claim brings to a prepared box: the home as a mount, and the words that say what the box is for."""

import functools
import os

from ivle import kernel
from ivle.sandbox.spec import HomeMissing
from ivle.sandbox.tree import open_directory

_HOME = kernel.ATTR_NOSUID | kernel.ATTR_NODEV


def home_for(places, spec, identity):
    """Return a mount of the home of `spec` for boxes of an Identity (a descriptor), None for a box that sees nothing.

    HomeMissing when there is no account.
    """
    if spec.sees == 'nothing':
        return None
    try:
        folder = open_directory(places.path('accounts'), spec.login, 'home')
    except (FileNotFoundError, NotADirectoryError) as error:
        raise HomeMissing(f'{spec.login} has no account here') from error
    try:
        tree = kernel.clone_tree(folder)
    finally:
        os.close(folder)
    try:
        if identity.namespace is not None:
            kernel.change_tree(tree, kernel.ATTR_IDMAP, identity.namespace)
        kernel.change_tree(tree, _HOME | (kernel.ATTR_RDONLY if spec.access == 'read' else 0))
    except OSError:
        os.close(tree)
        raise
    return tree


def words_for(spec, usual):
    """Return the words of a claim, as services/boxes/keeper.py reads them; of the `usual` limits it knows already."""
    words = {
        'program': spec.program,
        'login': spec.login,
        'cwd': spec.cwd,
        'environment': spec.own_environment,
        'arguments': spec.arguments,
    }
    if spec.sees == 'nothing':
        words['has_home'] = False
    if spec.limits != usual:
        words |= {'limits': _rlimits(spec.limits), 'tmp_bytes': spec.limits.tmp_size}
    return words


@functools.lru_cache(maxsize=32)
def _rlimits(limits):
    # There are few kinds of runs, and each asks the kernel twenty times what this process may give.
    return limits.rlimits()


def try_mapping(places, namespace):
    """Map the ids of the accounts once, as `home_for` does; OSError where the file system or the kernel cannot."""
    tree = kernel.clone_tree(os.fspath(places.path('accounts')))
    try:
        kernel.change_tree(tree, kernel.ATTR_IDMAP, namespace)
    finally:
        os.close(tree)
