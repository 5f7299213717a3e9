"""Worksheets and descriptions as pages show them: text in one of three formats becomes clean HTML with exercises in it."""

import html

from ivle.teaching import markdown, rst, xhtml
from ivle.teaching.bounds import LONGEST_SOURCE, Clock, Problems, TooMuch, Unreadable
from ivle.teaching.clean import clean
from ivle.teaching.mentions import Mentions
from ivle.teaching.pieces import cut
from ivle.teaching.rendered import Rendered

# Raise it when the same text would come out differently: what was kept of the earlier version is made anew then.
RENDERER = '2'
FORMATS = {'rst': rst.to_html, 'md': markdown.to_html, 'xml': xhtml.to_html}


def render(source, format, prefix='w-'):
    """Return the Rendered of a worksheet in the format rst, md or xml. Never fails: what cannot be read is a problem in it.

    `prefix` goes before the ids in the HTML; texts that stand on one page want different ones.
    """
    return _rendered(source, FORMATS[format], prefix, are_exercises_allowed=True)


def render_text(source, format, prefix='t-'):
    """Return the Rendered of a text that holds no exercises, such as a description or a hint: in rst, md or text."""
    return _rendered(source, _plain if format == 'text' else FORMATS[format], prefix, are_exercises_allowed=False)


def _rendered(source, to_html, prefix, are_exercises_allowed):
    problems = Problems()
    mentions = Mentions(problems, are_exercises_allowed)
    try:
        if len(source) > LONGEST_SOURCE:
            raise TooMuch(f'The text is longer than {LONGEST_SOURCE // 1024} KiB: divide it into several worksheets.')
        # Half a character is none, wherever it came from.
        text = source.encode('utf-8', 'replace').decode().replace('\r\n', '\n').replace('\r', '\n').replace('\0', '\ufffd')
        made, files = clean(to_html(text, mentions, problems, Clock()), prefix, problems)
    except Unreadable as error:
        return Rendered(problems=(*problems.found, str(error)))
    return Rendered(cut(made, mentions), tuple(name for name, _ in mentions.found), tuple(problems.found), files)


def _plain(source, mentions, problems, clock):
    paragraphs = [part.strip('\n') for part in source.split('\n\n')]
    return '\n'.join(f'<p>{html.escape(part)}</p>'.replace('\n', '<br>\n') for part in paragraphs if part.strip())
