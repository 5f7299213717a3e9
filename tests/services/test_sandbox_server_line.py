"""A full host: whoever wants a console waits in line, is told where, and gets it by themselves when it is their turn."""

import asyncio
import socket
import time

import pytest

from ivle import chat
from ivle.errors import Conflict, IvleError
from ivle.sandbox import consoles as consoles_module
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.consoles import Consoles
from ivle.sandbox.places import Places
from ivle.sandbox.quota import Quotas
from ivle.settings import Settings
from tests.services.sandbox_host import SandboxHost, a_place_for_all, eventually, make_account, takes_less

CLASS = [f'pupil{number}' for number in range(30)]


@pytest.fixture(scope='module')
def host(tmp_path_factory):
    """Return a host with room for two consoles."""
    settings = {'console.in_all': 2, 'console.starting': 1, 'console.idle_when_full': 1}
    running = SandboxHost(a_place_for_all(tmp_path_factory), **settings)
    for login in CLASS:
        make_account(running.settings, login)
    with running:
        yield running


@pytest.fixture(autouse=True)
def nobody(host):
    yield
    for login in ('studenta', 'studentb', *CLASS):
        host.ask(end={'login': login})


@pytest.fixture
def busy(host):
    """Return two consoles of others, in which programs run: all the host has."""
    consoles = [host.console(login) for login in CLASS[:2]]
    keys = [console.start() for console in consoles]
    for console, key in zip(consoles, keys, strict=True):
        console.chat(key, 'block', 'import time; time.sleep(60)\n', wait=0)
    return [(console, key) for console, key in zip(consoles, keys, strict=True)]


def contents(answer):
    return [{kind: value for kind, value in reply.items() if kind != 'seq'} for reply in answer['replies']]


def state(console, key):
    return {one['key']: one['state'] for one in console.list()}.get(key)


def places(console, key):
    return [reply['queued']['place'] for reply in contents(console.output(key, 0)) if 'queued' in reply]


def test_on_a_full_host_a_key_comes_at_once_and_says_where_it_stands(host, busy):
    mine = host.console('studenta')
    # Nobody leaves the places that are taken: had it waited for one, it would not have come.
    key = mine.start()
    [reply] = contents(mine.output(key, 0))
    assert reply['queued']['place'] == 1 and reply['queued']['seconds'] >= 1
    assert state(mine, key) == 'queued'
    assert host.status()['boxes'] == 2


def test_a_console_that_waits_takes_no_command_and_answers_the_greeting_with_its_place(host, busy):
    mine = host.console('studenta')
    key = mine.start()
    for use in (lambda: mine.chat(key, 'chat', '1\n'), lambda: mine.chat(key, 'globals'), lambda: mine.interrupt(key)):
        with pytest.raises(Conflict) as refused:
            use()
        assert 'waits for a place' in refused.value.message
    greeted = mine.chat(key, 'splash')
    assert 'queued' in greeted['replies'][-1] and not greeted['busy']
    assert mine.typed(key) == []


def test_a_place_that_becomes_free_starts_the_console_and_its_stream_says_so(host, busy):
    mine = host.console('studenta')
    key = mine.start()
    with host.line(console_stream={'login': 'studenta', 'key': key, 'after': 0}) as line:
        assert [chat.read_value(line), 'queued' in chat.read_value(line)] == [{'okay': {}}, True]
        chat.write_value(line, {'cmd': 'chat', 'text': '1\n'})
        assert 'waits for a place' in chat.read_value(line)['refused']
        busy[0][0].terminate(busy[0][1])
        assert chat.read_value(line)['okay'] is None
        chat.write_value(line, {'cmd': 'chat', 'text': '1 + 1\n'})
        assert chat.read_value(line)['output'] == '2\n'


