"""What the program writes and shows, made into replies: whole characters, joined pieces, and an end to floods."""

import codecs

REPLY_CHARACTERS = 32 * 1024


class Output:
    """Collects the bytes of both streams; beyond `limit` bytes a command the rest is dropped, with one notice."""

    def __init__(self):
        self.limit = 0
        self._decoders = {}
        self._pieces = []
        self.begin()

    def begin(self):
        """Start counting anew: a new command has its own allowance."""
        self._left = self.limit
        self._is_cut = False

    def take(self, kind, data):
        """Add bytes of the stream `kind` ('output' or 'error')."""
        kept = data[: self._left]
        self._left -= len(kept)
        self._add(kind, self._decoder(kind).decode(kept))
        if len(kept) < len(data):
            self._cut()

    def show(self, kind, value, size):
        """Add a picture or a page of `size` bytes, whole or not at all; nothing comes after what did not fit."""
        if size > self._left:
            self._left = 0
            self._cut()
            return
        self._left -= size
        self._pieces.append((kind, value))

    def _cut(self):
        if not self._is_cut:
            self._is_cut = True
            self.finish()
            self._add('error', f'\n[The output is longer than {_size(self.limit)}: the rest of it is not shown.]\n')

    def finish(self):
        """Show characters that were never completed: nothing more of them is to come."""
        for kind, decoder in self._decoders.items():
            self._add(kind, decoder.decode(b'', final=True))

    def replies(self):
        """Return the replies collected so far, and forget them."""
        pieces, self._pieces = self._pieces, []
        return [reply for kind, content in pieces for reply in _replies(kind, content)]

    def _decoder(self, kind):
        if kind not in self._decoders:
            self._decoders[kind] = codecs.getincrementaldecoder('utf-8')('replace')
        return self._decoders[kind]

    def _add(self, kind, text):
        if not text:
            return
        if self._pieces and self._pieces[-1][0] == kind:
            self._pieces[-1][1].append(text)
        else:
            self._pieces.append((kind, [text]))


def _replies(kind, content):
    if type(content) is dict:
        return [{kind: content}]
    text = ''.join(content)
    return [{kind: text[start : start + REPLY_CHARACTERS]} for start in range(0, len(text), REPLY_CHARACTERS)]


def _size(count):
    return f'{count >> 20} MB' if count >= 1 << 20 else f'{count >> 10} kB' if count >= 1 << 10 else f'{count} bytes'
