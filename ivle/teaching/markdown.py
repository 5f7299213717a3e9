"""Markdown as HTML, with exercises and formulas: HTML in it is text, not HTML."""

import re

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ivle.teaching import maths
from ivle.teaching.bounds import DEEPEST
from ivle.teaching.highlight import code_block

_DIRECTIVE = re.compile(r'\{([^}]*)\}\s*(.*)')
# What somebody writes who means an exercise, and would get a block of code.
_WITHOUT_BRACES = ('exercise', 'challenge')


def to_html(source, mentions, problems, clock):
    """Return the HTML of a text, not yet cleaned; what is wrong with it goes to `problems`."""

    def look_at_the_clock(*_):
        clock.check()
        return False

    lines = source.split('\n')

    def fence(self, tokens, place, options, env):
        token = tokens[place]
        line = token.map[0] + 1
        if not _is_closed(token, lines):
            problems.add(f'the block that begins here is never closed: end it with a line of {token.markup}.', line)
        found = _DIRECTIVE.match(token.info.strip())
        if found:
            return _directive(found[1].strip(), found[2].split(), line, mentions, problems)
        word, *more = token.info.split() or ['']
        if word.lower() in _WITHOUT_BRACES:
            name = more[0] if more else 'factorial'
            problems.add(
                f'this is shown as code. For an exercise write {token.markup}{{exercise}} {name}, with the braces.', line
            )
        return code_block(token.content, word.lower(), clock)

    def formula(self, tokens, place, options, env):
        clock.check()
        token = tokens[place]
        if token.type == 'math_inline':
            return maths.formula(token.content, False, problems)
        shown = maths.formula(token.content, True, problems, token.map[0] + 1 if token.map else None)
        return f'<div class="formula">{shown}</div>\n'

    markdown = MarkdownIt('js-default', {'maxNesting': DEEPEST})
    dollarmath_plugin(markdown, allow_labels=False, allow_space=False, allow_digits=False)
    for kind in ('math_inline', 'math_block'):
        markdown.add_render_rule(kind, formula)
    # Rules are asked at every line and at every character that may begin something.
    markdown.block.ruler.before('table', 'clock', look_at_the_clock, {'alt': ['paragraph', 'reference', 'blockquote', 'list']})
    markdown.inline.ruler.before('text', 'clock', look_at_the_clock)
    markdown.add_render_rule('fence', fence)
    markdown.add_render_rule('code_block', lambda self, tokens, place, options, env: code_block(tokens[place].content, '', clock))
    for kind in ('heading_open', 'heading_close'):
        markdown.add_render_rule(kind, _heading)
    return markdown.render(source)


def _is_closed(token, lines):
    """Return whether the last line of a block is one that ends it."""
    first, after = token.map
    return after - 1 > first and re.fullmatch(
        rf'[\s>]*{re.escape(token.markup)}{re.escape(token.markup[0])}*\s*', lines[after - 1]
    )


def _heading(self, tokens, place, options, env):
    """Write a heading one level lower: the page's own is the first."""
    token = tokens[place]
    level = min(int(token.tag[1]) + 1, 6)
    return f'<h{level}>' if token.nesting > 0 else f'</h{level}>\n'


def _directive(name, words, line, mentions, problems):
    if name != 'exercise':
        problems.add(f'there is no block {{{name}}}: only {{exercise}}, with the identifier of an exercise.', line)
        return ''
    identifier, *more = words or ['']
    if more not in ([], ['optional']):
        problems.add(f'behind the identifier {identifier} only the word optional may stand.', line)
    word = mentions.placeholder(identifier, 'optional' in more, line)
    return f'<p>{word}</p>\n' if word else ''
