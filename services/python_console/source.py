"""Source as it is typed: when a statement is complete, which features it has, and where its lines are found again."""

import __future__

import ast
import codeop
import linecache
import re

_FEATURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
# Each input is a file of its own, or the second input's line 1 would be shown for an error in the first.
_NAME = re.compile(r'^(\s*File ")<console-[0-9]+>(")', re.MULTILINE)
_KEPT_INPUTS = 2000


class Source:
    """Compiles what is typed; `__future__` statements count for everything after them."""

    def __init__(self):
        self._typed = codeop.CommandCompiler()
        self._pending, self._is_pasted = None, False
        self._inputs = 0

    @property
    def is_pending(self):
        """Whether a statement was begun and not finished."""
        return self._pending is not None

    def forget(self):
        """Drop a statement that was begun and not finished."""
        self._pending = None

    def type(self, text):
        """Return the code objects of the statements that `text` completes, or None when more must come.

        One newline at the end is the Enter key; a line that is empty then ends an indented block. In a text of several
        lines, so does the next statement.
        """
        piece = text.replace('\r\n', '\n').removesuffix('\n')
        is_pasted = '\n' in piece or (self._pending is not None and self._is_pasted)
        whole = piece if self._pending is None else f'{self._pending}\n{piece}'
        self._pending = None
        name = self._next_name()
        # Before it is compiled: a syntax error shows its line.
        self._remember(name, whole)
        try:
            codes = self._pasted(whole, name) if is_pasted else self._statement(whole, name)
        except (SyntaxError, ValueError, OverflowError) as error:
            error = self._in_plain_words(error, whole, name)
            # Where in the compiler it was found is nobody's business.
            error.__context__ = None
            raise error.with_traceback(None)
        if codes is None:
            self._pending, self._is_pasted = whole, is_pasted
        return codes

    def program(self, text):
        """Return the code object of a whole program; nothing of it is echoed."""
        self._pending = None
        name, text = self._next_name(), text.replace('\r\n', '\n')
        self._remember(name, text)
        return self._absorb(compile(text, name, 'exec', self._typed.compiler.flags & _FEATURES, True))

    def file(self, content, path):
        """Return the code object of a file's content (bytes). Features of the file, and no others, count from now on."""
        self._pending = None
        self._typed.compiler.flags &= ~_FEATURES
        return self._absorb(compile(content, path, 'exec', 0, True))

    def expression(self, text):
        """Return the code object of one expression."""
        return compile(text.strip(), '<console>', 'eval', self._typed.compiler.flags & _FEATURES, True)

    def _statement(self, whole, name):
        try:
            # Most lines are whole statements: then it need not be found out what else they could be.
            return [self._absorb(compile(whole, name, 'single', self._typed.compiler.flags, True))]
        except SyntaxError:
            code = self._typed(whole, name, 'single')
        return None if code is None else [code]

    def _in_plain_words(self, error, whole, name):
        """Return what Python says of a whole text, where the compiler of early 3.11 calls everything wrong "incomplete input"."""
        if 'incomplete input' in str(error):
            try:
                compile(whole, name, 'exec', self._typed.compiler.flags & _FEATURES, True)
            except SyntaxError as plain:
                return plain
        return error

    def _pasted(self, whole, name):
        """Return the code of each of several statements, so that each expression among them is echoed."""
        compiler = self._typed.compiler
        if self._typed(whole, name, 'exec') is None:
            return None
        statements = compile(whole, name, 'exec', compiler.flags & _FEATURES | ast.PyCF_ONLY_AST, True).body
        last = statements[-1] if statements else None
        if hasattr(last, 'body') or hasattr(last, 'cases'):
            first_line = min([last.lineno, *(item.lineno for item in getattr(last, 'decorator_list', ()))])
            if self._typed('\n'.join(whole.split('\n')[first_line - 1 :]), name, 'single') is None:
                return None
        return [compiler(ast.Interactive([statement]), name, 'single') for statement in statements]

    def _absorb(self, code):
        self._typed.compiler.flags |= code.co_flags & _FEATURES
        return code

    def _next_name(self):
        self._inputs += 1
        linecache.cache.pop(f'<console-{self._inputs - _KEPT_INPUTS}>', None)
        return f'<console-{self._inputs}>'

    @staticmethod
    def _remember(name, text):
        # Each line with its end, as from a file: Python counts it when it puts marks under what failed. No time of change:
        # the cache then never looks for a file of this name.
        linecache.cache[name] = (len(text), None, [f'{line}\n' for line in text.split('\n')], name)


def with_plain_names(trace):
    """Return a traceback's text with `<console>` where an input's own name stands."""
    return _NAME.sub(r'\1<console>\2', trace)
