"""The console client: a Python interpreter in the reader's sandbox, as a page, as JSON, and as plain forms."""

from datetime import datetime

from pyramid.view import view_config

from ivle.commands import BadCommand, read_command
from ivle.console import STATES_IN_WORDS, Console
from ivle.errors import BadRequest
from ivle.gateway.token import make_token
from ivle.replies import TEXTS
from ivle.resources.base import path_url
from ivle.resources.console import Consoles, OneConsole
from ivle.secrets import read_secret
from ivle.security.permissions import Permission
from ivle.views import wire
from ivle.views.moments import in_words

PAGE = 'ivle:templates/console.pt'
WAIT_SECONDS = 1.0
# Asked for what comes after this, sandbox-server says no more than whether the console is the reader's.
NOTHING_AFTER = (1 << 53) - 2
NOTICES = ('refused', 'restart', 'cut', 'notice')


def reader_console(request):
    """Return what talks to the reader's consoles; it reaches nobody else's."""
    return Console(request.registry.ivle, request.identity.login)


@view_config(context=Consoles, permission=Permission.USE_CONSOLE, accept='text/html', renderer=PAGE)
def open_console(consoles, request):
    """Show the newest console, and the others; without one, the page starts one at the first line."""
    found = reader_console(request).list()
    wanted = _directory(request.GET['cwd']) if 'cwd' in request.GET else None
    current = next((console for console in found if wanted in (None, console['cwd'])), None)
    return _page(request, found, current, cwd=wanted or '/', crumbs=[('Console', None)])


@view_config(context=Consoles, permission=Permission.USE_CONSOLE, accept='application/json', renderer='json')
def list_consoles(consoles, request):
    """List the reader's consoles."""
    return {'consoles': reader_console(request).list()}


@view_config(context=Consoles, name='history', permission=Permission.USE_CONSOLE, renderer='json')
def history(consoles, request):
    """Return what the reader typed into all their consoles, oldest first."""
    return {'history': reader_console(request).history()}


@view_config(context=Consoles, name='start', methods=('POST',), permission=Permission.USE_CONSOLE)
def start(consoles, request):
    """Start a console in a directory."""
    key = reader_console(request).start(_directory(wire.text_field(wire.fields(request), 'cwd', '/', limit=4096)))
    return wire.answer(request, {'key': key, 'gateway': _gateway(request, key)}, to=_address(request, key), status=201)


@view_config(context=OneConsole, permission=Permission.USE_CONSOLE, accept='text/html', renderer=PAGE)
def show(console, request):
    """Show one console with what it said so far."""
    answer = reader_console(request).output(console.key, 0)
    found = reader_console(request).list()
    current = _described(found, console.key)
    crumbs = [('Console', path_url(request, 'console')), (current['cwd'], None)]
    page = _page(request, found, current, cwd=current['cwd'], crumbs=crumbs, answer=answer)
    return {**page, 'title': f'Console in {current["cwd"]}'}


@view_config(context=OneConsole, permission=Permission.USE_CONSOLE, accept='application/json', renderer='json')
def describe(console, request):
    """Say where a console runs, since when, and whether it is busy or has ended."""
    reader_console(request).output(console.key, NOTHING_AFTER)
    return _described(reader_console(request).list(), console.key)


@view_config(context=OneConsole, name='chat', methods=('POST',), permission=Permission.USE_CONSOLE)
def chat(console, request):
    """Give the console a command; answer when it ended, wants input, or after one second."""
    given = wire.fields(request)
    try:
        command = read_command(given if request.content_type == 'application/json' else _typed(given))
    except BadCommand as error:
        raise BadRequest(str(error)) from error
    if command['cmd'] in ('interrupt', 'terminate'):
        return _answer(request, console, getattr(reader_console(request), command['cmd'])(console.key))
    return _answer(request, console, reader_console(request).chat(console.key, command['cmd'], command['text'], WAIT_SECONDS))


@view_config(context=OneConsole, name='output', permission=Permission.USE_CONSOLE, renderer='json')
def output(console, request):
    """Return what the console said after reply `after`, at once."""
    after = request.GET.get('after', '0')
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        raise BadRequest('after is the number of the last reply that was seen, 0 or more.')
    return reader_console(request).output(console.key, int(after))


@view_config(context=OneConsole, name='typed', permission=Permission.USE_CONSOLE, renderer='json')
def typed(console, request):
    """Return what was typed, by any tab or machine: each line stands after reply number `after`."""
    return {'typed': reader_console(request).typed(console.key)}


@view_config(context=OneConsole, name='gateway', permission=Permission.USE_CONSOLE, renderer='json')
def gateway(console, request):
    """Return the gateway's address and a token that opens this console there for a minute."""
    reader_console(request).output(console.key, NOTHING_AFTER)
    return _gateway(request, console.key)


