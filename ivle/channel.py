"""Channel: what the server itself refuses, before there is a request for the site, is said as the rest of the site says it."""

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from ivle.guard import refusal_body, site_headers

_POLICY = ('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
_WORDS = {
    413: ('too-large', 'That is larger than this site takes.'),
    431: ('too-long', 'Your browser sent more headers than this site reads. Delete its cookies for this site and try again.'),
    500: ('internal', 'Something broke on our side. Your saved files are safe. Try again in a moment.'),
    501: ('bad-request', 'The request says that it comes in a way this site cannot read.'),
}
_NO_REQUEST = ('bad-request', 'What was sent is not a request as browsers send them.')


def channel_class(settings):
    """Return the class of waitress's connections for a site with these settings."""
    headers = [*site_headers(settings), _POLICY]

    class Refusal(ErrorTask):
        """One answer of the server's own, after which the connection is closed."""

        def execute(self):
            error = self.request.error
            content_type, body = refusal_body(self.request.headers.get('ACCEPT', ''), *_WORDS.get(error.code, _NO_REQUEST))
            self.status = f'{error.code} {error.reason}'
            self.response_headers.extend([('Content-Type', content_type), *headers])
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):
        """A connection whose refusals are ours."""

        error_task_class = Refusal

    return Channel
