"""Reads the XML of the original system: no entity of a document's own is expanded, nothing is fetched, nothing is deep."""

import html.entities
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from ivle.teaching.bounds import DEEPEST, TooMuch

_ENTITY = re.compile(r'&([A-Za-z][A-Za-z0-9]*);')
_OF_XML = frozenset({'amp', 'lt', 'gt', 'quot', 'apos'})
_OWN_ENTITIES = 'a document cannot have declarations of its own: write the characters that they stand for'


class BadXml(Exception):
    """A document that cannot be read. `line` is where."""

    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line


@dataclass
class Element:
    """An element: `children` are Elements and text."""

    tag: str
    attributes: dict
    line: int
    children: list = field(default_factory=list)

    @property
    def text(self):
        """Return all text in it."""
        return ''.join(child if isinstance(child, str) else child.text for child in self.children)

    def elements(self, tag=None):
        """Return the elements directly in it, those called `tag` when it is given."""
        return [child for child in self.children if isinstance(child, Element) and tag in (None, child.tag)]


def parse(source, clock):
    """Return the Element that a document is; BadXml says where it is none.

    The names of HTML for characters (`&nbsp;`) are known, as they were to authors; a document cannot define others.
    """
    top = Element('', {}, 1)
    stack = [top]
    parser = expat.ParserCreate(encoding='utf-8')
    parser.buffer_text = True

    def start(tag, attributes):
        clock.check()
        if len(stack) > DEEPEST:
            raise TooMuch('The text is nested too deeply: use fewer elements in one another.')
        element = Element(tag.lower(), {name.lower(): value for name, value in attributes.items()}, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_):
        raise BadXml(_OWN_ENTITIES, parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].children.append(text)
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        # A surrogate alone is no character of UTF-8; the parser then says where.
        parser.Parse(_ENTITY.sub(_character, source).encode('utf-8', 'replace'), True)
    except expat.ExpatError as error:
        raise BadXml(f'it is not XML: {expat.ErrorString(error.code)}', error.lineno) from None
    return top.elements()[0]


def parse_fragment(source, clock):
    """Return an Element that holds whatever elements and text stand side by side in a source."""
    head = re.match(r'\ufeff?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE\s[^<>\[\]]*>)?\s*', source)
    if source.startswith('<!', head.end()) and not source.startswith('<!--', head.end()):
        raise BadXml(_OWN_ENTITIES, source.count('\n', 0, head.end()) + 1)
    lines = '\n' * head[0].count('\n')
    return parse(f'<worksheet>{lines}{source[head.end() :]}</worksheet>', clock)


def _character(found):
    name = found[1]
    character = html.entities.html5.get(f'{name};')
    return found[0] if character is None or name in _OF_XML else ''.join(f'&#{ord(one)};' for one in character)
