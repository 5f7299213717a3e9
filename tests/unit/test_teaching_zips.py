"""Courses as zip files, whoever made them."""

import io
import stat
import zipfile

import pytest

from ivle.teaching.problems import BadCourse
from ivle.teaching.zips import LARGEST_ZIP, read_zip, zip_of


def packed(*entries):
    """Return a zip file of (name or ZipInfo, bytes)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, 'w', zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    return made.getvalue()


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def test_files_survive_a_zip_file_and_the_same_files_are_the_same_bytes():
    files = {'course.toml': b'layout = 1\n', 'worksheets/a/worksheet.rst': 'Größe'.encode()}
    assert read_zip(zip_of(files)) == files
    assert zip_of(files) == zip_of(dict(reversed(files.items())))


def test_the_folder_that_all_is_in_and_what_systems_add_are_left_out():
    content = packed(('151/course.toml', b'x'), ('151/.git/config', b'x'), ('__MACOSX/151/._course.toml', b'x'))
    assert read_zip(content) == {'course.toml': b'x'}


def test_a_folder_of_a_course_is_no_folder_to_leave_out():
    assert read_zip(packed(('exercises/fac.xml', b'x'))) == {'exercises/fac.xml': b'x'}


@pytest.mark.parametrize(
    ('content', 'sentence'),
    [
        (b'', 'no zip file'),
        (b'PK\x03\x04 nonsense', 'no zip file'),
        (packed(('../x', b'')), 'cannot be the name'),
        (packed(('/etc/passwd', b'')), 'cannot be the name'),
        (packed(('a//b', b'')), 'cannot be the name'),
        (packed(('/'.join('a' * 20), b'')), 'cannot be the name'),
        (packed((link('course.toml'), b'/etc/passwd')), 'it is a link'),
        (packed(('big', b'\0' * (6 << 20))), 'more than the 5 MiB'),
        (packed(*((f'{number}', b'\0' * (5 << 20)) for number in range(10))), 'more than the 48 MiB'),
        (packed(*((f'{number}', b'') for number in range(5001))), 'more than 5000 files'),
        (b'x' * (LARGEST_ZIP + 1), 'larger than 16 MiB'),
    ],
)
def test_what_is_no_course_or_a_trap_is_refused(content, sentence):
    with pytest.raises(BadCourse) as refusal:
        read_zip(content)
    assert sentence in str(refusal.value)
