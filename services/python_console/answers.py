"""Answers about the student's variables: completions, a close look at one value, a list of all. Sizes are bounded."""

import builtins
import keyword
import re
import reprlib
import types

MOST_MATCHES = 200
LONGEST_DOC = 8000

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_UNITS = {str: 'character', bytes: 'byte', bytearray: 'byte', **dict.fromkeys((list, tuple, dict, set, frozenset), 'item')}

_WORD = re.compile(r'[\w.]*\Z')
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 160
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = _short.maxfrozenset = 8
_long = reprlib.Repr()
_long.maxstring = _long.maxother = 4000
_long.maxlist = _long.maxtuple = _long.maxdict = _long.maxset = _long.maxfrozenset = 100


def clean(text):
    """Return `text` with half characters escaped: JSON has no way to say them."""
    return text.encode('utf-8', 'backslashreplace').decode('utf-8')


def complete(names, text, cursor):
    """Return the completions of the word before the cursor: {"matches", "start"}, start being where they go."""
    word = _WORD.search(text[:cursor])[0]
    owner, dot, beginning = word.rpartition('.')
    candidates = _attributes(names, owner) if dot else {*names, *vars(builtins), *keyword.kwlist}
    matches = sorted(
        name
        for name in candidates
        if isinstance(name, str)
        and name.startswith(beginning)
        and name.isidentifier()
        and len(name) <= 200
        # Private names only for whoever asks for them.
        and (not name.startswith('_') or beginning.startswith('_'))
    )
    return {'matches': matches[:MOST_MATCHES] if beginning or dot else [], 'start': cursor - len(beginning)}


def _attributes(names, owner):
    first, *rest = owner.split('.')
    if first in names:
        value = names[first]
    elif hasattr(builtins, first):
        value = getattr(builtins, first)
    else:
        return ()
    for name in rest:
        try:
            value = getattr(value, name)
        except Exception:
            # The student's own attribute code failed; there is nothing to offer.
            return ()
    return dir(value)


def inspect(name, value):
    """Return what can be said about one value."""
    return {
        'name': clean(name)[:1000],
        'type': _type_name(value),
        'repr': _shown(_long, value)[:8000],
        'doc': _doc(value),
        'signature': _signature(value),
        'members': [clean(member)[:200] for member in _public(value)[:MOST_MATCHES]],
    }


def _public(value):
    return [member for member in dir(value) if isinstance(member, str) and not member.startswith('_')]


def listing(names):
    """Return the student's global variables: {"globals": [{"name", "type", "repr", "kind", "size"}…]}."""
    own = [name for name in names if isinstance(name, str) and not name.startswith('__')]
    return {'globals': [_variable(clean(name)[:200], names[name]) for name in sorted(own)[:MOST_MATCHES]]}


def in_short(value):
    """Return the repr of a value, cut where it is long."""
    return _shown(_short, value)[:400]


def _variable(name, value):
    return {'name': name, 'type': _type_name(value), 'repr': in_short(value), 'kind': _kind(value), 'size': _size(value)}


def _kind(value):
    if isinstance(value, type):
        return 'class'
    if isinstance(value, types.ModuleType):
        return 'module'
    return 'function' if isinstance(value, _FUNCTIONS) else 'value'


def _size(value):
    """Return how large a value is in words, or None where that says nothing."""
    for kind, unit in _UNITS.items():
        if isinstance(value, kind):
            # Not len(): the student's own may take its time, or fail.
            count = kind.__len__(value)
            return f'{count:,} {unit}{"" if count == 1 else "s"}'
    try:
        shape = value.shape if hasattr(type(value), 'shape') else None
        if type(shape) is tuple and 0 < len(shape) <= 8 and all(isinstance(length, int) for length in shape):
            return '×'.join(str(int(length))[:20] for length in shape)
    except Exception:
        # The student's own attribute code failed.
        pass
    return None


def _type_name(value):
    return clean(type(value).__name__)[:200]


def _shown(form, value):
    try:
        return clean(form.repr(value))
    except Exception as error:
        return f'<{_type_name(value)}: its repr fails with {type(error).__name__}>'


def _doc(value):
    doc = getattr(value, '__doc__', None)
    return clean(doc)[:LONGEST_DOC] if isinstance(doc, str) else None


def _signature(value):
    if not callable(value):
        return None
    # Late: it is slow to load and few ask.
    from inspect import signature

    try:
        return clean(str(signature(value)))[:1000]
    except Exception:
        # Many functions written in C do not say.
        return None
