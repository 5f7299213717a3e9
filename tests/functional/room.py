"""A directory of its own for one test, in a sample student's files on a real site."""

import itertools
import secrets
from urllib.parse import quote

_numbers = itertools.count(1)


class Room:
    """An empty directory below a person's home, with builders for what it holds. `visitor` is its owner, signed in."""

    def __init__(self, visitor, login, inside=''):
        self.visitor, self.login = visitor, login
        self.name = f'room{next(_numbers)}-{secrets.token_hex(3)}'
        self.path = f'{inside}/{self.name}'.strip('/')
        parent = f'/files/{login}/{inside}'.rstrip('/')
        assert visitor.post(f'{parent}/@@mkdir', {'name': self.name}).status == 201

    def url(self, action, *names, view=None):
        """Return the address of something in the room, below the site's prefix."""
        parts = [action, self.login, *self.path.split('/'), *names]
        return '/' + '/'.join(quote(part) for part in parts) + (f'/@@{view}' if view else '')

    def put(self, name, content):
        """Make a file and return its etag."""
        answer = self.visitor.put(self.url('edit', name), content, if_none_match='*')
        assert answer.status == 201, answer.body
        return answer.json['etag']

    def content(self, name):
        """Return the text of a file, or None when there is none."""
        answer = self.visitor.get_json(self.url('edit', name))
        return answer.json['text'] if answer.status == 200 else None

    def names(self, *below):
        """Return the names listed in the room or a directory of it."""
        answer = self.visitor.get_json(self.url('files', *below))
        assert answer.status == 200, answer.body
        return {entry['name'] for entry in answer.json['entries']}

    def act(self, view, **fields):
        """Return the answer to a JSON action on the room."""
        return self.visitor.post(self.url('files', view=view), fields)

    def upload(self, files, accept='application/json', **fields):
        """Return the answer to an upload of {name: bytes}."""
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, content in files.items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
            parts.append(head.encode() + content + b'\r\n')
        headers = {
            'Accept': accept,
            'Content-Type': f'multipart/form-data; boundary={boundary}',
            'X-CSRF-Token': self.visitor.csrf_token,
        }
        return self.visitor.request(
            'POST', self.url('files', view='upload'), b''.join(parts) + f'--{boundary}--\r\n'.encode(), headers
        )
