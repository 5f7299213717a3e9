"""The original's worksheets as HTML: XHTML, mostly, with `<exercise src="factorial.xml"/>` in it."""

import html
import re

from ivle.teaching.xml import BadXml, Element, parse_fragment

_TAG = re.compile(r'[a-z][a-z0-9]*')
_VOID = frozenset({'br', 'hr', 'img', 'col', 'input', 'meta', 'link', 'area', 'base', 'embed', 'source', 'track', 'wbr', 'param'})
_LOWER = {'h1': 'h2', 'h2': 'h3', 'h3': 'h4', 'h4': 'h5', 'h5': 'h6'}


def to_html(source, mentions, problems, clock):
    """Return the HTML of a worksheet, not yet cleaned; what is wrong with it goes to `problems`."""
    try:
        # Several elements may stand side by side.
        top = parse_fragment(source, clock)
    except BadXml as error:
        problems.add(f'{error}.', error.line)
        return ''
    return ''.join(_written(top, mentions))


def identifier_of(src):
    """Return the identifier that the original's name of an exercise means: `sample/Fib.xml` is fib."""
    return re.sub(r'\.xml$', '', src.strip().rpartition('/')[2].lower())


def _written(element, mentions):
    if element.tag == 'exercise':
        is_optional = element.attributes.get('optional', '').strip().lower() in ('true', 'yes', '1')
        yield mentions.placeholder(identifier_of(element.attributes.get('src', '')), is_optional, element.line)
        return
    tag = _LOWER.get(element.tag, element.tag)
    is_shown = _TAG.fullmatch(tag) is not None and tag not in ('worksheet', 'html', 'body')
    if is_shown:
        attributes = ''.join(
            f' {name}="{html.escape(value)}"'
            for name, value in element.attributes.items()
            if re.fullmatch('[a-z][a-z0-9-]*', name)
        )
        yield f'<{tag}{attributes}>'
        if tag in _VOID:
            return
    for child in element.children:
        if isinstance(child, Element):
            yield from _written(child, mentions)
        else:
            yield html.escape(child)
    if is_shown:
        yield f'</{tag}>'
