"""What the server refuses by itself, on a real connection: no request, too much of one, or one that cannot be read."""

import http.client
import io
import json
import socket

import pytest

HOST = b'Host: 127.0.0.1\r\nAccept: application/json\r\n'
REFUSED = {
    'a secure hello': (b'\x16\x03\x01\x02\r\n\r\n', 400),
    'bytes in the path': (b'GET /\xc3\xa9 HTTP/1.1\r\n' + HOST + b'\r\n', 400),
    'a space in a header name': (b'GET / HTTP/1.1\r\nX : y\r\n\r\n', 400),
    'a control character': (b'GET / HTTP/1.1\r\nUser-Agent: a\0b\r\n\r\n', 400),
    'a length below nothing': (b'POST /login HTTP/1.1\r\n' + HOST + b'Content-Length: -1\r\n\r\n', 400),
    'a chunk without a length': (b'POST /login HTTP/1.1\r\n' + HOST + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n', 400),
    # A few bytes more than are read: the rest unread would reset the connection.
    # As many bytes as are read at most: one more, unread, would reset the connection.
    'endless headers': (b'GET / HTTP/1.1\r\nX: '.ljust(1 << 16, b'a'), 431),
    'an endless body': (b'POST /login HTTP/1.1\r\n' + HOST + b'Content-Length: 999999999999\r\n\r\n', 413),
}


class Received(io.BytesIO):
    """What came over a connection, as http.client wants to read it."""

    def makefile(self, mode):
        return self


def send(site, data):
    """Return the response to some bytes on a connection of their own."""
    with socket.create_connection(('127.0.0.1', site.port), timeout=10) as connection:
        connection.sendall(data)
        with connection.makefile('rb') as stream:
            response = http.client.HTTPResponse(Received(stream.read()))
    response.begin()
    return response


@pytest.mark.parametrize('name', REFUSED)
def test_a_refusal_of_the_server_has_the_headers_of_the_site(site, name):
    data, status = REFUSED[name]
    response = send(site, data)
    assert response.status == status
    assert response.headers['X-Content-Type-Options'] == 'nosniff'
    assert response.headers['Content-Security-Policy'].startswith("default-src 'none'")
    assert b'waitress' not in response.read().lower()


def test_a_script_is_told_in_json_that_its_body_is_too_large(site):
    data, _ = REFUSED['an endless body']
    assert json.load(send(site, data))['error']['code'] == 'too-large'
