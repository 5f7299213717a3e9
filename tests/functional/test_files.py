"""The file browser on a real site: pages and JSON, changes by form and by script, versions."""

import io
import re
import zipfile

import pytest

from tests.functional.room import Room


@pytest.fixture(scope='module')
def student(site):
    return site.person('studenta')


@pytest.fixture
def room(student):
    return Room(student, 'studenta')


@pytest.fixture
def versioned(student):
    """Return a room in the working copy of the student, part of a version."""
    room = Room(student, 'studenta', inside='151')
    assert student.post('/files/studenta/151/@@svn-add', {'names': [room.name]}).status == 200
    assert student.post('/files/studenta/151/@@svn-commit', {'names': [room.name], 'message': 'A room'}).status == 200
    return room


# -- looking --------------------------------------------------------------------------------------


def test_a_directory_lists_its_entries_as_json(room):
    room.put('hello.py', b'print(1)\n')
    answer = room.visitor.get_json(room.url('files')).json
    (entry,) = answer.pop('entries')
    assert answer.pop('disk').keys() == {'used', 'limit', 'files', 'most_files', 'trash', 'hides'}
    assert answer == {
        'owner': 'studenta',
        'path': room.path,
        'kind': 'directory',
        'access': 'write',
        'version': {'state': 'none', 'revision': None},
    }
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', entry.pop('modified'))
    assert entry == {'name': 'hello.py', 'kind': 'text', 'size': 9, 'version': {'state': 'none', 'revision': None}}


def test_a_file_says_what_it_is_as_json(room):
    etag = room.put('hello.py', b'print(1)\n')
    answer = room.visitor.get_json(room.url('files', 'hello.py')).json
    assert answer.pop('modified')
    assert answer == {
        'owner': 'studenta',
        'path': f'{room.path}/hello.py',
        'access': 'write',
        'kind': 'text',
        'size': 9,
        'type': 'text/x-python',
        'etag': etag,
        'version': {'state': 'none', 'revision': None},
    }


def test_a_directory_is_a_page_with_one_heading_and_a_link_to_each_entry(room):
    room.put('notes.txt', b'x')
    page = room.visitor.get(room.url('files')).text
    assert page.count('<h1>') == 1
    assert f'href="{room.visitor.prefix}{room.url("files", "notes.txt")}"' in page


def test_an_empty_directory_says_how_to_begin(room):
    assert 'Nothing here yet' in room.visitor.get(room.url('files')).text


def test_a_text_goes_on_to_the_editor(room):
    room.put('notes.txt', b'x')
    answer = room.visitor.get(room.url('files', 'notes.txt'))
    assert (answer.status, answer.location) == (302, f'http://{room.visitor.host}{room.url("edit", "notes.txt")}')


def test_a_picture_is_shown_on_its_page(room):
    room.put('pic.png', b'\x89PNG\r\n\x1a\n')
    page = room.visitor.get(room.url('files', 'pic.png')).text
    assert f'<img src="{room.url("download", "pic.png")}?inline=1"' in page


@pytest.mark.parametrize(
    ('name', 'content', 'player'),
    [('tune.wav', b'RIFF\0\0\0\0WAVE', '<audio controls'), ('film.webm', b'\x1aE\xdf\xa3', '<video controls')],
)
def test_sound_and_film_have_a_player(room, name, content, player):
    room.put(name, content)
    assert player in room.visitor.get(room.url('files', name)).text


def test_any_other_binary_offers_a_download_inside_the_page(room):
    room.put('data.bin', b'\0\1\2\xff')
    answer = room.visitor.get(room.url('files', 'data.bin'))
    assert answer.status == 200
    assert f'<a href="{room.url("download", "data.bin")}">download it</a>' in answer.text


def test_details_of_a_text_are_shown_without_going_to_the_editor(room):
    room.put('notes.txt', b'x')
    assert 'text/plain' in room.visitor.get(room.url('files', 'notes.txt', view='about')).text


def test_home_shows_the_same_as_ones_own_files(student, room):
    room.put('a', b'')
    answers = [student.get_json(path).json for path in (f'/home/{room.name}', f'/files/~/{room.name}', room.url('files'))]
    for answer in answers:
        # Measured anew now and then.
        answer.pop('disk')
    assert answers[0] == answers[1] == answers[2]


def test_files_alone_goes_to_ones_own(student):
    assert student.get('/files').location.endswith('/files/studenta')


