"""Code in texts: coloured by Pygments' short class names, which the style sheet knows."""

import html

from pygments import highlight as pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

# Those that a course in programming shows, and whose lexers take no longer for odd text than for good.
_NAMES = 'python py python3 py3 pycon pytb console bash sh shell text html xml css javascript js json toml ini sql diff c java'
LANGUAGES = frozenset(_NAMES.split())
LONGEST_COLOURED = 20_000
CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)


def code_block(text, language):
    """Return a block of code as HTML: coloured where the language is known and the block is of a length that people read."""
    if language in LANGUAGES and len(text) <= LONGEST_COLOURED:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        shown = pygments_highlight(text, lexer, HtmlFormatter(nowrap=True))
    else:
        shown = html.escape(text)
    # A browser drops the line feed that stands first in a pre.
    return f'<pre class="code">\n<code>{shown}</code></pre>\n'
