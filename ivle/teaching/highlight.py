"""Code in texts: coloured by Pygments' short class names, which the style sheet knows."""

import html

from pygments import highlight as pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

# How many characters of each are coloured: some lexers take time by the square of the length, for text that is odd enough.
LANGUAGES = {name: 20_000 for name in ('python', 'py', 'python3', 'py3', 'pycon', 'pytb', 'text', 'json')} | {
    name: 4_000
    for name in ('console', 'bash', 'sh', 'shell', 'html', 'xml', 'css', 'javascript', 'js', 'toml', 'ini', 'sql', 'diff')
}
CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)


def code_block(text, language, clock):
    """Return a block of code as HTML: coloured where the language is known and the block is of a length that people read."""
    clock.check()
    if language in LANGUAGES and len(text) <= LANGUAGES[language]:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        shown = pygments_highlight(text, lexer, HtmlFormatter(nowrap=True))
    else:
        shown = html.escape(text)
    # A browser drops the line feed that stands first in a pre.
    return f'<pre class="code">\n<code>{shown}</code></pre>\n'
