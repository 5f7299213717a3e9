"""The actions that sandbox-server is asked for, checked before anything is done."""

import re

from ivle import commands
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.spec import BoxSpec

LONGEST_PATH = 4096
LONGEST_CONTENT = 1 << 20

_KEY = re.compile(r'[0-9a-f]{32}')


def read_action(body):
    """Return (name, properties) of a request's body; Refusal when it names no action."""
    if type(body) is not dict or len(body) != 1:
        raise bad_request('A request is one action with its properties.')
    [(name, properties)] = body.items()
    if type(properties) is not dict:
        raise bad_request('A request is one action with its properties.')
    return name, properties


def bad_request(message):
    """Return the Refusal of a request that makes no sense."""
    return Refusal('bad-request', message)


def read_login(properties):
    """Return the login, when there can be a box for it."""
    login = _text(properties, 'login', 128)
    try:
        return BoxSpec(program='', login=login).login
    except ValueError:
        raise bad_request('login is not a login.') from None


def read_key(properties, kind='console'):
    """Return the key of a console or of an attempt. What is no key at all looks like one that is not theirs."""
    key = properties.get('key')
    if type(key) is not str or not _KEY.fullmatch(key):
        raise Refusal('not-found', f'There is no such {kind}, or it is not yours.')
    return key


def read_directory(properties, name):
    """Return a path below the home, without slashes at its ends; '' is the home itself."""
    parts = [part for part in _text(properties, name, LONGEST_PATH).split('/') if part]
    if '..' in parts or '.' in parts:
        raise bad_request(f'{name} is a path below the home, without . and ..')
    return '/'.join(parts)


def read_content(properties, name):
    """Return a text that may be long: a program, or an exercise."""
    return _text(properties, name, LONGEST_CONTENT)


def read_choice(properties, name, choices):
    """Return one of several words."""
    if properties.get(name) not in choices:
        raise bad_request(f'{name} is one of {", ".join(choices)}.')
    return properties[name]


def read_object(properties, name):
    """Return a JSON object."""
    if type(properties.get(name)) is not dict:
        raise bad_request(f'{name} is an object.')
    return properties[name]


def read_seconds(properties, name):
    """Return a number of seconds; 0 when it is not given."""
    value = properties.get(name, 0)
    if type(value) not in (int, float):
        raise bad_request(f'{name} is a number of seconds.')
    return value


def read_number(properties, name):
    """Return the number of a reply; 0 when it is not given."""
    value = properties.get(name, 0)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise bad_request(f'{name} is the number of a reply.')
    return value


def read_command(given):
    """Return (cmd, text) of the console's command in the properties of an action, or in a frame of a stream."""
    try:
        command = commands.read_command({'cmd': given.get('cmd'), 'text': given.get('text', '')})
    except commands.BadCommand as error:
        raise bad_request(str(error)) from None
    return command['cmd'], command['text']


def _text(properties, name, longest):
    value = properties.get(name)
    try:
        if type(value) is str and len(value.encode('utf-8')) <= longest and '\0' not in value:
            return value
    except UnicodeEncodeError:
        # Half a character cannot be sent on.
        pass
    raise bad_request(f'{name} is a text of at most {longest} bytes.')
