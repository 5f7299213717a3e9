"""Text as a file keeps it: its characters, its encoding and its line ending, so that saving changes only what was typed."""

from dataclasses import dataclass

BOM = b'\xef\xbb\xbf'
ENCODINGS = ('utf-8', 'utf-8-sig', 'latin-1')
LINE_ENDINGS = {'lf': '\n', 'crlf': '\r\n', 'mixed': None}


class CannotEncode(ValueError):
    """A character does not exist in the file's encoding. `character` is the first one."""

    def __init__(self, character):
        super().__init__(character)
        self.character = character


@dataclass(frozen=True)
class Text:
    """What a file holds. Lines of `text` end as in the file when `line_ending` is 'mixed', else in a line feed."""

    text: str
    encoding: str
    line_ending: str

    @property
    def fits_a_form(self):
        """Return True when a plain HTML form gives back exactly what it was given."""
        return self.line_ending != 'mixed' and '\0' not in self.text


def read_text(data):
    """Return the Text of any bytes: those that are not UTF-8 are read as latin-1, in which each byte is a character."""
    try:
        encoding = 'utf-8-sig' if data.startswith(BOM) else 'utf-8'
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = 'latin-1', data.decode('latin-1')
    line_ending = _line_ending(text)
    return Text(text.replace('\r\n', '\n') if line_ending == 'crlf' else text, encoding, line_ending)


def _line_ending(text):
    pairs = text.count('\r\n')
    if text.count('\r') > pairs:
        return 'mixed'
    if pairs == 0:
        return 'lf'
    return 'crlf' if text.count('\n') == pairs else 'mixed'


def write_text(text, encoding, line_ending):
    """Return the bytes of a text that `read_text` gave or a form sent back; CannotEncode names what does not fit.

    A form ends lines in CR LF whatever it was given, so lines are counted from either.
    """
    separator = LINE_ENDINGS[line_ending]
    if separator is not None:
        text = text.replace('\r\n', '\n').replace('\n', separator)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise CannotEncode(text[error.start]) from error
