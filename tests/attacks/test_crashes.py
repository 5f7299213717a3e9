"""What breaks at the worst moment: the zygote, the daemon, a box that stands ready. People hear of it, and nothing stays."""

import contextlib
import os
import tempfile
import time

import pytest

from ivle.errors import ServiceDown
from ivle.sandbox.limits import Limits
from tests import leaks
from tests.attacks.host import CONSOLE_ARGUMENTS, WarmDaemon, WarmHost
from tests.contract.consoles import children_of, eventually, kill, output_of
from tests.services.sandbox_host import SandboxHost, parent_of

ENOUGH_SECONDS = 30.0


@pytest.fixture
def own():
    """Return a WarmHost that no other test uses."""
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix='own-'))
        yield WarmHost(stack.enter_context(contextlib.closing(WarmDaemon(data, pool=3))), stack)


@pytest.fixture
def server():
    """Return a host with a real sandbox-server whose boxes stand ready."""
    with tempfile.TemporaryDirectory(prefix='server-') as data, SandboxHost(data, **{'sandbox.pool': 3}) as server:
        assert eventually(lambda: server.status()['ready'] == 3), (server.status(), server.log())
        yield server


def zygote_of(server):
    """Return the process id of the first process of the outer box."""
    for pid in server.processes():
        with contextlib.suppress(OSError), open(f'/proc/{pid}/cmdline') as file:
            if 'boxes.zygote' in file.read() and b'boxes.outer' in command_of(parent_of(pid)):
                return pid
    return None


def command_of(pid):
    with open(f'/proc/{pid}/cmdline', 'rb') as file:
        return file.read()


def keepers_of(server):
    """Return the process ids of the first processes of all warm boxes."""
    zygote = zygote_of(server)
    return [] if zygote is None else [pid for pid in children_of(zygote) if parent_of(pid) == zygote]


def are_gone(pids, seconds=ENOUGH_SECONDS):
    """Return whether none of the processes is there any more, in time."""
    return eventually(lambda: not any(map(leaks.is_running, pids)), seconds)


def start_anything(host):
    """Return what the daemon says to the wish for a console, be it warm or cold."""
    words = {'program': 'python-console', 'login': 'jdoe', 'arguments': CONSOLE_ARGUMENTS}
    answer, descriptors = host.daemon.ask('start', spec=words, limits=vars(Limits.of(host.settings, 'console')))
    for descriptor in descriptors:
        os.close(descriptor)
    return answer


def descriptors_at_rest(host):
    """Return how many descriptors the daemon has at rest, boxes that stand ready and identities not counted."""
    seen = []

    def is_at_rest():
        state = host.daemon.state()
        # A box has two; an identity has one, and is used again.
        seen.append(state['descriptors'] - 2 * state['idle'] - state['identities'])
        return len(seen) > 10 and len(set(seen[-10:])) == 1

    assert eventually(is_at_rest)
    return seen[-1]


# -- the zygote ---------------------------------------------------------------------------------------


def test_with_the_zygote_every_box_of_it_ends(own):
    talk = own.console()
    maker, zygote = own.daemon.outer
    below = children_of(zygote)
    assert len(below) >= 4
    kill(zygote)
    assert are_gone([maker, zygote, *below])
    assert talk.hear() is None
    assert talk.box.reason_of_end() == 'stopped'


def test_after_the_end_of_the_zygote_boxes_are_cold_until_there_is_another(own):
    kill(own.daemon.outer[1])
    assert eventually(lambda: not own.daemon.state()['is_warm'])
    assert start_anything(own)['is_warm'] is False
    assert eventually(lambda: own.daemon.state()['is_warm'])
    assert own.attempt('read', path='note.txt') == {'did': 'by jdoe'}


def test_after_three_zygotes_the_daemon_holds_no_more_than_after_one(own):
    def renew():
        kill(own.daemon.outer[1])
        assert eventually(lambda: not own.daemon.state()['is_warm'])
        assert eventually(lambda: own.daemon.state()['is_warm'])
        assert eventually(lambda: own.daemon.state()['idle'] == 3)

    own.attempt('read', path='note.txt')
    renew()
    before = descriptors_at_rest(own)
    for _ in range(2):
        renew()
    assert descriptors_at_rest(own) <= before
    assert len(own.daemon.outer) == 2


def test_a_person_whose_console_ended_with_the_zygote_is_told_and_can_go_on(server):
    mine = server.console('studenta')
    key = mine.start()
    heard = mine.chat(key, 'chat', 'print(1)')
    assert heard['replies'][0]['output'] == '1\n'
    kill(zygote_of(server))
    # An answer waits a second at most, and the end of a box may take longer to be known.
    assert eventually(lambda: mine.output(key, heard['next'])['replies'])
    [last] = mine.output(key, heard['next'])['replies']
    assert last['terminate'].endswith('.')
    mine.restart(key)
    assert output_of(mine.chat(key, 'chat', 'print(2)')['replies']) == '2\n'


def test_the_daemon_makes_a_new_zygote_by_itself(server):
    old = zygote_of(server)
    kill(old)
    assert eventually(lambda: zygote_of(server) not in (None, old))
    assert eventually(lambda: len(keepers_of(server)) >= 3)


# -- the daemon ---------------------------------------------------------------------------------------


def test_everything_ends_within_two_seconds_of_the_daemon_whatever_ends_it(server):
    mine = server.console('studenta')
    mine.chat(mine.start(), 'chat', 'import subprocess; subprocess.Popen(["sleep", "600"], start_new_session=True)')
    pids = server.processes()
    assert len(pids) > 8
    server.kill()
    assert are_gone(pids)


# -- a box --------------------------------------------------------------------------------------------


def test_a_box_that_died_while_it_stood_ready_is_nobody_s(own):
    assert eventually(lambda: own.daemon.state()['idle'] == 3)
    ready = own.daemon.keepers
    for pid in ready:
        kill(pid)
    assert are_gone(ready)
    started = time.monotonic()
    assert own.attempt('read', path='note.txt') == {'did': 'by jdoe'}
    assert time.monotonic() - started < ENOUGH_SECONDS


def test_a_box_whose_student_s_half_died_while_it_stood_ready_is_nobody_s(own):
    assert eventually(lambda: own.daemon.state()['idle'] == 3)
    ready = own.daemon.keepers
    for keeper in ready:
        for worker in children_of(keeper):
            kill(worker)
    assert are_gone(ready)
    assert own.attempt('read', path='note.txt') == {'did': 'by jdoe'}


def test_a_person_whose_box_died_before_it_was_ready_is_told_or_gets_another(server):
    for keeper in keepers_of(server):
        for worker in children_of(keeper):
            kill(worker)
    mine = server.console('studenta')
    # One box after another turns out to be dead: that is said in words, and does not go on for ever.
    with contextlib.suppress(ServiceDown):
        mine.start()
    assert output_of(mine.chat(mine.start(), 'chat', 'print(3)')['replies']) == '3\n'


def test_forty_boxes_cost_the_daemon_no_descriptors(own):
    def run():
        for login in ('jdoe', 'asmith'):
            attempt = own.start('descriptors', login=login)
            attempt.report()
            attempt.box.end()

    run()
    before = descriptors_at_rest(own)
    for _ in range(20):
        run()
    own.daemon.ask('look_after')
    assert descriptors_at_rest(own) < before + 5
    # Those that stand ready after a rush have one each, and as many are spare.
    assert own.daemon.state()['identities'] <= 2 * own.settings.pool_most + 2
