"""Forms: the request of this site, whose body is read within bounds, or refused in words, before it costs memory."""

import re

from pyramid.request import Request

from ivle.errors import BadRequest, IvleError

# Whoever is not signed in has little to say: a login and a password.
STRANGER_BYTES = 64 * 1024
# A field costs some hundred times its own bytes once it is read. The longest list of ours ticks a thousand names.
MOST_FIELDS = 20_000
_BLOCK_BYTES = 1 << 20
_BOUNDARY = re.compile(r'boundary="?([^";,]{1,200})"?', re.IGNORECASE)


class FormRequest(Request):
    """A request whose form and JSON are no larger than a page of ours would send.

    Files in a form may be as large as an upload: they go to disk. Everything else is held in memory several times over.
    """

    @property
    def POST(self):
        if 'webob._parsed_post_vars' not in self.environ:
            self._refuse_endless_form()
        try:
            return super().POST
        # Foreign reasons are many: no boundary, another character set, bytes that are no text.
        except (ValueError, LookupError, DeprecationWarning) as error:
            raise BadRequest('The form that was sent cannot be read. Go back, reload the page and send it again.') from error

    def make_tempfile(self):
        """Return the file that a large body is copied to; unlike WebOb, see to its end."""
        file = super().make_tempfile()
        self.add_finished_callback(lambda request: file.close())
        return file

    def text_body(self):
        """Return the body as bytes; IvleError `too-large` when it is more than a script would ever send as text."""
        self._refuse_more_than(self._text_limit())
        return self.body

    def _text_limit(self):
        # The largest text of the editor, each byte written as three.
        return STRANGER_BYTES if self.identity is None else 4 * self.registry.ivle.edit_limit

    def _refuse_endless_form(self):
        if self.content_type == 'multipart/form-data' and self.identity is not None:
            found = _BOUNDARY.search(self.headers.get('Content-Type', ''))
            mark = b'--' + found[1].encode('latin-1', 'replace') if found else None
        elif self.content_type in ('', 'application/x-www-form-urlencoded', 'multipart/form-data'):
            self._refuse_more_than(self._text_limit())
            mark = b'&'
        else:
            return
        if mark and (self.content_length or 0) > MOST_FIELDS and self._count(mark) > MOST_FIELDS:
            raise BadRequest(f'A form has at most {MOST_FIELDS} fields.')

    def _refuse_more_than(self, most):
        if (self.content_length or 0) > most:
            raise IvleError('That is more text than this site takes at once. Nothing was changed.', code='too-large', status=413)

    def _count(self, mark):
        """Return how often `mark` stands in the body."""
        file, found, tail = self.body_file_seekable, 0, b''
        while block := file.read(_BLOCK_BYTES):
            block = tail + block
            found += block.count(mark)
            # A mark may begin in one block and end in the next.
            tail = block[-(len(mark) - 1) :] if len(mark) > 1 else b''
        file.seek(0)
        return found
