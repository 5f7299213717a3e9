"""The console gateway as a process: entry by token, relay both ways, and clear ends."""

import contextlib
import json
import time
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.services.gateway_process import GatewayProcess, ScriptedHost


@pytest.fixture(scope='module')
def gateway(tmp_path_factory):
    with GatewayProcess(tmp_path_factory.mktemp('gateway')) as process:
        yield process


@pytest.fixture
def host(gateway):
    with contextlib.closing(ScriptedHost(gateway.settings)) as scripted:
        scripted.start()
        yield scripted


def echo(line, question):
    """Answer every command with the same text as output."""
    line.say({'okay': {}})
    number = question['after']
    while True:
        command = line.hear()
        number += 1
        line.say({'output': command['text'], 'seq': number})


def say_and_stay(*replies):
    """Return a script that says replies and then only listens."""

    def play(line, question):
        for reply in replies:
            line.say(reply)
        line.hear()

    return play


def farewell(browser):
    """Return the code and the reason with which the gateway closes the connection."""
    with pytest.raises(ConnectionClosed) as closed:
        browser.recv(timeout=60)
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_commands_go_up_and_replies_come_down_one_a_message(gateway, host):
    host.play = echo
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'one'}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'zwei ü 🐍'}))
        received = [json.loads(browser.recv(timeout=60)) for _ in range(2)]
    assert received == [{'output': 'one', 'seq': 1}, {'output': 'zwei ü 🐍', 'seq': 2}]


def test_the_host_is_asked_for_the_console_of_the_token_and_no_other(gateway, host):
    host.play = echo
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token('studentb', 'cd' * 16), 'after': 41}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'x'}))
        assert json.loads(browser.recv(timeout=60))['seq'] == 42
    assert host.questions == [{'console_stream': {'login': 'studentb', 'key': 'cd' * 16, 'after': 41}}]


def test_the_host_hears_that_the_browser_left(gateway, host):
    host.play = echo
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'x'}))
        browser.recv(timeout=60)
    assert host.ended.wait(5)


@pytest.mark.parametrize(
    'first',
    [
        '',
        'hello',
        '[]',
        '{}',
        '{"token": 1}',
        '{"token": "x", "after": -1}',
        '{"token": "x", "after": "1"}',
        '{"token": "x", "token": "y"}',
        '{"token": "x", "key": "y"}',
        b'{}',
    ],
)
def test_a_first_message_that_is_no_greeting_ends_the_connection(gateway, first):
    with gateway.connect() as browser:
        browser.send(first)
        assert farewell(browser)[0] == 4400


def test_a_forged_token_is_refused(gateway):
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()[:-1] + 'x'}))
        assert farewell(browser)[0] == 4401


def test_an_expired_token_is_refused_and_says_so(gateway):
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token(now=time.time() - 61)}))
        code, reason = farewell(browser)
    assert code == 4401 and 'expired' in reason


def test_a_silent_browser_is_sent_away_after_five_seconds(gateway):
    started = time.monotonic()
    with gateway.connect() as browser:
        assert farewell(browser)[0] == 4408
    assert time.monotonic() - started > 4.5


def test_a_page_of_another_site_cannot_connect(gateway):
    with pytest.raises(InvalidStatus) as refused, gateway.connect(origin='http://evil.example'):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize('origin', ['http://127.0.0.1:6543', 'http://localhost:6543', None])
def test_pages_of_this_site_and_programs_connect(gateway, host, origin):
    host.play = echo
    with gateway.connect(origin=origin) as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'x'}))
        assert json.loads(browser.recv(timeout=60))['output'] == 'x'


def test_a_console_that_is_not_there_ends_with_its_own_code(gateway, host):
    host.play = say_and_stay({'error': {'code': 'not-found', 'message': 'no'}})
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        assert farewell(browser)[0] == 4404


def test_a_host_that_is_down_ends_with_a_code_that_means_come_back(gateway):
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        assert farewell(browser)[0] == 4503