@pytest.mark.parametrize(
    'name',
    [
        'a b',
        "it's",
        'a"b',
        'a#b',
        '100%',
        'a?b',
        'a%2fb',
        'naïve',
        '日本語',
        'a&b;c',
        '<b>',
        'edit',
        'mkdir',
        '+x',
        '~',
        'a\\b',
        '@a',
    ],
)
def test_odd_names_survive_everywhere(room, name):
    room.put(name, b'content')
    assert room.names() == {name}
    assert room.content(name) == 'content'
    assert room.visitor.get(room.url('files')).status == 200
    assert room.visitor.get(room.url('edit', name)).status == 200
    assert room.act('rename', **{'from': name, 'to': 'plain'}).status == 200
    assert room.names() == {'plain'}


def test_what_is_not_there_is_not_found(room):
    assert room.visitor.get_json(room.url('files', 'nothing')).json['error']['code'] == 'not-found'
    assert room.visitor.get(room.url('files', 'nothing')).status == 404


@pytest.mark.parametrize('query', ['revision=x', 'revision=-1', 'revision=99999999999', 'revision=%C2%B2'])
def test_a_revision_that_is_no_number_is_refused(room, query):
    assert room.visitor.get_json(f'{room.url("files")}?{query}').status == 400


def test_a_long_directory_comes_in_pages(room):
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, 'w') as archive:
            for number in range(1005):
                archive.writestr(f'file{number:04}', b'')
        assert room.upload({'many.zip': packed.getvalue()}, unpack='1').status == 200
    first, second = (room.visitor.get(f'{room.url("files")}?page={number}').text for number in (1, 2))
    assert (first.count('data-name='), second.count('data-name=')) == (1000, 5)
    assert 'file0000' in first and 'file1004' in second


@pytest.mark.parametrize(
    ('sort', 'order'), [('name', ['a', 'b']), ('name&down=1', ['b', 'a']), ('size', ['b', 'a']), ('nonsense', ['a', 'b'])]
)
def test_a_listing_is_sorted_without_scripts(room, sort, order):
    room.put('a', b'long')
    room.put('b', b'')
    assert re.findall('data-name="([^"]+)"', room.visitor.get(f'{room.url("files")}?sort={sort}').text) == order


# -- changing -------------------------------------------------------------------------------------


def test_a_directory_is_made(room):
    assert room.act('mkdir', name='sub').status == 201
    assert room.names() == {'sub'}


def test_what_exists_is_not_made_again(room):
    room.put('taken', b'x')
    answers = [room.act('mkdir', name='taken'), room.act('new-file', name='taken')]
    assert [(answer.status, answer.json['error']['code']) for answer in answers] == [(409, 'exists')] * 2
    assert room.content('taken') == 'x'


def test_a_new_file_is_empty(room):
    assert room.act('new-file', name='fresh.py').status == 201
    assert room.content('fresh.py') == ''


@pytest.mark.parametrize('name', ['', '.', '..', '.svn', 'a/b', '@@edit', 'a\nb', 'x' * 256, '\ud83d'])
@pytest.mark.parametrize('view', ['mkdir', 'new-file'])
def test_names_that_cannot_be_are_refused(room, view, name):
    assert room.act(view, name=name).status == 400
    assert room.names() == set()


def test_a_thing_is_renamed(room):
    room.put('old', b'x')
    assert room.act('rename', **{'from': 'old', 'to': 'new'}).status == 200
    assert room.names() == {'new'}


def test_renaming_never_overwrites(room):
    room.put('one', b'1')
    room.put('two', b'2')
    assert room.act('rename', **{'from': 'one', 'to': 'two'}).status == 409
    assert (room.content('one'), room.content('two')) == ('1', '2')


def test_renaming_what_is_not_there_is_not_found(room):
    assert room.act('rename', **{'from': 'nothing', 'to': 'new'}).status == 404


@pytest.mark.parametrize(('view', 'left'), [('move', {'sub'}), ('copy', {'sub', 'a', 'b'})])
def test_things_are_moved_and_copied_within_the_home(room, view, left):
    room.act('mkdir', name='sub')
    room.put('a', b'1')
    room.put('b', b'2')
    assert room.act(view, names=['a', 'b'], to=f'/{room.path}/sub').status == 200
    assert (room.names(), room.names('sub')) == (left, {'a', 'b'})


@pytest.mark.parametrize('view', ['move', 'copy'])
def test_moving_is_all_or_nothing(room, view):
    room.act('mkdir', name='sub')
    for name in ('a', 'b', 'sub/b'):
        room.visitor.put(room.url('edit', *name.split('/')), b'x', if_none_match='*')
    assert room.act(view, names=['a', 'b'], to=f'/{room.path}/sub').status == 409
    assert (room.names(), room.names('sub')) == ({'a', 'b', 'sub'}, {'b'})


