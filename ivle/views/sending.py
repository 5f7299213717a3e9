"""Sending: a file's bytes as a response, whole, in part, or not at all when the browser has them already."""

from pyramid.response import Response

from ivle.errors import IvleError

_BLOCK_BYTES = 256 * 1024
# The ways in which an answer becomes a part of the page that asked for it.
_ACTIVE_USES = frozenset(
    (
        'script',
        'style',
        'worker',
        'sharedworker',
        'serviceworker',
        'audioworklet',
        'paintworklet',
        'object',
        'embed',
        'xslt',
        'manifest',
    )
)


def refuse_active_use(request):
    """Refuse to become a part of one of the site's own pages.

    Student pages have no origin, so what they load comes "cross-site"; a script that a page of ours asks for here was put
    into that page by somebody else.
    """
    if request.headers.get('Sec-Fetch-Site') == 'same-origin' and request.headers.get('Sec-Fetch-Dest') in _ACTIVE_USES:
        raise IvleError('Files of people are not scripts or styles of this site.', code='forbidden', status=403)


def send_file(request, file, size, content_type, etag=None, headers=()):
    """Return a response with the rest of an open file, `size` bytes; whoever sends it closes the file.

    With an `etag` the browser may ask for a part of it, or whether it has the file already. No `content_type`, no header.
    """
    response = Response(status=200, headerlist=[*([('Content-Type', content_type)] if content_type else []), *headers])
    if etag is not None:
        response.etag, response.accept_ranges = (etag, True), 'bytes'
        if request.method in ('GET', 'HEAD') and etag in request.if_none_match:
            file.close()
            response.status_int = 304
            del response.headers['Content-Type']
            return response
        if request.method == 'GET' and request.range is not None and response in request.if_range:
            part = request.range.range_for_length(size)
            if part is None:
                file.close()
                return Response(status=416, headerlist=[('Content-Range', f'bytes */{size}'), *headers])
            response.status_int, response.content_range = 206, (*part, size)
            file.seek(part[0])
            size = part[1] - part[0]
    # The server's own buffer takes the file over, so that a slow reader holds no thread.
    wrap = request.environ.get('wsgi.file_wrapper')
    response.app_iter = wrap(file, _BLOCK_BYTES) if wrap else _Blocks(file, size)
    response.content_length = size
    return response


class _Blocks:
    """The next `size` bytes of a file in blocks, for a server without a buffer of its own."""

    def __init__(self, file, size):
        self._file, self._left = file, size

    def __iter__(self):
        return self

    def __next__(self):
        block = self._file.read(min(self._left, _BLOCK_BYTES))
        if not block:
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self):
        self._file.close()
