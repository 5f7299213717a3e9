"""The commands of a console: their names and shapes, checked wherever one comes in from a browser."""

from ivle import chat

# Written as JSON twice, as a signed request does, a byte grows to seven at worst: this stays within a frame.
LONGEST_TEXT = 128 * 1024
MOST_ARGUMENTS = 200


class BadCommand(ValueError):
    """What was given is no command. The message is a sentence for the person."""


def read_command(given: dict) -> dict:
    """Return `given` as the command {"cmd", "text"}; BadCommand with a sentence when it is none."""
    if type(given) is not dict or set(given) - {'cmd', 'text'}:
        raise BadCommand('A command is {"cmd": …, "text": …} and nothing else.')
    cmd, text = given.get('cmd'), given.get('text', '')
    check = _CHECKS.get(cmd) if type(cmd) is str else None
    if check is None:
        raise BadCommand('The console knows these commands: ' + ', '.join(_CHECKS) + '.')
    return {'cmd': cmd, 'text': check(text)}


def _source(text):
    if type(text) is not str:
        raise BadCommand('The text of this command is a string.')
    try:
        size = len(text.encode('utf-8'))
    except UnicodeEncodeError as error:
        raise BadCommand('The text holds characters that are half of a pair.') from error
    if size > LONGEST_TEXT:
        raise BadCommand(f'At most {LONGEST_TEXT // 1024} kB at a time: save it as a file and run the file.')
    return text


def _nothing(text):
    if text not in ('', None):
        raise BadCommand('This command has no text.')
    return ''


def _object(text):
    """Return the object that the text of a command is; an object written down as JSON is one, too."""
    if type(text) is not str:
        return text
    try:
        return chat.loads(_source(text))
    except chat.ProtocolError:
        return None


def _program(text):
    text = _object(text)
    if type(text) is not dict or set(text) - {'path', 'args'} or 'path' not in text:
        raise BadCommand('The text of run is {"path": …, "args": […]}.')
    args = text.get('args', [])
    if type(args) is not list or len(args) > MOST_ARGUMENTS:
        raise BadCommand(f'The arguments of run are a list of at most {MOST_ARGUMENTS} strings.')
    path = _source(text['path'])
    if not path:
        raise BadCommand('Name the file to run.')
    for part in (path, *args):
        if '\0' in _source(part):
            raise BadCommand('A path or an argument cannot hold a NUL character.')
    _source(''.join(args))
    return {'path': path, 'args': args}


def _position(text):
    text = _object(text)
    if type(text) is not dict or set(text) != {'text', 'cursor'}:
        raise BadCommand('The text of complete is {"text": …, "cursor": n}.')
    source, cursor = _source(text['text']), text['cursor']
    if type(cursor) is not int or not 0 <= cursor <= len(source):
        raise BadCommand('The cursor is a place in the text.')
    return {'text': source, 'cursor': cursor}


_CHECKS = {
    'splash': _nothing,
    'chat': _source,
    'block': _source,
    'run': _program,
    'complete': _position,
    'inspect': _source,
    'globals': _nothing,
    'interrupt': _nothing,
    'terminate': _nothing,
}
