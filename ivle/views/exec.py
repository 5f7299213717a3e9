"""The exec client: a student's directory as a little web server, whose pages can never act as the site.

A reader signed in by a cookie who opens `/serve/<owner>/…` is sent to the same page behind a pass, `/served/<pass>/<owner>/…`.
There everything works without cookies, as the page has no origin and its browser sends none. Scripts are answered at once.
"""

from urllib.parse import unquote_plus

from pyramid.exceptions import BadCSRFToken
from pyramid.httpexceptions import HTTPSeeOther, HTTPTemporaryRedirect
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from ivle.cgi import BODILESS, HEAD_LIMIT, Malformed, read_headers
from ivle.errors import IvleError
from ivle.hosts.serve import FolderWithoutSlash, Serve, ServedFile
from ivle.hosts.turns import Turns
from ivle.resources.base import path_url
from ivle.resources.serve import OutdatedPlace, PassedPlace, PassRoot, ServedPlace, ServeRoot
from ivle.security.passes import make_pass
from ivle.security.permissions import Permission
from ivle.views import trouble
from ivle.views.sending import refuse_active_use, send_file

ANY_METHOD = ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS')
SAFE_METHODS = ('GET', 'HEAD', 'OPTIONS')
# What a browser loads to show it by itself, rather than as a part of something.
_NAVIGATIONS = ('document', 'iframe', 'frame')
# Never `allow-same-origin`: with it a student's page would be the site.
_SANDBOX = 'sandbox allow-scripts allow-forms allow-modals allow-downloads allow-popups'
_STUDENT_HEADERS = (
    ('Content-Security-Policy', _SANDBOX),
    ('X-Content-Type-Options', 'nosniff'),
    ('Referrer-Policy', 'no-referrer'),
    ('Cache-Control', 'no-store'),
)
# To the browser a student's page is another site even to itself, which would keep it from its own frames and windows.
# Nothing here depends on who asks, so everybody may read it, show it in a frame and keep a hold on its window.
_SHARED_HEADERS = (
    ('Access-Control-Allow-Origin', '*'),
    ('Cross-Origin-Resource-Policy', 'cross-origin'),
    ('Cross-Origin-Opener-Policy', 'unsafe-none'),
    ('X-Frame-Options', ''),
)
# What a request says that is between the browser and the site.
_WITHHELD = frozenset(
    ('authorization', 'cookie', 'x-csrf-token', 'proxy', 'proxy-authorization', 'connection', 'keep-alive', 'upgrade')
)
_TEXTS = ('text/', 'application/json', 'image/svg+xml')
_CHUNK_BYTES = 256 * 1024
_FORM_LIMIT = 1 << 20


@view_config(context=ServeRoot, permission=Permission.USE_SITE)
def choose(homes, request):
    """Send a person to the page of their own home."""
    return HTTPSeeOther(path_url(request, 'serve', request.identity.login) + '/')


@view_config(context=ServedPlace, methods=ANY_METHOD, permission=Permission.SERVE, require_csrf=False)
def serve(place, request):
    """Answer with a page or program of a home; a browser that shows it is sent behind a pass first."""
    refuse_active_use(request)
    if _is_shown_by_browser(request):
        word = make_pass(request.registry.signer, request.identity.session_id, place.login)
        return HTTPSeeOther(_address(place, request, 'served', word))
    body = _body_of(request) if request.method in SAFE_METHODS else _proven_body(request)
    return _answer(place, request, ('serve',), body, _STUDENT_HEADERS)


@view_config(context=PassedPlace, methods=ANY_METHOD, permission=Permission.SERVE, require_csrf=False)
def serve_behind_pass(place, request):
    """Answer with a page or program to whoever shows a good pass."""
    refuse_active_use(request)
    if request.method == 'OPTIONS' and 'Access-Control-Request-Method' in request.headers:
        return _allow_from_student_pages(request)
    return _answer(place, request, ('served', place.pass_word), _body_of(request), _STUDENT_HEADERS + _SHARED_HEADERS)


@view_config(context=OutdatedPlace, methods=ANY_METHOD, permission=NO_PERMISSION_REQUIRED, require_csrf=False)
def renew(place, request):
    """Send a browser with an old pass back to where it gets a new one."""
    if request.method in SAFE_METHODS:
        return HTTPSeeOther(_address(place, request, 'serve'))
    message = 'This page was open too long, or you signed out since. Open it again, then send again what you typed.'
    raise IvleError(message, code='pass-is-over', status=403)


def _is_shown_by_browser(request):
    via_cookie = request.identity.via == 'session'
    return via_cookie and request.method in ('GET', 'HEAD') and request.headers.get('Sec-Fetch-Dest') in _NAVIGATIONS


