"""Somebody who visits the site over HTTP, as a browser or a script would: cookies, CSRF token, forms, JSON."""

import http.client
import http.cookies
import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

SECONDS = 120
# As Chromium says it: a page rather than anything else, but anything else rather than nothing.
BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'


@dataclass(frozen=True)
class Answer:
    """One response. `headers` is case-blind."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode('utf-8')

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers['Location']


class Visitor:
    """Keeps cookies between requests; follows no redirect by itself. Paths are below the site's prefix."""

    def __init__(self, url, token=None):
        parts = urlsplit(url)
        self.host, self.prefix, self.token = parts.netloc, parts.path, token
        self.cookies, self.csrf_token = {}, None

    def request(self, method, path, body=None, headers=()):
        """Send one request with exactly these headers and our cookies; return the Answer."""
        sent = dict(headers)
        if self.cookies:
            sent.setdefault('Cookie', '; '.join(f'{name}={value}' for name, value in self.cookies.items()))
        if self.token:
            sent.setdefault('Authorization', f'Bearer {self.token}')
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        try:
            connection.request(method, self.prefix + path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.msg, response.read())
        finally:
            connection.close()
        for line in answer.headers.get_all('Set-Cookie', ()):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel['max-age'] == '0':
                    del self.cookies[name]
        return answer

    def get(self, path, accept=BROWSER):
        """Return the answer to a GET, and remember the CSRF token of the page."""
        answer = self.request('GET', path, headers={'Accept': accept})
        found = re.search(rb'<meta name="csrf-token" content="([^"]+)"', answer.body)
        self.csrf_token = found[1].decode() if found else self.csrf_token
        return answer

    def get_json(self, path):
        return self.get(path, 'application/json')

    def _proof(self):
        return {'X-CSRF-Token': self.csrf_token} if self.csrf_token and not self.token else {}

    def post(self, path, value=None):
        """Return the answer to a JSON POST."""
        headers = {'Accept': 'application/json', 'Content-Type': 'application/json', **self._proof()}
        return self.request('POST', path, json.dumps({} if value is None else value).encode(), headers)

    def put(self, path, body, **headers):
        """Return the answer to a PUT of bytes; `if_match='…'` is the header If-Match."""
        named = {name.replace('_', '-').title(): value for name, value in headers.items()}
        return self.request('PUT', path, body, {'Accept': 'application/json', **named, **self._proof()})

    def submit(self, path, **fields):
        """Return the answer to a form sent by POST."""
        fields = {'csrf_token': self.csrf_token or '', **fields}
        headers = {'Accept': BROWSER, 'Content-Type': 'application/x-www-form-urlencoded'}
        return self.request('POST', path, urlencode(fields).encode(), headers)

    def sign_in(self, login, password='password'):
        """Sign in through the form and return self."""
        self.get('/login')
        answer = self.submit('/login', login=login, password=password, next='')
        assert answer.status == 303, f'{login} could not sign in: {answer.status} {answer.body[:300]}'
        self.get('/')
        return self