def test_whoever_gives_up_lets_the_next_one_move_up(host, busy):
    first, second = host.console('studenta'), host.console('studentb')
    given_up, kept = first.start(), second.start()
    assert places(second, kept) == [2]
    assert contents(first.terminate(given_up))[-1] == {'terminate': 'You gave up your place in the line.'}
    assert eventually(lambda: places(second, kept)[-1] == 1)
    assert first.list() == []


def test_whoever_has_no_console_comes_before_a_second_one(host, busy):
    late, early = host.console('studenta'), busy[0][0]
    second = early.start()
    first = late.start()
    busy[1][0].terminate(busy[1][1])
    assert eventually(lambda: state(late, first) == 'idle')
    assert state(early, second) == 'queued'


def test_consoles_that_wait_count_for_a_person(host, busy):
    mine = host.console('studenta')
    for _ in range(3):
        mine.start()
    with pytest.raises(IvleError) as refused:
        mine.start()
    assert refused.value.code == 'too-many'


def test_who_is_idle_for_longest_makes_room_and_reads_why(host):
    older, newer = host.console('studenta'), host.console('studentb')
    old, new = older.start(), newer.start()
    newer.chat(new, 'chat', '1\n')
    third = host.console(CLASS[0])
    key = third.start()
    assert eventually(lambda: state(third, key) == 'idle')
    ended = contents(older.output(old, 0))[-1]['terminate']
    assert 'idle' in ended and 'others wait for a place' in ended
    assert state(newer, new) == 'idle'


def test_who_has_waited_long_for_a_place_has_it_from_when_it_came(host, busy):
    third, fourth = host.console(CLASS[2]), host.console(CLASS[3])
    key, _ = third.start(), fourth.start()
    # Longer than anybody may be idle here while others wait.
    time.sleep(1.5)
    console, ended = busy[0]
    console.terminate(ended)
    assert eventually(lambda: state(third, key) == 'idle')
    time.sleep(0.5)
    assert state(third, key) == 'idle'


def test_nobody_is_ended_for_being_idle_while_nobody_waits(host):
    mine = host.console('studenta')
    key = mine.start()
    time.sleep(2.5)
    assert state(mine, key) == 'idle'


def test_a_program_that_runs_is_not_idle(host, busy):
    mine = host.console('studenta')
    key = mine.start()
    time.sleep(2.5)
    assert state(mine, key) == 'queued'
    assert [state(console, key) for console, key in busy] == ['busy', 'busy']


def test_a_console_that_ended_waits_for_a_place_when_it_begins_again(host, busy):
    console, key = busy[0]
    console.terminate(key)
    other = host.console('studenta')
    taken = other.start()
    other.chat(taken, 'block', 'import time; time.sleep(60)\n', wait=0)
    answer = console.restart(key)
    assert 'queued' in contents(answer)[-1]
    other.terminate(taken)
    assert eventually(lambda: state(console, key) == 'idle')
    assert [next(iter(reply)) for reply in contents(console.output(key, answer['next']))] == ['restart', 'okay']


def test_a_class_that_comes_at_once_is_served_one_after_the_other(host):
    pupils = [host.console(login) for login in CLASS]
    waiting = [(pupil, pupil.start()) for pupil in pupils]
    assert sorted(state(pupil, key) for pupil, key in waiting) == ['idle'] * 2 + ['queued'] * 28
    for number, (pupil, key) in enumerate(waiting):
        assert eventually(lambda pupil=pupil, key=key: state(pupil, key) == 'idle'), number
        assert contents(pupil.chat(key, 'chat', f'{number}\n'))[0] == {'output': f'{number}\n'}
        pupil.terminate(key)


# -- many who start at once ---------------------------------------------------------------------------


class Boxes:
    """Boxes that take some time to start and hold nothing."""

    def __init__(self, seconds):
        self._seconds = seconds
        self.starting, self.most = 0, 0

    async def start(self, spec):
        self.starting += 1
        self.most = max(self.most, self.starting)
        await asyncio.sleep(self._seconds)
        self.starting -= 1
        return Box()