def _address(place, request, *action, slash=False):
    """Return the URL of a place below an action, its final slash and query kept."""
    end = '/' if slash or place.has_final_slash or not place.parts else ''
    query = f'?{request.query_string}' if request.query_string else ''
    return path_url(request, *action, place.login, *place.parts) + end + query


def _allow_from_student_pages(request):
    """Answer the browser's question whether a page without an origin may send this kind of request."""
    headers = [
        ('Access-Control-Allow-Methods', ', '.join(ANY_METHOD)),
        ('Access-Control-Allow-Headers', request.headers.get('Access-Control-Request-Headers', '')),
        ('Access-Control-Max-Age', '600'),
        *_SHARED_HEADERS,
    ]
    return Response(status=204, headerlist=headers)


# -- what is asked ----------------------------------------------------------------------------------


def _body_of(request):
    return iter(lambda: request.body_file.read(_CHUNK_BYTES), b'')


def _proven_body(request):
    """Return the body of a request that may change something, as chunks; BadCSRFToken when only a cookie speaks for it.

    The proof itself, the header X-CSRF-Token or the field csrf_token of a simple form, never reaches the program.
    """
    if request.identity.via == 'token':
        return _body_of(request)
    token, body = request.headers.get('X-CSRF-Token'), _body_of(request)
    if (
        token is None
        and request.content_type == 'application/x-www-form-urlencoded'
        and (request.content_length or 0) <= _FORM_LIMIT
    ):
        fields = request.body.split(b'&')
        given = [field.partition(b'=')[2] for field in fields if field.startswith(b'csrf_token=')]
        token = unquote_plus(given[0].decode('latin-1')) if given else None
        body = [b'&'.join(field for field in fields if not field.startswith(b'csrf_token='))]
    if token is None or not request.registry.getUtility(ICSRFStoragePolicy).check_csrf_token(request, token):
        raise BadCSRFToken()
    return body


def _question(place, request, action):
    """Return the request as docs/services.md describes it to the serve service."""
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _WITHHELD}
    slash = '/' if place.parts and place.has_final_slash else ''
    return {
        'method': request.method,
        'path': '/'.join(place.parts) + slash,
        'query': request.query_string,
        'headers': headers,
        'script_name': '/'.join((request.script_name, *action, place.login)),
        'server_name': request.domain,
        'server_port': request.host_port,
        'scheme': request.scheme,
        'remote_user': place.login,
        'remote_addr': request.remote_addr,
    }


# -- what is answered -------------------------------------------------------------------------------


def _answer(place, request, action, body, headers):
    """Return the response of a home to a request, with these headers of ours on what a student made."""
    if not place.parts and not place.has_final_slash:
        return _redirect_to_folder(place, request, action, headers)
    host = Serve(request.registry.ivle)
    if (request.content_length or 0) > host.largest_body:
        most = host.largest_body >> 20
        raise IvleError(f'A program can be sent at most {most} MiB at once.', code='too-large', status=413)
    with request.registry.serve_turns.turn(place.login):
        served = host.run(place.login, _question(place, request, action), body)
    if isinstance(served, FolderWithoutSlash):
        return _redirect_to_folder(place, request, action, headers)
    if isinstance(served, ServedFile):
        content_type = served.type + ('; charset=utf-8' if served.type.startswith(_TEXTS) else '')
        return send_file(request, served.body, served.size, content_type, served.etag, headers)
    return _answer_of_program(place, request, served, headers)


def _redirect_to_folder(place, request, action, headers):
    """Send the browser to a directory's address with its final slash, so that links in its page are right."""
    kind = HTTPSeeOther if request.method in ('GET', 'HEAD') else HTTPTemporaryRedirect
    return kind(_address(place, request, *action, slash=True), headers=headers)


def _answer_of_program(place, request, served, headers):
    """Return what a program answered, or a page that explains to its owner why it did not."""
    found = read_headers(served.body.read(HEAD_LIMIT + 1))
    served.body.seek(0)
    if served.reason != 'exited' or isinstance(found, Malformed) or trouble.is_crash(served):
        return trouble.explain(place, request, served, found)
    served.body.seek(found.body_start)
    size = 0 if found.status in BODILESS else served.size - found.body_start
    response = send_file(request, served.body, size, found.content_type, headers=headers)
    response.status = f'{found.status} {found.reason}'
    if found.location is not None:
        response.headers['Location'] = found.location
    response.headers.extend(found.others)
    return response


def includeme(config):
    config.registry.serve_turns = Turns(config.registry.ivle.threads)
    config.add_client('exec', action='serve', resource=ServeRoot, title='Serving pages', help='ivle:templates/help/exec.pt')
    config.add_client('passes', action='served', resource=PassRoot, needs_sign_in=False)
    config.scan(__name__)
