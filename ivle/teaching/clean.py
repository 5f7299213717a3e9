"""The last word on HTML that people wrote: what is not on the lists below is not on a page, whoever made it of what."""

import re
from urllib.parse import quote, unquote

import nh3

from ivle.teaching.highlight import CLASSES
from ivle.teaching.rendered import FILE_SCHEME

_TEXT_TAGS = """
    p br hr h2 h3 h4 h5 h6 strong b em i u s del ins sub sup small code kbd samp var q cite abbr dfn mark span div a img ul ol li
    dl dt dd blockquote pre table caption colgroup col thead tbody tfoot tr th td figure figcaption aside details summary
"""
_MATH_TAGS = """
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom merror msub msup msubsup munder mover munderover
    mmultiscripts mprescripts none mtable mtr mtd menclose
"""
_ATTRIBUTES = {
    '*': {'id', 'class', 'lang', 'dir', 'title'},
    'a': {'href'},
    'img': {'src', 'alt', 'width', 'height'},
    'ol': {'start', 'type'},
    'li': {'value'},
    'td': {'colspan', 'rowspan'},
    'th': {'colspan', 'rowspan', 'scope'},
    'col': {'span'},
    'math': {'display'},
    'mi': {'mathvariant'},
    'mn': {'mathvariant'},
    'mo': {
        'stretchy',
        'fence',
        'form',
        'lspace',
        'rspace',
        'accent',
        'movablelimits',
        'symmetric',
        'minsize',
        'maxsize',
        'separator',
    },
    'mspace': {'width', 'linebreak'},
    'mfrac': {'linethickness'},
    'mstyle': {'displaystyle', 'scriptlevel', 'mathvariant'},
    'mover': {'accent'},
    'munder': {'accentunder'},
    'mtable': {'columnalign', 'rowspacing', 'columnspacing', 'displaystyle'},
    'mtd': {'columnalign'},
    'menclose': {'notation'},
    'mpadded': {'width', 'height', 'depth', 'lspace', 'voffset'},
}
# Ours: those that media/css/parts/worksheet.css dresses.
_OUR_CLASSES = {
    'pre': {'code'},
    'aside': {'admonition', 'note', 'tip', 'hint', 'important', 'attention', 'caution', 'warning', 'danger', 'error', 'footnote'},
    'p': {'admonition-title'},
    'div': {'line-block', 'line', 'formula'},
    'img': {'align-left', 'align-right', 'align-center'},
    'figure': {'align-left', 'align-right', 'align-center'},
    'span': set(CLASSES),
}
_SCHEMES = frozenset({'http', 'https', 'mailto'})
_SCHEME = re.compile(r'([a-zA-Z][a-zA-Z0-9+.-]*):')
# Only to tell the author: what leaves them out is nh3.
_ANY_ADDRESS = re.compile(r'(?:href|src)="\s*([a-zA-Z][a-zA-Z0-9+.-]*):')
_LONGEST_NAME, _DEEPEST_FILE = 200, 4


def clean(html, prefix, problems):
    """Return (clean HTML, names of the files in it). `prefix` goes before every id, so that none is the page's.

    Addresses of files become `ivle-file:` and the quoted name; addresses that lead nowhere we allow are left out, and noted.
    """
    files = {}

    def attribute(tag, name, value):
        if name in ('href', 'src'):
            return _address(tag, value.strip(), prefix, files, problems)
        if name == 'class':
            return ' '.join(word for word in value.split() if word in _OUR_CLASSES.get(tag, ())) or None
        return value

    for found in _ANY_ADDRESS.finditer(html):
        if found[1].lower() not in _SCHEMES:
            problems.add(f'an address begins with {found[1]}: and was left out; https:, http: and mailto: are allowed.')

    cleaned = nh3.clean(
        html,
        tags={*_TEXT_TAGS.split(), *_MATH_TAGS.split()},
        clean_content_tags={'script', 'style', 'title', 'iframe', 'object', 'template', 'noscript', 'svg'},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=set(_SCHEMES),
        link_rel='noopener noreferrer',
        id_prefix=prefix,
        # What is wider than a phone is moved by keys, too.
        set_tag_attribute_values={'pre': {'tabindex': '0'}},
    )
    return cleaned, tuple(files)


def _address(tag, value, prefix, files, problems):
    if tag == 'a' and value.startswith('#'):
        return f'#{prefix}{value[1:]}'
    scheme = _SCHEME.match(value)
    if scheme and scheme[1].lower() in _SCHEMES:
        if tag == 'a':
            return value
        problems.add(f'the picture {value[:80]!r} is elsewhere: put it beside the worksheet and write its name.')
        return None
    name = file_name(value)
    if name is None:
        problems.add(
            f'the address {value[:80]!r} leads nowhere: write https://…, mailto:…, or the name of a file of the worksheet.'
        )
        return None
    files[name] = None
    return f'{FILE_SCHEME}{quote(name)}'


def file_name(address):
    """Return the name of the worksheet's file that a relative address means, None when it can mean none."""
    name = unquote(re.split('[?#]', address, maxsplit=1)[0])
    return name if is_file_name(name) and not _SCHEME.match(name) else None


def is_file_name(name):
    """Return True for what a file of a worksheet may be called: `fig.png`, `data/x.csv`; nothing hidden, nothing above."""
    parts = name.split('/')
    return (
        len(name.encode('utf-8', 'replace')) <= _LONGEST_NAME
        and len(parts) <= _DEEPEST_FILE
        and all(part and not part.startswith('.') and part == part.strip() for part in parts)
        and '__pycache__' not in parts
        and not name.endswith(('.pyc', '~'))
        and not re.fullmatch(r'worksheet\.(rst|md|xml|toml)', name)
        and not any(character < ' ' or character in '\\:\x7f' or '\ud800' <= character <= '\udfff' for character in name)
    )