@view_config(context=OneConsole, name='interrupt', methods=('POST',), permission=Permission.USE_CONSOLE)
def interrupt(console, request):
    """Interrupt what runs; variables survive."""
    return _answer(request, console, reader_console(request).interrupt(console.key))


@view_config(context=OneConsole, name='restart', methods=('POST',), permission=Permission.USE_CONSOLE)
def restart(console, request):
    """Begin afresh under the same key."""
    return _answer(request, console, reader_console(request).restart(console.key))


@view_config(context=OneConsole, name='terminate', methods=('POST',), permission=Permission.USE_CONSOLE)
def terminate(console, request):
    """End the console."""
    payload = reader_console(request).terminate(console.key)
    return wire.answer(request, payload, to=path_url(request, 'console'), message='The console has ended.')


def _address(request, key):
    return path_url(request, 'console', key)


def _answer(request, console, payload):
    return wire.answer(request, payload, to=_address(request, console.key))


def _described(consoles, key):
    """Return what is known of the reader's console `key`: an ended one is listed no more, and where it ran is forgotten."""
    live = next((console for console in consoles if console['key'] == key), None)
    return {'key': key, 'cwd': '/', 'busy': False, 'started': None, **(live or {}), 'ended': live is None}


def _gateway(request, key):
    settings = request.registry.ivle
    return {'url': settings.gateway_url, 'token': make_token(read_secret(settings, 'gateway'), request.identity.login, key)}


def _directory(text):
    """Return a directory of the home as "/151/proj1"; it may still turn out not to exist."""
    parts = [part for part in text.split('/') if part]
    if '\0' in text or any(part in ('.', '..') for part in parts):
        raise BadRequest('That is not a directory of your files: write it like /151/proj1.')
    return '/' + '/'.join(parts)


def _typed(given):
    """Return the command of the page's form: one line or several."""
    text = wire.text_field(given, 'text', '', limit=1 << 20).replace('\r\n', '\n').rstrip('\n')
    # Several lines are meant to run: the empty line at their end closes an open block.
    return {'cmd': 'chat', 'text': text + ('\n\n' if '\n' in text else '\n')}


def _page(request, consoles, current, *, cwd, crumbs, answer=None):
    replies = answer['replies'] if answer else []
    current_key = current['key'] if current else None
    return {
        'title': 'Console',
        'crumbs': crumbs,
        'consoles': [_shown(request, console, is_current=console['key'] == current_key) for console in consoles],
        'current': current,
        'current_url': _address(request, current_key) if current else None,
        'start_url': path_url(request, 'console', view='start'),
        'cwd': current['cwd'] if current else cwd,
        'login': request.identity.login,
        'transcript': transcript(replies) if answer else None,
        'notices': NOTICES,
        'is_busy': bool(answer and answer['busy']),
        'wants': wanted_next(replies),
    }


def _shown(request, console, is_current):
    started = datetime.fromisoformat(console['started'])
    return {
        **console,
        'url': _address(request, console['key']),
        'started_words': in_words(started),
        'state_words': STATES_IN_WORDS[console['state']],
        'is_current': is_current,
    }


def transcript(replies):
    """Return what was said as [(kind, text)] for the page without scripts; pieces of output are joined.

    A picture is (`image`, {"src", "alt"}); of HTML there is its text, because a page without scripts has no safe frame for it.
    """
    said = []
    for kind, text in (one for reply in replies for one in _said(reply)):
        if said and said[-1][0] == kind and kind in ('output', 'error'):
            said[-1] = (kind, said[-1][1] + text)
        else:
            said.append((kind, text))
    return said


def _said(reply):
    """Yield what one reply says: (kind, text), or a picture."""
    for kind in (*TEXTS, 'notice'):
        if kind in reply:
            yield kind, reply[kind]
            return
    if 'image' in reply:
        image = reply['image']
        yield 'image', {'src': f'data:{image["type"]};base64,{image["data"]}', 'alt': image['text']}
    elif 'html' in reply:
        yield 'output', reply['html']['text'] + '\n'
    elif 'queued' in reply:
        place = reply['queued']['place']
        yield 'notice', f'Many consoles are starting. You are number {place}; load this page again in a moment.'


def wanted_next(replies):
    """Return what the console waits for: `more` of a block, `input` of a program, else `code`."""
    for reply in reversed(replies):
        for kind in ('more', 'input'):
            if kind in reply:
                return kind
        if {'okay', 'exc', 'terminate'} & reply.keys():
            return 'code'
    return 'code'


def includeme(config):
    config.add_client(
        'console',
        action='console',
        resource=Consoles,
        tab='Console',
        title='The console',
        icon='console',
        help='ivle:templates/help/console.pt',
    )
    config.scan(__name__)