@pytest.mark.parametrize('to', ['../studentb', '/151/../..', 'a//b', '.', 5, None])
def test_nothing_is_moved_to_where_there_is_no_path_to(room, to):
    room.put('a', b'1')
    assert room.act('move', names=['a'], to=to).status == 400
    assert room.names() == {'a'}


@pytest.mark.parametrize('view', ['move', 'copy'])
def test_a_directory_that_is_not_there_is_named(room, view):
    room.put('a', b'1')
    refusal = room.act(view, names=['a'], to='/no/where')
    assert refusal.status == 400
    assert refusal.json['error']['message'] == 'There is no directory "/no/where". Nothing was changed.'
    assert room.names() == {'a'}


def test_what_is_deleted_can_be_restored(room):
    room.put('a', b'precious')
    trash = room.act('delete', names=['a']).json['trash']
    assert room.names() == set()
    assert room.act('restore', trash=trash).status == 200
    assert room.content('a') == 'precious'


def test_restoring_never_overwrites(room):
    room.put('a', b'old')
    trash = room.act('delete', names=['a']).json['trash']
    room.put('a', b'new')
    assert room.act('restore', trash=trash).status == 409
    assert room.content('a') == 'new'


def test_the_trash_lists_what_was_deleted_and_offers_to_restore_it(room):
    room.put('precious.txt', b'x')
    trash = room.act('delete', names=['precious.txt']).json['trash']
    item = room.visitor.get_json('/files/~/@@trash').json['items'][0]
    assert (item['trash'], item['path'], item['names']) == (trash, room.path, ['precious.txt'])
    assert f'value="{trash}"' in room.visitor.get('/files/~/@@trash').text


def test_deleting_what_is_not_there_deletes_nothing(room):
    room.put('a', b'x')
    assert room.act('delete', names=['a', 'nothing']).status == 404
    assert room.names() == {'a'}


@pytest.mark.parametrize('view', ['delete', 'move', 'copy', 'svn-add', 'svn-revert'])
@pytest.mark.parametrize('names', [[], None, 5, [5], [None], [{'raw': 'zz'}], {'raw': 'ff'}])
def test_names_that_are_none_are_refused(room, view, names):
    assert room.act(view, names=names, to='/').status == 400


@pytest.mark.parametrize('view', ['delete', 'move', 'copy', 'download'])
@pytest.mark.parametrize('names', [None, 5, True, 1.5, {}, [5], [['ff']], ['f'], ['ff' * 256], [{'raw': 'ff'}]])
def test_raw_names_that_are_none_are_refused(room, view, names):
    assert room.act(view, names_raw=names, to='/').status == 400


@pytest.mark.parametrize('view', ['delete', 'move', 'rename', 'svn-add'])
def test_the_longest_name_that_is_no_text_is_named_in_a_refusal(room, view):
    answer = room.act(view, names_raw=['aa' * 255], to='/', new_name='b')
    assert answer.status in (400, 404, 409), answer.body


# -- uploading ------------------------------------------------------------------------------------


def test_files_are_uploaded(room):
    answer = room.upload({'a.txt': b'one', 'b.bin': b'\0\xff'})
    assert (answer.status, sorted(answer.json['saved'])) == (200, ['a.txt', 'b.bin'])
    assert room.content('a.txt') == 'one'


def test_an_upload_never_overwrites_and_says_what_is_in_the_way(room):
    room.put('a.txt', b'old')
    answer = room.upload({'a.txt': b'new', 'c.txt': b'new'})
    assert (answer.status, answer.json['error']['names']) == (409, ['a.txt'])
    assert (room.names(), room.content('a.txt')) == ({'a.txt'}, 'old')


def test_a_zip_is_unpacked_only_on_request(room):
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, 'w') as archive:
            archive.writestr('sub/inner.txt', b'x')
        assert room.upload({'kept.zip': packed.getvalue()}).json['saved'] == ['kept.zip']
        assert room.upload({'opened.zip': packed.getvalue()}, unpack='1').status == 200
    assert room.names() == {'kept.zip', 'sub'}
    assert room.names('sub') == {'inner.txt'}


def test_a_path_sent_by_an_old_browser_is_cut_to_its_name(room):
    assert room.upload({'C:\\work\\a.txt': b'x'}).json['saved'] == ['a.txt']


def test_an_upload_without_files_is_refused(room):
    assert room.upload({}, unpack='1').status == 400