@pytest.mark.parametrize(
    'replies',
    [
        [{'okay': {}}, {'output': 'no number'}],
        [{'okay': {}}, ['not', 'a', 'reply']],
        [{'okay': {}}, {'output': 'x', 'seq': '1'}],
        ['nonsense'],
        [{'error': {'code': 'busy', 'message': 'x'}}],
    ],
)
def test_a_host_that_breaks_the_protocol_ends_with_a_code_that_means_come_back(gateway, host, replies):
    host.play = say_and_stay(*replies)
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        assert farewell(browser)[0] == 4503


@pytest.mark.parametrize(
    'message',
    [
        '{"cmd": "quit"}',
        '{"cmd": "chat", "text": 5}',
        '{"cmd": "chat", "text": "\\ud800"}',
        'x' * 70_000,
        '{"a":' * 100 + '1' + '}' * 100,
    ],
)
def test_a_command_that_is_none_ends_the_stream_with_a_reason_and_never_reaches_the_host(gateway, host, message):
    heard = []

    def listen(line, question):
        line.say({'okay': {}})
        heard.append(line.hear())

    host.play = listen
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        browser.send(message)
        code, reason = farewell(browser)
    assert code == 4400 and reason.endswith('.')
    assert host.ended.wait(5) and heard == []


def test_a_message_beyond_a_megabyte_ends_the_connection(gateway, host):
    host.play = say_and_stay({'okay': {}})
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': gateway.token()}))
        browser.send('x' * ((1 << 20) + 1))
        assert farewell(browser)[0] == 1009


def test_a_browser_that_stops_reading_holds_up_its_own_stream_only(gateway, host):
    said = []

    def flood(line, question):
        line.say({'okay': {}})
        for number in range(1, 2000):
            line.say({'output': 'x' * 50_000, 'seq': number}, timeout=1)
            said.append(number)

    host.play = flood
    with gateway.connect(max_queue=1, close_timeout=0.2) as idle:
        idle.send(json.dumps({'token': gateway.token()}))
        assert host.ended.wait(20)
        # The host could not get rid of its hundred megabytes: they are not piled up in the gateway either.
        assert len(said) < 400
        host.play = echo
        with gateway.connect() as other:
            other.send(json.dumps({'token': gateway.token('studentb')}))
            other.send(json.dumps({'cmd': 'chat', 'text': 'still here'}))
            assert json.loads(other.recv(timeout=60))['output'] == 'still here'


def test_one_person_has_a_bounded_number_of_streams(gateway, host):
    host.play = say_and_stay({'okay': {}}, {'okay': None, 'seq': 1})
    with contextlib.ExitStack() as open_tabs:
        for _ in range(24):
            browser = open_tabs.enter_context(gateway.connect())
            browser.send(json.dumps({'token': gateway.token('many')}))
            browser.recv(timeout=60)
        with gateway.connect() as one_more:
            one_more.send(json.dumps({'token': gateway.token('many')}))
            assert farewell(one_more)[0] == 4429


def test_health_answers_over_plain_http(gateway):
    with urllib.request.urlopen(f'http://127.0.0.1:{gateway.port}/health', timeout=60) as answer:
        assert answer.headers['Content-Type'] == 'application/json'
        assert json.load(answer)['status'] == 'ok'


def test_the_log_holds_nothing_of_what_was_said(gateway, host):
    host.play = echo
    token = gateway.token()
    with gateway.connect() as browser:
        browser.send(json.dumps({'token': token}))
        browser.send(json.dumps({'cmd': 'chat', 'text': 'a very private word'}))
        browser.recv(timeout=60)
    assert 'private' not in gateway.log() and token not in gateway.log()


def test_the_gateway_ends_when_its_starter_goes_and_tells_the_browsers(tmp_path):
    with GatewayProcess(tmp_path) as process, contextlib.closing(ScriptedHost(process.settings)) as host:
        host.play = say_and_stay({'okay': {}}, {'okay': None, 'seq': 1})
        host.start()
        with process.connect() as browser:
            browser.send(json.dumps({'token': process.token()}))
            browser.recv(timeout=60)
            assert process.stop() == 0
            assert farewell(browser)[0] == 1001


def test_a_taken_port_stops_the_start_with_a_line_that_names_the_setting(gateway, tmp_path):
    second = GatewayProcess(tmp_path, **{'gateway.port': str(gateway.port)})
    with pytest.raises(AssertionError, match='status 1'), second:
        pass
    assert 'ivle.gateway.port' in second.log()