class Box:
    def __init__(self):
        self.channel, self._theirs = socket.socketpair()
        self.channel.setblocking(False)
        self._theirs.send(chat.frame(b'{"ready":null}'))

    async def end(self):
        self.channel.close()
        self._theirs.close()
        return 'killed'


@pytest.mark.parametrize(('seconds', 'states'), [(0.02, {'idle'}), (1, {'idle', 'queued'})], ids=['quick', 'slow'])
def test_starts_are_bounded_and_a_short_wait_is_no_line(tmp_path, seconds, states):
    async def run():
        boxes = Boxes(seconds)
        settings = Settings(data=tmp_path, consoles_starting=4)
        consoles = Consoles(settings, boxes, b'secret', Quotas(settings, Places(settings)))
        consoles.start_reaping()
        await consoles.start('first', '/')
        logins = [f's{number}' for number in range(20)]
        await asyncio.gather(*(consoles.start(login, '/') for login in logins))
        found = {consoles.list(login)[0]['state'] for login in logins}
        await consoles.close()
        return found, boxes.most

    assert asyncio.run(run()) == (states, 4)


# -- the line alone ---------------------------------------------------------------------------------


def in_line(tmp_path, work):
    """Return what the coroutine function `work` makes of the consoles of a host that has room for none."""

    async def run():
        settings = Settings(data=tmp_path, consoles_in_all=0)
        consoles = Consoles(settings, None, b'secret', Quotas(settings, Places(settings)))
        consoles.start_reaping()
        try:
            return await work(consoles)
        finally:
            await consoles.close()

    return asyncio.run(run())


def test_a_class_of_hundreds_gets_its_keys_at_once(tmp_path):
    async def work(consoles):
        keys = [(f's{number}', await consoles.start(f's{number}', '/')) for number in range(350)]
        last = await consoles.output(*keys[-1], 0, 0)
        return last['replies'][0]['queued']['place'], {consoles.list(login)[0]['state'] for login, _ in keys}

    assert takes_less(5, lambda: in_line(tmp_path, work))
    assert in_line(tmp_path, work) == (350, {'queued'})


def test_a_line_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(consoles_module, 'MOST_WAITING', 2)

    async def work(consoles):
        for login in ('a', 'b'):
            await consoles.start(login, '/')
        with pytest.raises(Refusal) as refused:
            await consoles.start('c', '/')
        return refused.value.code

    assert in_line(tmp_path, work) == 'too-many'


def test_whoever_does_not_look_loses_their_place_and_whoever_does_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr(consoles_module, 'UNLOOKED_SECONDS', 1.5)

    async def work(consoles):
        gone, here = await consoles.start('gone', '/'), await consoles.start('here', '/')
        begun, moved = time.monotonic(), False
        # Long enough that whoever looks would lose their place as well, did looking not keep it.
        while time.monotonic() < begun + 4 or not (moved or time.monotonic() > begun + 120):
            await asyncio.sleep(0.05)
            replies = (await consoles.output('here', here, 0, 0))['replies']
            moved = moved or replies[-1]['queued']['place'] == 1
        return (
            moved,
            consoles.list('gone'),
            len(consoles.list('here')),
            (await consoles.output('gone', gone, 0, 0))['replies'][-1],
        )

    moved, left, kept, said = in_line(tmp_path, work)
    assert (moved, left, kept) == (True, [], 1)
    assert 'Nobody looked' in said['terminate']


def test_a_console_can_be_told_something_that_is_no_output(tmp_path):
    async def work(consoles):
        key = await consoles.start('ann', '/')
        consoles.find('ann', key).notice('Your files take up nearly all your space.')
        return (await consoles.output('ann', key, 0, 0))['replies'][-1]

    assert in_line(tmp_path, work) == {'notice': 'Your files take up nearly all your space.', 'seq': 2}
