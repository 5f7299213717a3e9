"""The editor on a real site: pages that work as plain forms, and saving by script with preconditions."""

import html
import re

import pytest

from tests.functional.room import Room


@pytest.fixture(scope='module')
def student(site):
    return site.person('studenta')


@pytest.fixture
def room(student):
    return Room(student, 'studenta')


def shown(page, name='text'):
    """Return what a browser has in the first text field of that name: it drops one line break after the tag."""
    content = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    return html.unescape(content.removeprefix('\n'))


def hidden(page):
    """Return the hidden fields of the form."""
    form = re.search(r'<form id="editor-form".*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def save_form(room, name, typed, page):
    """Send the form as a browser does: lines end in CR LF."""
    return room.visitor.submit(room.url('edit', name), **hidden(page), text=typed.replace('\n', '\r\n'))


# -- by script ------------------------------------------------------------------------------------


def test_a_new_file_is_created_once(room):
    first = room.visitor.put(room.url('edit', 'a.py'), b'one', if_none_match='*')
    again = room.visitor.put(room.url('edit', 'a.py'), b'two', if_none_match='*')
    assert (first.status, again.status) == (201, 412)
    assert again.json['error']['etag'] == first.json['etag']
    assert room.content('a.py') == 'one'


def test_a_file_is_replaced_over_the_version_that_was_read(room):
    etag = room.put('a.py', b'one')
    answer = room.visitor.put(room.url('edit', 'a.py'), b'two', if_match=f'"{etag}"')
    assert answer.status == 200
    assert answer.headers['ETag'] == f'"{answer.json["etag"]}"'
    assert room.content('a.py') == 'two'


def test_a_stale_save_is_refused_with_the_current_etag_and_changes_nothing(room):
    etag = room.put('a.py', b'one')
    current = room.visitor.put(room.url('edit', 'a.py'), b'two', if_match=f'"{etag}"').json['etag']
    answer = room.visitor.put(room.url('edit', 'a.py'), b'three', if_match=f'"{etag}"')
    assert (answer.status, answer.json['error']['code'], answer.json['error']['etag']) == (412, 'stale', current)
    assert room.content('a.py') == 'two'


def test_a_save_that_does_not_say_what_it_replaces_is_refused(room):
    room.put('a.py', b'one')
    answer = room.visitor.put(room.url('edit', 'a.py'), b'two')
    assert (answer.status, answer.json['error']['code']) == (428, 'precondition-required')
    assert room.content('a.py') == 'one'


@pytest.mark.parametrize(
    'headers',
    [
        {'if_match': 'bare'},
        {'if_match': '"a", "b"'},
        {'if_match': '*'},
        {'if_none_match': '"a"'},
        {'if_match': '"a"', 'if_none_match': '*'},
    ],
)
def test_preconditions_that_cannot_be_meant_are_refused(room, headers):
    room.put('a.py', b'one')
    assert room.visitor.put(room.url('edit', 'a.py'), b'two', **headers).status == 400
    assert room.content('a.py') == 'one'


def test_any_bytes_are_saved_as_they_are(room):
    data = bytes(range(256))
    room.put('data.bin', data)
    assert room.visitor.get(room.url('download', 'data.bin')).body == data


def test_a_directory_cannot_be_saved_over(room):
    room.act('mkdir', name='sub')
    assert room.visitor.put(room.url('edit', 'sub'), b'x', if_none_match='*').status in (409, 412)
    assert room.names() == {'sub'}


def test_a_file_is_read_with_what_is_needed_to_save_it(room):
    etag = room.put('a.txt', b'caf\xe9\r\n')
    answer = room.visitor.get_json(room.url('edit', 'a.txt')).json
    assert answer.pop('modified')
    assert answer == {
        'owner': 'studenta',
        'path': f'{room.path}/a.txt',
        'access': 'write',
        'etag': etag,
        'text': 'caf\xe9\n',
        'encoding': 'latin-1',
        'line_ending': 'crlf',
    }


@pytest.mark.parametrize('method', ['DELETE', 'PATCH'])
def test_other_methods_are_refused(room, method):
    room.put('a.py', b'one')
    answer = room.visitor.request(method, room.url('edit', 'a.py'), headers={'X-CSRF-Token': room.visitor.csrf_token})
    assert answer.status == 405
    assert room.content('a.py') == 'one'


# -- as a page ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'content', [b'', b'\n', b'\n\nx', b'x', b'x\n\n', b'</textarea><b>&amp;', b'a\tb\x0c\x1b', 'naïve 日本 😀'.encode()]
)
def test_the_page_holds_exactly_the_text(room, content):
    room.put('a.txt', content)
    assert shown(room.visitor.get(room.url('edit', 'a.txt')).text) == content.decode()


@pytest.mark.parametrize('content', [b'one\ntwo\n', b'one\r\ntwo\r\n', b'\xef\xbb\xbfone\n', b'caf\xe9\n', b'\n\nx'])
def test_saving_the_form_unchanged_changes_no_byte(room, content):
    room.put('a.txt', content)
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    assert save_form(room, 'a.txt', shown(page).replace('\r\n', '\n'), page).status == 303
    assert room.visitor.get(room.url('download', 'a.txt')).body == content


