"""Passwords: argon2 digests that take time to try, and rules for new ones that help more than they annoy."""

import secrets
import threading
import unicodedata
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 8, 200
# Each hash takes 19 MiB: more than a few at once would be a way to exhaust the site.
_turns = threading.BoundedSemaphore(4)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_common = frozenset(resources.files('ivle.security').joinpath('common-passwords.txt').read_text('utf-8').split())
# Checked for a person who does not exist, so that the answer takes as long as for one who does.
_nobody = _hasher.hash(secrets.token_urlsafe())


def _bytes_of(password):
    # The same key pressed on two systems may give two spellings of one character.
    return unicodedata.normalize('NFC', password).encode('utf-8', 'surrogatepass')


def hash_password(password):
    """Return the text to keep of a password."""
    with _turns:
        return _hasher.hash(_bytes_of(password))


def is_right(kept, password):
    """Return True when `kept` was made of `password`. None (no such person, no password) is False, and takes as long."""
    # A text of any length could be sent; what no password can be is not worth hashing in full.
    given = _bytes_of(password[: LONGEST + 1])
    with _turns:
        try:
            return _hasher.verify(kept or _nobody, given) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept):
    """Return True when a hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(kept)


def random_password():
    """Return a first password, easy to read out: four groups without letters that look alike."""
    alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
    return '-'.join(''.join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def problem_with(password, *known):
    """Return a sentence that says why a new password cannot be taken, or None. `known` are texts others can guess."""
    if len(password) < SHORTEST:
        return f'Choose a password of at least {SHORTEST} characters.'
    if len(password) > LONGEST:
        return f'Choose a password of at most {LONGEST} characters.'
    plain = unicodedata.normalize('NFKC', password).casefold()
    if plain in _common or plain.rstrip('0123456789!.?') in _common or len(set(plain)) < 4:
        return 'That password is among the first that anybody would try. Choose another, for example three or four words.'
    if plain in {text.casefold() for text in known if text}:
        return 'A password that is also your name or address is easily guessed. Choose another.'
    return None
