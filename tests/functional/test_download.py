"""Downloads over HTTP on a real site: bytes as they are, zips, past versions, and nothing that is shown or run."""

import io
import os
import zipfile

import pytest

PICTURE = b'\x89PNG\r\n\x1a\n' + bytes(2000)


@pytest.fixture(scope='module')
def studenta(site):
    """Return studenta, with a directory of things to take along."""
    place = site.data / 'accounts' / 'studenta' / 'home' / 'taken'
    files = {
        'page.html': b'<script>alert(1)</script>',
        'picture.png': PICTURE,
        'drawing.svg': b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        'caf\u00e9 "1"; x=\\y.txt': b'odd',
        'deep/er/a.txt': b'a',
        'deep/b.txt': b'b',
    }
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    owner = place.parent.stat()
    for path in [place, *place.rglob('*')]:
        os.chown(path, owner.st_uid, owner.st_gid)
    return site.person('studenta')


def names_in(answer):
    assert answer.headers['Content-Type'] == 'application/zip'
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        return sorted(name for name in archive.namelist() if not name.endswith('/'))


def test_a_file_is_taken_along_as_it_is(studenta):
    answer = studenta.get('/download/studenta/taken/page.html')
    assert answer.body == b'<script>alert(1)</script>'
    assert answer.headers['Content-Type'] == 'application/octet-stream'
    assert answer.headers['Content-Disposition'] == 'attachment; filename="page.html"'
    assert answer.headers['Content-Security-Policy'] == "default-src 'none'; sandbox"
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'


def test_a_program_is_never_run(studenta):
    assert studenta.get('/download/studenta/151/hello.py').text.startswith('"""')


def test_a_browser_that_has_the_file_is_not_sent_it_again(studenta):
    etag = studenta.get('/download/studenta/taken/picture.png').headers['ETag']
    answer = studenta.request('GET', '/download/studenta/taken/picture.png', headers={'If-None-Match': etag})
    assert (answer.status, answer.body) == (304, b'')


@pytest.mark.parametrize(
    ('wanted', 'status', 'body'),
    [
        ('bytes=0-7', 206, PICTURE[:8]),
        ('bytes=2000-', 206, PICTURE[2000:]),
        ('bytes=-5', 206, PICTURE[-5:]),
        ('bytes=9999-', 416, b''),
        ('lines=1-2', 200, PICTURE),
    ],
)
def test_a_film_can_be_read_from_its_middle(studenta, wanted, status, body):
    answer = studenta.request('GET', '/download/studenta/taken/picture.png', headers={'Range': wanted})
    assert (answer.status, answer.body) == (status, body)


def test_a_part_of_another_version_is_not_mixed_in(studenta):
    headers = {'Range': 'bytes=0-7', 'If-Range': '"another"'}
    assert studenta.request('GET', '/download/studenta/taken/picture.png', headers=headers).body == PICTURE


def test_a_head_request_tells_the_size(studenta):
    answer = studenta.request('HEAD', '/download/studenta/taken/picture.png')
    assert (answer.status, answer.headers['Content-Length'], answer.body) == (200, str(len(PICTURE)), b'')


def test_an_odd_name_is_told_in_both_ways(studenta):
    answer = studenta.get('/download/studenta/taken/caf%C3%A9%20%221%22;%20x=%5Cy.txt')
    expected = 'attachment; filename="caf_ _1__ x=_y.txt"; filename*=UTF-8\'\'caf%C3%A9%20%221%22%3B%20x%3D%5Cy.txt'
    assert (answer.body, answer.headers['Content-Disposition']) == (b'odd', expected)


def test_a_picture_can_be_shown_inside_our_pages(studenta):
    answer = studenta.get('/download/studenta/taken/picture.png?inline=1')
    assert answer.headers['Content-Type'] == 'image/png'
    assert answer.headers['Content-Disposition'].startswith('inline;')


@pytest.mark.parametrize('name', ['page.html', 'drawing.svg'])
def test_what_can_hold_programs_is_never_shown(studenta, name):
    answer = studenta.get(f'/download/studenta/taken/{name}?inline=1')
    assert answer.headers['Content-Type'] == 'application/octet-stream'
    assert answer.headers['Content-Disposition'].startswith('attachment;')


def test_a_directory_comes_as_a_zip(studenta):
    answer = studenta.get('/download/studenta/taken/deep')
    assert answer.headers['Content-Disposition'] == 'attachment; filename="deep.zip"'
    assert [name.split('/', 1)[-1] if name.startswith('deep/') else name for name in names_in(answer)] == ['b.txt', 'er/a.txt']


def test_a_choice_of_names_comes_as_a_zip(studenta):
    assert names_in(studenta.get('/download/studenta/taken?name=page.html&name=picture.png')) == ['page.html', 'picture.png']


def test_a_zip_leaves_out_what_version_control_keeps(studenta):
    assert [name for name in names_in(studenta.get('/download/studenta/151')) if '.svn' in name] == []


def test_a_past_version_is_the_past_version(studenta):
    revisions = studenta.get_json('/files/studenta/151/hello.py/@@log').json['revisions']
    oldest = revisions[-1]['revision']
    past = studenta.get(f'/download/studenta/151/hello.py?revision={oldest}')
    assert past.status == 200 and past.body


@pytest.mark.parametrize(
    ('query', 'status'),
    [('revision=x', 400), ('revision=999999999', 404), ('name=..', 400), ('name=a/b', 400), ('name=nothing', 404)],
)
def test_a_bad_question_is_refused(studenta, query, status):
    assert studenta.get(f'/download/studenta/151?{query}').status == status


def test_what_is_not_there_is_not_found(studenta):
    assert studenta.get('/download/studenta/taken/nothing').status == 404


def test_a_download_takes_no_posts(studenta):
    assert studenta.submit('/download/studenta/taken/page.html').status == 405
