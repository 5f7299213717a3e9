"""The folder that is the queue of a site without a broker: kombu's, with messages that are there whole or not at all.

kombu's own writes a message under the name by which it is found. A worker that looks between the two takes half of it, stumbles,
and takes nothing any more.
"""

import logging
import os
import uuid
from queue import Empty

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """A message is one file: `<moment>_<random>.<queue>.msg`, so that the oldest comes first."""

    def _put(self, queue, payload, **kwargs):
        draft = os.path.join(self.data_folder_out, f'{uuid.uuid4()}.draft')
        with open(draft, 'xb') as file:
            file.write(dumps(payload).encode('utf-8'))
        moment = os.stat(draft).st_mtime_ns // 1_000_000
        os.rename(draft, os.path.join(self.data_folder_out, f'{moment}_{uuid.uuid4()}.{queue}.msg'))

    def _get(self, queue):
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition('.')[2] == f'{queue}.msg' and (message := self._take(name)) is not None:
                return message
        raise Empty()

    def _take(self, name):
        """Return the message of a file that is ours from now on; None when another worker was quicker, or it is none."""
        path = os.path.join(self.data_folder_in, name)
        taken = f'{path}.{os.getpid()}.taken'
        try:
            os.rename(path, taken)
        except FileNotFoundError:
            return None
        with open(taken, 'rb') as file:
            content = file.read()
        os.unlink(taken)
        try:
            found = loads(content.decode('utf-8'))
        except ValueError:
            found = None
        if isinstance(found, dict) and 'properties' in found:
            return found
        log.error('a file in the queue was no message and is gone: %s', name)
        return None


class Transport(filesystem.Transport):
    """Put in the place of kombu's `filesystem`."""

    Channel = Channel