def test_a_form_without_files_says_so_beside_its_field_and_keeps_the_rest(room):
    room.put('a.txt', b'x')
    answer = room.upload({}, accept='text/html', unpack='1')
    assert answer.status == 400
    assert re.search(
        '<p class="field-error" id="uploaded-error" role="alert" data-upload-error="">Choose at least one', answer.text
    )
    assert re.search('<details class="menu" data-new-menu="" open="open">', answer.text)
    assert re.search('name="unpack" value="1" checked="checked"', answer.text)
    assert 'data-name="a.txt"' in answer.text


@pytest.mark.parametrize('view', ['new-file', 'mkdir'])
def test_a_name_that_is_taken_is_refused_beside_the_field_with_the_name_in_it(room, view):
    room.put('taken <1>', b'x')
    answer = room.visitor.submit(room.url('files', view=view), name='taken <1>')
    assert answer.status == 409
    assert re.search('value="taken &lt;1&gt;"[^>]* aria-invalid="true"', answer.text)
    assert len(re.findall('<p class="field-error" id="(?:file|directory)-name-error" role="alert">', answer.text)) == 1


def test_the_form_uploads_and_comes_back(room):
    answer = room.upload({'a.txt': b'x'}, accept='text/html')
    assert (answer.status, answer.location) == (303, f'http://{room.visitor.host}{room.url("files")}')
    assert 'Uploaded a.txt.' in room.visitor.get(room.url('files')).text


# -- without scripts ------------------------------------------------------------------------------


def test_a_form_deletes_what_is_ticked(room):
    room.put('a', b'x')
    room.put('b', b'x')
    answer = room.visitor.submit(room.url('files', view='delete'), names='a', new_name='', to='/', message='')
    assert answer.status == 303
    assert room.names() == {'b'}


def test_a_form_renames_the_one_that_is_ticked(room):
    room.put('a', b'x')
    assert room.visitor.submit(room.url('files', view='rename'), names='a', new_name='z', to='/', message='').status == 303
    assert room.names() == {'z'}


def test_a_form_cannot_give_one_name_to_two(room):
    room.put('a', b'x')
    room.put('b', b'x')
    answer = room.visitor.submit(room.url('files', view='rename') + '?', names='a', names_raw='62', new_name='z')
    assert answer.status == 400
    assert room.names() == {'a', 'b'}


def test_a_form_sends_its_choice_to_the_download(room):
    room.put('a b', b'x')
    answer = room.visitor.submit(room.url('files', view='download'), names='a b')
    assert (answer.status, answer.location) == (303, f'http://{room.visitor.host}{room.url("download")}?name=a+b')


def test_a_choice_that_fits_in_no_address_is_refused_in_words(room):
    answer = room.act('download', names=[str(number) for number in range(10_000)])
    assert (answer.status, answer.json['error']['code']) == (400, 'bad-request')


def test_a_change_without_the_token_changes_nothing(room):
    answer = room.visitor.request(
        'POST', room.url('files', view='mkdir'), b'name=x', {'Content-Type': 'application/x-www-form-urlencoded'}
    )
    assert answer.status == 400
    assert room.names() == set()


@pytest.mark.parametrize('view', ['mkdir', 'delete', 'upload', 'svn-commit'])
def test_looking_at_a_change_is_refused(room, view):
    assert room.visitor.get(room.url('files', view=view)).status == 405


# -- versions -------------------------------------------------------------------------------------


def state_of(room, name):
    return {entry['name']: entry['version']['state'] for entry in room.visitor.get_json(room.url('files')).json['entries']}.get(
        name
    )


def test_a_file_goes_from_unversioned_to_saved_to_changed_and_back(versioned):
    etag = versioned.put('a.txt', b'one\n')
    states = [state_of(versioned, 'a.txt')]
    versioned.act('svn-add', names=['a.txt'])
    states.append(state_of(versioned, 'a.txt'))
    assert isinstance(versioned.act('svn-commit', names=['a.txt'], message='First').json['revision'], int)
    states.append(state_of(versioned, 'a.txt'))
    versioned.visitor.put(versioned.url('edit', 'a.txt'), b'two\n', if_match=f'"{etag}"')
    states.append(state_of(versioned, 'a.txt'))
    versioned.act('svn-revert', names=['a.txt'])
    states.append(state_of(versioned, 'a.txt'))
    assert states == ['unversioned', 'added', 'normal', 'modified', 'normal']
    assert versioned.content('a.txt') == 'one\n'


