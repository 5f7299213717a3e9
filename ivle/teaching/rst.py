"""reStructuredText as HTML, with exercises as a directive: nothing in it reads a file, reaches a network, or keeps anything."""

import logging
import threading

from docutils import ApplicationError, core, nodes
from docutils.parsers.rst import Directive, Parser, directives, roles, states
from docutils.readers import standalone
from docutils.transforms import Transform
from docutils.writers import html5_polyglot

from ivle.teaching import maths
from ivle.teaching.bounds import TooMuch, Unreadable
from ivle.teaching.highlight import code_block

LONGEST_PARAGRAPH = 20_000
MOST_SUBSTITUTIONS = 1000
SETTINGS = {
    '_disable_config': True,
    'file_insertion_enabled': False,
    'raw_enabled': False,
    'line_length_limit': 5_000,
    'halt_level': 5,
    'report_level': 2,
    'warning_stream': False,
    'traceback': True,
    'doctitle_xform': False,
    'docinfo_xform': False,
    'sectsubtitle_xform': False,
    'initial_header_level': 2,
    'syntax_highlight': 'none',
    'image_loading': 'link',
    'stylesheet_path': '',
    'embed_stylesheet': False,
    'toc_backlinks': False,
    'footnote_backlinks': True,
    'input_encoding': 'unicode',
    'output_encoding': 'unicode',
}
WARNING = 2
# What docutils raises where a text is odd in a way that nobody there has thought of.
_STUMBLES = (ApplicationError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
log = logging.getLogger(__name__)
# docutils keeps the roles that a text defines for the whole process.
_one_at_a_time = threading.Lock()


def to_html(source, mentions, problems, clock):
    """Return the HTML of a text, not yet cleaned; what is wrong with it goes to `problems`."""
    writer = html5_polyglot.Writer()
    writer.translator_class = _Translator
    parser = Parser(inliner=_inliner(problems, clock))
    settings = {**SETTINGS, 'ivle_mentions': mentions, 'ivle_problems': problems, 'ivle_clock': clock}
    with _one_at_a_time:
        known = dict(roles._roles)
        try:
            parts = core.publish_parts(
                source, source_path='worksheet', reader=_Reader(), parser=parser, writer=writer, settings_overrides=settings
            )
        except RecursionError:
            raise TooMuch('The text is nested too deeply: use fewer levels of lists, quotes and tables in one another.') from None
        except _STUMBLES:
            log.warning('docutils could not read a text', exc_info=True)
            raise Unreadable('The text cannot be read as reStructuredText: look at what was changed last.') from None
        finally:
            roles._roles.clear()
            roles._roles.update(known)
    return parts['body']


class _Reader(standalone.Reader):
    """Listens to what the parser says, and looks at the clock at every line."""

    def get_transforms(self):
        return [*super().get_transforms(), _CountSubstitutions]

    def new_document(self):
        document = super().new_document()
        settings, note_source = self.settings, document.note_source

        def note(message):
            if message['level'] >= WARNING:
                settings.ivle_problems.add(_sentence(message.children[0].astext()), message.get('line'))

        def timed(source, offset):
            settings.ivle_clock.check()
            note_source(source, offset)

        document.reporter.attach_observer(note)
        document.note_source = timed
        return document


class _CountSubstitutions(Transform):
    """Refuses what would be replaced so often that nothing is left of the host: each of a few lines may double the next."""

    # Just before docutils replaces them.
    default_priority = 219

    def apply(self):
        self.counted = {}
        asked = self.document.findall(nodes.substitution_reference)
        # References inside of definitions are counted with them.
        total = sum(self._count(reference) for reference in asked if not _is_in_definition(reference))
        if total > MOST_SUBSTITUTIONS:
            raise TooMuch(f'More than {MOST_SUBSTITUTIONS} substitutions would be made: write the text itself.')

    def _count(self, reference):
        name = reference['refname'].lower()
        if name not in self.counted:
            # One that asks for itself, over however many others, is docutils' to find.
            self.counted[name] = 0
            key = self.document.substitution_names.get(name)
            definition = self.document.substitution_defs.get(key)
            below = definition.findall(nodes.substitution_reference) if definition is not None else ()
            self.counted[name] = min(1 + sum(self._count(nested) for nested in below), MOST_SUBSTITUTIONS + 1)
        return self.counted[name]


def _is_in_definition(node):
    while node is not None and not isinstance(node, nodes.substitution_definition):
        node = node.parent
    return node is not None


def _sentence(text):
    text = ' '.join(text.split())
    return text if text.endswith(('.', '!', '?')) else f'{text}.'


def _inliner(problems, clock):
    """Return what reads the markup inside of paragraphs, bounded: one that never ends takes quadratic time."""
    inliner = states.Inliner()
    parse = inliner.parse

    def bounded(text, lineno, memo, parent):
        clock.check()
        if len(text) > LONGEST_PARAGRAPH:
            problems.add(f'a paragraph is longer than {LONGEST_PARAGRAPH} characters: divide it by empty lines.', lineno)
            return [nodes.Text(text)], []
        return parse(text, lineno, memo, parent)

    # A subclass would lose the patterns that the class keeps for itself.
    inliner.parse = bounded
    return inliner


class _Exercise(Directive):
    """`.. exercise:: factorial`, with `:optional:` when it does not count; `.. challenge:: factorial` is optional always."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {'optional': directives.flag}

    def run(self):
        identifier = self.arguments[0] if self.arguments else ''
        is_optional = self.name == 'challenge' or 'optional' in self.options
        word = self.state.document.settings.ivle_mentions.placeholder(identifier, is_optional, self.lineno)
        return [nodes.paragraph(word, word)] if word else []


directives.register_directive('exercise', _Exercise)
directives.register_directive('challenge', _Exercise)


class _Translator(html5_polyglot.HTMLTranslator):
    """Writes plain HTML: headings carry the ids of their sections, problems are told elsewhere."""

    def visit_section(self, node):
        if 'system-messages' in node['classes']:
            raise nodes.SkipNode
        for title in node.children[:1]:
            title['ids'] = [*title['ids'], *node['ids']]
        self.section_level += 1

    def depart_section(self, node):
        self.section_level -= 1

    def visit_system_message(self, node):
        raise nodes.SkipNode

    def visit_problematic(self, node):
        pass

    def depart_problematic(self, node):
        pass

    def visit_image(self, node):
        # With `embed` the file would be read, here, by us.
        node.attributes.pop('loading', None)
        node.attributes.pop('scale', None)
        # Its address says nothing to somebody who does not see the picture.
        node.attributes.setdefault('alt', '')
        super().visit_image(node)

    def visit_literal(self, node):
        self.body.append(f'<code>{self.encode(node.astext())}</code>')
        raise nodes.SkipNode

    def visit_literal_block(self, node):
        if any(isinstance(child, nodes.inline) for child in node.children):
            # Lines with numbers, or text with markup.
            super().visit_literal_block(node)
            return
        language = next((name for name in node['classes'] if name != 'code'), '')
        self.body.append(code_block(node.astext(), language, self.document.settings.ivle_clock))
        raise nodes.SkipNode

    def visit_doctest_block(self, node):
        self.body.append(code_block(f'{node.astext()}\n', 'pycon', self.document.settings.ivle_clock))
        raise nodes.SkipNode

    def visit_math(self, node):
        self._formula(node, is_block=False)

    def visit_math_block(self, node):
        self._formula(node, is_block=True)

    def _formula(self, node, is_block):
        settings = self.document.settings
        settings.ivle_clock.check()
        shown = maths.formula(node.astext(), is_block, settings.ivle_problems, node.line)
        self.body.append(f'<div class="formula">{shown}</div>\n' if is_block else shown)
        raise nodes.SkipNode
