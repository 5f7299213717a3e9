"""The live stream of a console, on a real site: whoever signs out stops hearing it, at once."""

import contextlib
import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@contextlib.contextmanager
def listening(visitor):
    """Give (key, WebSocket) of a fresh console of the visitor's."""
    started = visitor.post('/console/@@start', {'cwd': '/'}).json
    with connect(started['gateway']['url'], origin=f'http://{visitor.host}') as socket:
        socket.send(json.dumps({'token': started['gateway']['token']}))
        socket.send(json.dumps({'cmd': 'chat', 'text': '40 + 2\n'}))
        assert json.loads(socket.recv(timeout=60))['output'] == '42\n'
        assert 'okay' in json.loads(socket.recv(timeout=60))
        yield started['key'], socket


def assert_is_cut(socket):
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=60)


def test_signing_out_cuts_the_stream_and_keeps_the_console(site):
    leaver, other = site.person('studenta'), site.person('studenta')
    with listening(leaver) as (key, socket):
        assert leaver.submit('/logout').status == 303
        assert_is_cut(socket)
        assert key in [console['key'] for console in other.get_json('/console').json['consoles']]
        assert leaver.get_json(f'/console/{key}/@@gateway').status == 401
    other.post(f'/console/{key}/@@terminate')


def test_who_is_still_signed_in_comes_back_with_a_new_token(site):
    stayer, elsewhere = site.person('studentb'), site.person('studentb')
    with listening(stayer) as (key, socket):
        assert elsewhere.post('/profile/@@sign-out-others').status == 200
        assert_is_cut(socket)
    again = elsewhere.get_json(f'/console/{key}/@@gateway').json
    with connect(again['url'], origin=f'http://{elsewhere.host}') as socket:
        socket.send(json.dumps({'token': again['token'], 'after': 0}))
        assert json.loads(socket.recv(timeout=60))['output'] == '42\n'
    elsewhere.post(f'/console/{key}/@@terminate')


def test_nobody_else_s_stream_is_cut(site):
    studenta, studentb = site.person('studenta'), site.person('studentb')
    with listening(studentb) as (key, socket):
        studenta.submit('/logout')
        socket.send(json.dumps({'cmd': 'chat', 'text': '"here"\n'}))
        assert json.loads(socket.recv(timeout=60))['output'] == "'here'\n"
    studentb.post(f'/console/{key}/@@terminate')