def two_versions(room):
    """Make a.txt with two versions and return their revisions."""
    etag = room.put('a.txt', b'one\n')
    room.act('svn-add', names=['a.txt'])
    first = room.act('svn-commit', message='First').json['revision']
    room.visitor.put(room.url('edit', 'a.txt'), b'two\n', if_match=f'"{etag}"')
    return first, room.act('svn-commit', message='Second <b>thoughts</b>').json['revision']


def test_history_lists_the_versions_newest_first(versioned):
    first, second = two_versions(versioned)
    revisions = versioned.visitor.get_json(versioned.url('files', 'a.txt', view='log')).json['revisions']
    assert [(item['revision'], item['author'], item['message']) for item in revisions] == [
        (second, 'studenta', 'Second <b>thoughts</b>'),
        (first, 'studenta', 'First'),
    ]


def test_history_is_a_page_on_which_messages_are_only_text(versioned):
    two_versions(versioned)
    assert 'Second &lt;b&gt;thoughts&lt;/b&gt;' in versioned.visitor.get(versioned.url('files', 'a.txt', view='log')).text


def test_differences_between_two_versions_are_shown(versioned):
    first, second = two_versions(versioned)
    query = f'?from={first}&to={second}'
    (file,) = versioned.visitor.get_json(versioned.url('files', 'a.txt', view='diff') + query).json['files']
    assert '\n-one\n+two\n' in file['diff']
    page = versioned.visitor.get(versioned.url('files', 'a.txt', view='diff') + query).text
    assert '-one</div>' in page and '+two</div>' in page


def test_a_past_version_opens_read_only(versioned):
    first, second = two_versions(versioned)
    past = versioned.visitor.get_json(f'{versioned.url("edit", "a.txt")}?revision={first}').json
    assert (past['text'], past['access']) == ('one\n', 'read')
    page = versioned.visitor.get(f'{versioned.url("edit", "a.txt")}?revision={first}').text
    assert f'as it was at revision {first}' in page
    assert 'data-save' not in page


def test_a_past_directory_has_no_controls(versioned):
    first, second = two_versions(versioned)
    page = versioned.visitor.get(f'{versioned.url("files")}?revision={first}').text
    assert f'at revision {first}' in page
    assert '@@delete' not in page
    assert f'{versioned.url("files", "a.txt")}?revision={first}' in page


def test_an_update_brings_the_revision_that_is_asked_for(versioned):
    first, second = two_versions(versioned)
    assert versioned.act('svn-update', revision=first).json['revision'] == first
    assert versioned.content('a.txt') == 'one\n'
    assert versioned.act('svn-update').json['revision'] >= second
    assert versioned.content('a.txt') == 'two\n'


@pytest.mark.parametrize('revision', ['x', -1, True, 1.5, [1], [], False, '9' * 5000, 10**30, '٣'])
def test_an_update_to_no_revision_is_refused(versioned, revision):
    assert versioned.act('svn-update', revision=revision).status == 400


def test_versions_of_what_has_none_are_refused_in_words(room):
    room.put('a.txt', b'x')
    error = room.act('svn-commit', message='x').json['error']
    assert error['code'] == 'svn-not-versioned'


# -- others ---------------------------------------------------------------------------------------


def test_a_tutor_reads_a_students_subject_and_is_told_that_it_is_recorded(site):
    tutor = site.person('tutor')
    page = tutor.get('/files/studenta/151').text
    assert 'This view is recorded' in page
    assert tutor.get_json('/files/studenta/151').json['access'] == 'read'
    assert '@@mkdir' not in page and '@@svn-commit' not in page and 'type="checkbox"' not in page


def test_a_tutor_changes_nothing(site, versioned):
    tutor = site.person('tutor')
    tutor.get(versioned.url('files'))
    assert tutor.post(versioned.url('files', view='mkdir'), {'name': 'x'}).status == 404
    assert tutor.put(versioned.url('edit', 'x'), b'', if_none_match='*').status == 404
    assert versioned.names() == set()


def test_another_student_sees_what_would_be_seen_if_nothing_were_there(site, room):
    other = site.person('studentb')
    answers = [
        other.get_json(path) for path in (room.url('files'), '/files/studenta', '/files/nobody/x', '/files/studenta/@@trash')
    ]
    assert [answer.status for answer in answers] == [404] * 4
    assert len({answer.body for answer in answers}) == 1


def test_the_anonymous_are_sent_to_sign_in_and_scripts_are_told(site, room):
    anybody = site.visitor()
    assert anybody.get(room.url('files')).location.endswith('/login?next=' + room.url('files'))
    assert anybody.get_json(room.url('files')).status == 401
