"""The files of histories: what is kept of what was typed, within bounds, whatever happened to the file."""

import json
import os

import pytest

from ivle.sandbox import history
from ivle.sandbox.history import Files
from ivle.sandbox.typed import MOST_BYTES, MOST_ENTRIES, Typed
from ivle.settings import Settings


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data=tmp_path)
    settings.path('accounts', 'ann').mkdir(parents=True)
    return settings


@pytest.fixture
def files(settings):
    return Files(settings)


@pytest.fixture
def place(settings):
    return settings.path('history', 'ann', 'console.jsonl')


def test_texts_are_found_again_in_their_order(files, place):
    files.append_all({'ann': ['x = 1', 'for i in x:\n    print("ä")']})
    files.append_all({'ann': ['y']})
    assert files.read('ann') == ['x = 1', 'for i in x:\n    print("ä")', 'y']
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_a_text_typed_again_at_once_is_kept_once(files):
    files.append_all({'ann': ['x']})
    files.append_all({'ann': ['x', 'y']})
    files.append_all({'ann': ['x']})
    assert files.read('ann') == ['x', 'y', 'x']


def test_the_newest_five_hundred_are_kept_and_the_file_stays_small(files, place):
    for start in range(0, 10_000, 100):
        files.append_all({'ann': [f'{number}' for number in range(start, start + 100)]})
    assert files.read('ann') == [str(number) for number in range(9500, 10_000)]
    assert len(place.read_text().splitlines()) <= history.MOST_TEXTS * history.GROWTH


def test_long_texts_are_bounded_in_all(files, place):
    for number in range(200):
        files.append_all({'ann': [f'{number}' + 'ü' * 10_000]})
    texts = files.read('ann')
    assert sum(len(json.dumps(text, ensure_ascii=False).encode()) for text in texts) <= history.MOST_BYTES
    assert texts[-1].startswith('199') and len(texts) > 5
    assert place.stat().st_size < 2 << 20


@pytest.mark.parametrize('torn', ['"y = ', '"y = 2"', '', '\0\0\0', '[1]\n', '{"a"', '\udcff'])
def test_a_line_that_a_kill_has_torn_takes_no_other_along(files, place, torn):
    files.append_all({'ann': ['x']})
    with open(place, 'ab') as file:
        file.write(torn.encode('utf-8', 'surrogateescape'))
    files.append_all({'ann': ['z']})
    assert [text for text in files.read('ann') if text != 'y = 2'] == ['x', 'z']


def test_a_file_that_was_being_written_anew_is_the_old_one(files, place):
    files.append_all({'ann': ['x']})
    place.with_suffix('.new').write_text('"half')
    assert files.read('ann') == ['x']


def test_nothing_is_written_for_an_account_that_is_gone(files, settings):
    files.append_all({'bob': ['x']})
    assert not settings.path('history', 'bob').exists()
    assert files.read('bob') == []


def test_a_link_in_place_of_the_file_is_not_followed(files, place, tmp_path):
    place.parent.mkdir(parents=True)
    os.symlink(tmp_path / 'elsewhere', place)
    files.append_all({'ann': ['x']})
    assert not (tmp_path / 'elsewhere').exists()


def test_what_was_typed_into_a_console_is_bounded():
    typed = Typed()
    for number in range(400):
        typed.add(number, 'chat', f'{number}')
    assert [entry['after'] for entry in typed.list()] == list(range(400 - MOST_ENTRIES, 400))
    for number in range(100):
        typed.add(number, 'block', 'x' * 10_000)
    assert len(json.dumps(typed.list())) < MOST_BYTES + 10_000
    typed.add(1, 'run', {'path': 'a', 'args': ['\1' * 100_000]})
    assert typed.list()[-1]['cmd'] == 'block'
