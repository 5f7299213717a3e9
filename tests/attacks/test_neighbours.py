"""Two boxes at once: of one account and of two. Neither finds, reaches or disturbs the other."""

import secrets
from dataclasses import replace

import pytest

from tests.attacks.host import SMALL

MANY = replace(SMALL, open_files=200)
THINGS = ['abstract socket', 'process', 'shm', 'socket', 'tmp']


@pytest.fixture(params=['jdoe', 'asmith'], ids=['of the same account', 'of another'])
def victim(request, host):
    """Return a box that keeps things wherever others might look, beside one of jdoe."""
    attempt = host.start('keep_things', login=request.param, word='a-word-that-is-kept')
    assert attempt.line() == 'ready'
    yield attempt
    attempt.say(b'x')
    assert attempt.report() == {'did': 'x'}


def test_nothing_that_a_neighbour_keeps_is_found(host, victim):
    assert host.attempt('look_for_things') == {'did': []}


def test_in_one_box_all_of_it_is_found(host):
    assert host.attempt('look_for_things', beside='a-word') == {'did': THINGS}


def test_a_neighbour_outlives_whoever_kills_everybody(host, victim):
    assert host.attempt('kill_everybody') == {'refused': 'ESRCH'}


def test_a_neighbour_is_not_disturbed_by_whoever_fills_sockets_with_descriptors(host, victim):
    filler = host.start('fill_sockets_with_descriptors', most=4000)
    assert filler.report() > 0
    # Nor is the daemon, which passes descriptors to each new box.
    assert host.attempt('look_for_things') == {'did': []}


def test_locks_on_what_all_may_read_are_seen_by_others_and_those_on_one_s_own_are_not(host):
    # Known and accepted: a program that is read by two boxes is one file.
    holder = host.start('lock', login='asmith', path='/usr/bin/env')
    assert holder.line() == 'ready'
    assert host.attempt('lock', path='/usr/bin/env') == {'refused': 'EAGAIN'}
    assert host.start('lock', path='note.txt').line() == 'ready'


def test_the_root_of_boxes_that_stand_ready_is_one_directory(host):
    # Known: as with what lies below /usr, a lock on it is seen by others; nobody can write there.
    holder = host.start('lock', login='asmith', path='/')
    assert holder.line() == 'ready'
    attempt = host.start('lock', path='/')
    assert attempt.line() == {'cold': 'ready', 'warm': '{"refused": "EAGAIN"}'}[host.kind]


def test_no_watch_tells_which_programs_a_neighbour_uses(host, outside):
    assert host.start('watch', path='/usr/bin').report() == {'refused': 'EPERM'}
    assert host.attempt('take_all_watches') == {'did': 0}
    assert outside('take_all_watches')['did'] > 0


def test_nothing_is_waited_for_in_a_way_that_the_kernel_counts_for_all_boxes_together(host, outside):
    assert host.attempt('wait_with_epoll') == {'refused': 'EPERM'}
    assert outside('wait_with_epoll') == {'did': None}


def test_programs_find_another_way_to_wait_for_several_things(host):
    assert host.attempt('wait_in_a_loop') == {'did': 'PollSelector'}


# -- what a box that stood ready has from the interpreter it was forked from -------------------------------


def test_no_word_of_another_console_is_in_the_memory_of_a_box(warm):
    word = secrets.token_hex(12)
    inverted = bytes(255 - number for number in word.encode()).hex()
    talk = warm.console('asmith')
    talk.run(f'secret = {word!r}\nopen("/tmp/secret", "w").write(secret)\nimport os; os.environ["SECRET"] = secret')
    # More than stand ready: those that were made before it, and those made after it.
    found = [warm.attempt('search_memory', inverted=inverted) for _ in range(warm.settings.pool + 4)]
    assert found == [{'did': False}] * len(found)
    assert warm.attempt('search_memory', inverted=inverted, beside=word) == {'did': True}


def test_two_boxes_draw_different_numbers(host):
    first, second = host.attempt('draw')['did'], host.attempt('draw')['did']
    assert [name for name in first if first[name] == second[name]] == []
    # The control: they draw from the same kind of source.
    assert host.attempt('draw', seed=1) == host.attempt('draw', seed=1)


def test_boxes_that_stood_ready_share_the_order_of_their_sets(warm, cold):
    # Known and accepted: it is chosen when the interpreter starts, and that is once.
    assert warm.attempt('hash_of', word='spam') == warm.attempt('hash_of', word='spam')
    assert cold.attempt('hash_of', word='spam') != cold.attempt('hash_of', word='spam')
