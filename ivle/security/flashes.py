"""Messages for the next page, in a small signed cookie: they reach people who are not signed in, too."""

import json

from pyramid.interfaces import ISession
from pyramid.session import SignedCookieSessionFactory
from zope.interface import implementer

# A browser drops a cookie of more than 4096 bytes: better the last few words of a message than none.
LONGEST_MESSAGE, MOST_BYTES = 200, 2700


def flash_factory(settings, secret):
    """Return the session factory of the site. It holds flash messages only: sessions proper are rows of the database."""
    cookie_sessions = SignedCookieSessionFactory(
        secret,
        cookie_name='ivle_messages',
        path=settings.prefix or '/',
        secure=settings.secure_cookie,
        httponly=True,
        samesite='Lax',
        timeout=600,
        reissue_time=None,
        hashalg='sha256',
    )

    @implementer(ISession)
    class Flashes(cookie_sessions):
        """Keeps messages short and few, and sets the cookie only when there are any."""

        def flash(self, msg, queue='', allow_duplicate=True):
            message = msg if len(msg) <= LONGEST_MESSAGE else msg[: LONGEST_MESSAGE - 1] + '…'
            super().flash(message, queue, allow_duplicate)
            while len(json.dumps(dict(self))) > MOST_BYTES:
                next(iter(self.values())).pop(0)

        def pop_flash(self, queue=''):
            return super().pop_flash(queue) if self.peek_flash(queue) else []

    return Flashes
