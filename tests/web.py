"""The web zone alone, in this process: a real database and real requests, without daemons."""

import contextlib
import functools
import re
import tempfile

import pytest
from webtest import TestApp

from ivle.models import Base, User
from ivle.security.passwords import hash_password
from ivle.security.throttle import LoginThrottle
from ivle.site import make_site

HOST = '127.0.0.1:6543'
PASSWORD = 'a fine password'


@functools.cache
def _kept(password):
    return hash_password(password)


class Browser(TestApp):
    """Somebody's browser. WebTest does the rest."""

    def __init__(self, app, address='127.0.0.1'):
        super().__init__(app, extra_environ={'HTTP_HOST': HOST, 'REMOTE_ADDR': address})

    @property
    def is_signed_in(self):
        return 'ivle_session' in self.cookies

    @property
    def prefix(self):
        return self.app.registry.ivle.prefix

    def sign_in(self, login, password=PASSWORD, **fields):
        """Send the form of the login page and return the answer, whatever it is."""
        form = self.get(self.prefix + '/login').forms[0]
        values = {'login': login, 'password': password, 'next': '', **fields, 'csrf_token': form['csrf_token'].value}
        return self.post(self.prefix + '/login', values, expect_errors=True)

    def send(self, path, **fields):
        """Send a form as one of our pages would, and return the answer, whatever it is."""
        return self.post(self.prefix + path, {'csrf_token': self.csrf_token(), **fields}, expect_errors=True)

    def send_json(self, path, value=None):
        """Send JSON as a script of ours would, and return the answer, whatever it is."""
        headers = {'X-CSRF-Token': self.csrf_token(), 'Accept': 'application/json'}
        return self.post_json(self.prefix + path, value or {}, headers=headers, expect_errors=True)

    def csrf_token(self):
        """Return the token in the header of a page."""
        page = self.get(self.prefix + ('/logout' if self.is_signed_in else '/login'))
        return re.search('<meta name="csrf-token" content="([^"]+)"', page.text)[1]

    def get_json(self, path, **options):
        """Return the answer to a GET for JSON."""
        return self.get(self.prefix + path, headers={'Accept': 'application/json'}, **options)


class Site:
    """One site, with builders for what it holds."""

    def __init__(self, data, **settings):
        ini = {
            'ivle.mode': 'development',
            'ivle.data': str(data),
            'ivle.session.secure': 'false',
            'ivle.clients': 'login logout profile admin help media',
            **{f'ivle.{name}': value for name, value in settings.items()},
        }
        self.app = make_site({}, ini)
        self.database = self.app.registry.database

    def clear(self):
        """Forget everybody, and every try at a password."""
        with self.database.writing() as db:
            for table in reversed(Base.metadata.sorted_tables):
                db.execute(table.delete())
        self.app.registry.throttle = LoginThrottle(self.app.registry.ivle.login_tries)

    def browser(self, address='127.0.0.1'):
        """Return a browser without cookies."""
        return Browser(self.app, address)

    def add(self, login, password=PASSWORD, **columns):
        """Add a person and return their id."""
        with self.database.writing() as db:
            user = User(**{'login': login, 'name': login.capitalize(), 'password_hash': _kept(password), **columns})
            db.add(user)
            db.flush()
            return user.id

    def person(self, login, address='127.0.0.1'):
        """Return the browser of a person who is signed in."""
        browser = self.browser(address)
        assert browser.sign_in(login).status_int == 303
        return browser


@contextlib.contextmanager
def open_site(data, **settings):
    """Give a Site, closed at the end."""
    site = Site(data, **settings)
    try:
        yield site
    finally:
        site.database.close()


@pytest.fixture(scope='module')
def web_site():
    """Return a Site at the root of its host, shared by the tests of a module."""
    with tempfile.TemporaryDirectory(prefix='data-') as data, open_site(data) as opened:
        yield opened


@pytest.fixture
def web(web_site):
    """Return that Site, with nobody in it."""
    web_site.clear()
    return web_site
