"""Text from bytes and back: whatever a file holds, saving it unchanged changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle.text import CannotEncode, read_text, write_text


@given(st.binary(max_size=200))
def test_any_bytes_come_back_as_they_were(data):
    text = read_text(data)
    assert write_text(text.text, text.encoding, text.line_ending) == data


@given(st.text(alphabet=st.characters(codec='utf-8', exclude_characters='\r\0'), max_size=100), st.sampled_from(['\n', '\r\n']))
def test_a_form_gives_back_what_fits_one(content, separator):
    data = content.replace('\n', separator).encode()
    text = read_text(data)
    through_a_form = text.text.replace('\n', '\r\n')
    assert text.fits_a_form
    assert write_text(through_a_form, text.encoding, text.line_ending) == data


def test_line_endings_are_named():
    endings = {
        content: read_text(content).line_ending for content in (b'a', b'a\nb\n', b'a\r\nb\r\n', b'a\r\nb\n', b'a\rb', b'a\r\r\n')
    }
    assert endings == {
        b'a': 'lf',
        b'a\nb\n': 'lf',
        b'a\r\nb\r\n': 'crlf',
        b'a\r\nb\n': 'mixed',
        b'a\rb': 'mixed',
        b'a\r\r\n': 'mixed',
    }


def test_what_a_form_would_change_does_not_fit_one():
    assert not read_text(b'a\r\nb\n').fits_a_form
    assert not read_text(b'a\0b').fits_a_form


def test_bytes_that_are_not_utf_8_are_read_one_by_one():
    text = read_text(b'caf\xe9\x80')
    assert (text.text, text.encoding) == ('caf\xe9\x80', 'latin-1')


def test_a_byte_order_mark_is_kept_and_not_shown():
    text = read_text(b'\xef\xbb\xbfx = 1\n')
    assert (text.text, text.encoding) == ('x = 1\n', 'utf-8-sig')
    assert write_text('y = 2\n', text.encoding, text.line_ending) == b'\xef\xbb\xbfy = 2\n'


def test_a_character_without_a_place_in_the_encoding_is_named():
    with pytest.raises(CannotEncode) as caught:
        write_text('costs 5 €', 'latin-1', 'lf')
    assert caught.value.character == '€'