def test_the_form_saves_and_says_so(room):
    room.put('a.txt', b'one\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    assert save_form(room, 'a.txt', 'two\n', page).location.endswith(room.url('edit', 'a.txt'))
    assert 'Saved.' in room.visitor.get(room.url('edit', 'a.txt')).text
    assert room.content('a.txt') == 'two\n'


def test_a_conflict_shows_both_texts_and_loses_neither(room):
    etag = room.put('a.txt', b'one\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    room.visitor.put(room.url('edit', 'a.txt'), b'theirs\n', if_match=f'"{etag}"')
    conflict = save_form(room, 'a.txt', 'mine\n', page)
    assert conflict.status == 409
    assert shown(conflict.text) == 'mine\n'
    assert 'theirs\n' in conflict.text
    assert room.content('a.txt') == 'theirs\n'


def test_after_a_conflict_the_next_save_replaces_knowingly(room):
    etag = room.put('a.txt', b'one\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    room.visitor.put(room.url('edit', 'a.txt'), b'theirs\n', if_match=f'"{etag}"')
    conflict = save_form(room, 'a.txt', 'mine\n', page).text
    assert save_form(room, 'a.txt', 'both\n', conflict).status == 303
    assert room.content('a.txt') == 'both\n'


def test_a_file_deleted_meanwhile_is_made_again_by_saving_twice(room):
    room.put('a.txt', b'one\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    room.act('delete', names=['a.txt'])
    refused = save_form(room, 'a.txt', 'mine\n', page)
    assert (refused.status, shown(refused.text)) == (409, 'mine\n')
    assert save_form(room, 'a.txt', 'mine\n', refused.text).status == 303
    assert room.content('a.txt') == 'mine\n'


def test_a_save_that_is_refused_gives_the_text_back(room):
    room.put('a.txt', b'one\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    room.act('delete', names=['a.txt'])
    room.act('mkdir', name='a.txt')
    refused = save_form(room, 'a.txt', 'mine\n', page)
    assert refused.status == 409
    assert shown(refused.text) == 'mine\n'


@pytest.mark.parametrize('content', [b'a\0b', b'a\r\nb\n', b'a\rb'])
def test_what_a_form_would_change_can_only_be_read_without_scripts(room, content):
    room.put('a.txt', content)
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    assert 'readonly="readonly"' in page
    assert 'form="editor-form"' not in page


def test_a_character_that_the_file_cannot_hold_is_named(room):
    room.put('a.txt', b'caf\xe9\n')
    page = room.visitor.get(room.url('edit', 'a.txt')).text
    answer = save_form(room, 'a.txt', '5 €\n', page)
    assert (answer.status, shown(answer.text)) == (422, '5 €\n')
    assert room.visitor.get(room.url('download', 'a.txt')).body == b'caf\xe9\n'


@pytest.mark.parametrize('change', [{'encoding': 'utf-16'}, {'line_ending': 'none'}, {'encoding': ''}])
def test_a_form_that_was_tampered_with_saves_nothing(room, change):
    room.put('a.txt', b'one\n')
    fields = hidden(room.visitor.get(room.url('edit', 'a.txt')).text) | change
    assert room.visitor.submit(room.url('edit', 'a.txt'), **fields, text='two').status == 400
    assert room.content('a.txt') == 'one\n'


@pytest.mark.parametrize('value', [[], {}, 1, True, None])
@pytest.mark.parametrize('field', ['etag', 'text', 'encoding', 'line_ending'])
def test_json_of_another_shape_than_the_form_saves_nothing(room, field, value):
    etag = room.put('a.txt', b'one\n')
    fields = {'etag': etag, 'text': 'two', 'encoding': 'utf-8', 'line_ending': 'lf', field: value}
    assert room.visitor.post(room.url('edit', 'a.txt'), fields).status == 400
    assert room.content('a.txt') == 'one\n'


def test_a_directory_goes_to_the_files(room):
    assert room.visitor.get(room.url('edit')).location.endswith(room.url('files'))
    assert room.visitor.get('/edit/~').location.endswith('/files/studenta')
    assert room.visitor.get('/edit').location.endswith('/files/studenta')


def test_a_file_too_large_goes_to_its_details_which_say_why(room):
    room.put('big.txt', b'x' * ((4 << 20) + 1))
    answer = room.visitor.get(room.url('edit', 'big.txt'))
    assert answer.location.endswith(room.url('files', 'big.txt', view='about'))
    assert 'too large for the editor' in room.visitor.get(room.url('files', 'big.txt', view='about')).text
    assert room.visitor.get_json(room.url('edit', 'big.txt')).status == 413


def test_a_tutor_sees_a_students_program_without_any_way_to_change_it(site):
    tutor = site.person('tutor')
    page = tutor.get('/edit/studenta/151/hello.py').text
    assert 'This view is recorded' in page
    assert 'data-save' not in page and 'data-run' not in page and '@@svn-commit' not in page
    assert tutor.get_json('/edit/studenta/151/hello.py').json['access'] == 'read'


@pytest.mark.parametrize(('name', 'is_served', 'runs'), [('a.py', True, True), ('a.html', True, False), ('a.txt', False, False)])
def test_only_what_can_run_offers_to(room, name, is_served, runs):
    room.put(name, b'')
    page = room.visitor.get(room.url('edit', name)).text
    assert (f'href="{room.url("serve", name)}"' in page, 'data-run' in page) == (is_served, runs)
