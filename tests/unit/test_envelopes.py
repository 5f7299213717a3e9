"""The signed requests of the chat protocol: who may speak, for whom, when and how often."""

import json
import threading
from pathlib import Path

import pytest

from ivle import chat, envelopes, sockets

VECTORS = json.loads((Path(__file__).parent.parent / 'vectors' / 'chat.json').read_text())
MAGIC = b'correct horse battery staple 123'
ID = '0' * 32
NOW = 1_000_000.0


def opener(audience='sandbox', **options):
    return envelopes.Opener(MAGIC, audience, clock=lambda: NOW, **options)


def seal(body, magic=MAGIC, audience='sandbox', timestamp=NOW):
    return envelopes.seal(body, magic, audience, message_id=ID, timestamp=timestamp)


def signed(content, magic=MAGIC):
    """Return a request with any content text, rightly signed."""
    return json.dumps({'content': content, 'digest': envelopes.sign(envelopes.derive_key(magic, 'req'), content)}).encode()


def envelope(**changes):
    return json.dumps({'v': 2, 'aud': 'sandbox', 'id': ID, 'ts': NOW, 'body': {}} | changes)


def test_a_sealed_request_opens_to_its_id_and_body():
    assert opener().open(seal({'status': {}})) == (ID, {'status': {}})


def test_the_recorded_digest_is_ours():
    recorded = VECTORS['hmac']
    assert envelopes.sign(envelopes.derive_key(recorded['magic'].encode(), 'req'), recorded['content']) == recorded['digest']


@pytest.mark.parametrize('recorded', VECTORS['ivle_md5'], ids=lambda recorded: recorded['magic'])
@pytest.mark.parametrize('order', ['seed', 'ivle'])
def test_the_recorded_digests_of_old_peers_are_ours(recorded, order):
    assert envelopes.legacy_digest(recorded['magic'].encode(), recorded['content_string'], order) == recorded[f'digest_{order}']


@pytest.mark.parametrize(
    'payload',
    [
        seal({}, magic=b'another secret'),
        seal({}).replace(b'sandbox', b'sandb0x'),
        b'{}',
        b'[]',
        b'"text"',
        json.dumps({'content': 5, 'digest': 'x'}).encode(),
        json.dumps({'content': '{}', 'digest': ''}).encode(),
        json.dumps({'content': '{}', 'digest': 'F' * 64}).encode(),
        json.dumps({'content': '{}', 'digest': 'f' * 64, 'more': 1}).encode(),
        b'not json',
        signed('[]'),
        signed('{}'),
        signed('not json'),
    ],
)
def test_a_request_that_is_not_authentic_is_refused(payload):
    with pytest.raises(chat.ProtocolError):
        opener().open(payload)


@pytest.mark.parametrize(
    'changes',
    [
        {'v': 1},
        {'aud': 'usrmgt'},
        {'id': 'short'},
        {'id': 5},
        {'ts': NOW - 31},
        {'ts': NOW + 31},
        {'ts': True},
        {'ts': None},
        {'ts': '1000000'},
        {'more': 1},
    ],
    ids=str,
)
def test_an_authentic_request_that_is_not_for_us_now_is_refused(changes):
    with pytest.raises(envelopes.Refused):
        opener().open(signed(envelope(**changes)))


@pytest.mark.parametrize('skew', [-29.9, 0, 29.9])
def test_clocks_may_differ_by_half_a_minute(skew):
    assert opener().open(seal({}, timestamp=NOW + skew)) == (ID, {})


def old_request(order, body='{"status": {}}'):
    return json.dumps({'content': body, 'digest': envelopes.legacy_digest(MAGIC, body, order)}).encode()


@pytest.mark.parametrize('order', ['seed', 'ivle'])
def test_an_old_request_is_refused_unless_the_setting_allows_it(order):
    with pytest.raises(envelopes.Refused):
        opener().open(old_request(order))


@pytest.mark.parametrize('order', ['seed', 'ivle'])
def test_an_old_request_is_served_and_noted_where_allowed(order):
    noted = []
    assert opener(legacy_md5=order, on_legacy=noted.append).open(old_request(order)) == (None, {'status': {}})
    assert noted == ['sandbox']


def test_one_order_of_the_old_digest_does_not_open_the_other():
    with pytest.raises(envelopes.Refused):
        opener(legacy_md5='seed').open(old_request('ivle'))


def test_a_new_digest_is_never_checked_as_an_old_one():
    weak = json.dumps({'content': '{}', 'digest': envelopes.legacy_digest(MAGIC, '{}', 'seed') * 2}).encode()
    with pytest.raises(envelopes.Refused, match='wrong digest'):
        opener(legacy_md5='seed').open(weak)


def test_replies_of_requests_and_of_answers_have_different_keys():
    assert envelopes.derive_key(MAGIC, 'req') != envelopes.derive_key(MAGIC, 'res')


def test_a_message_id_can_be_claimed_once():
    replies = envelopes.Replies()
    assert [replies.claim(ID), replies.claim(ID)] == [True, False]


def test_a_repeated_request_gets_the_stored_reply():
    replies = envelopes.Replies()
    replies.claim(ID)
    replies.keep(ID, {'okay': {}})
    assert replies.get(ID) == {'okay': {}}


def test_a_reply_is_forgotten_after_ninety_seconds():
    now = [0.0]
    replies = envelopes.Replies(clock=lambda: now[0])
    replies.claim(ID)
    now[0] = 90.1
    assert replies.claim(ID)


def test_a_flood_of_ids_is_refused_rather_than_forgotten():
    replies = envelopes.Replies(capacity=2)
    replies.claim('1' * 32)
    replies.claim('2' * 32)
    with pytest.raises(envelopes.Refused, match='too many'):
        replies.claim('3' * 32)


def test_a_failure_comes_back_as_an_error():
    with pytest.raises(envelopes.RemoteError, match='Missing: no such user'):
        envelopes.raise_failure(envelopes.failure('Missing', 'no such user'))


def answer_once(listening, reply):
    """Answer one request on another thread and return that thread."""

    def serve():
        connection, _ = listening.accept()
        with connection:
            envelopes.Opener(MAGIC, 'sandbox').open(chat.read_frame(connection))
            chat.write_value(connection, reply)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize('folder', ['short', 'a/' + 'very-long-folder-name/' * 8])
def test_ask_reaches_a_service_at_a_path_of_any_length(tmp_path, folder):
    path = tmp_path / folder / 'service.sock'
    path.parent.mkdir(parents=True)
    with sockets.listen(path) as listening:
        thread = answer_once(listening, {'okay': 1})
        assert envelopes.ask(path, MAGIC, 'sandbox', {'status': {}}) == {'okay': 1}
        thread.join()


def test_nobody_at_the_socket_is_a_lost_connection(tmp_path):
    with pytest.raises(chat.ConnectionLost, match='nothing answers'):
        envelopes.ask(tmp_path / 'service.sock', MAGIC, 'sandbox', {})
