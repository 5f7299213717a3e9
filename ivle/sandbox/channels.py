"""Channels: frames in and out of a socket in the event loop, without a task, a thread or a wait for each of them."""

import select
import socket

from ivle import chat

# So many frames are heard in one turn of the loop; whoever sends more lets others have theirs in between.
FRAMES_A_TURN = 64
# So many times in one turn a peer is heard that says little each time.
READS_A_TURN, _LITTLE_BYTES = 4, 1024
# What a frame costs besides its bytes, so that a flood of small ones is slowed down as one of large ones is.
FRAME_COST = 2048
# More than a peer's longest frame. What waits beyond is a peer that does not read.
MOST_PENDING = 2 * chat.MAX_FRAME


class Channel:
    """One end of a stream socket.

    `on_frame(payload)` is called for each frame, and may raise ProtocolError; `on_pause()` when those that had come together
    were heard; `on_drained()` when what was sent has gone; `on_end(error)` once, with the ProtocolError that ended it, or
    None at a clean end of file. Whoever sends more than `pace` bytes a second for long is read that fast and no faster.
    A frame that has begun must be whole after `frame_seconds`; whoever takes nothing for `send_seconds` is lost.
    With what comes first there may be so many `descriptors`, which `on_descriptors(them)` is given.
    """

    def __init__(
        self,
        loop,
        sock,
        owner,
        *,
        pace,
        frame_seconds,
        send_seconds,
        max_frame=chat.MAX_FRAME,
        most=chat.READ_BYTES,
        descriptors=0,
    ):
        self._loop, self._sock, self._owner = loop, sock, owner
        # The loop looks descriptors up; of a socket it does not know it would describe both ends first.
        self._descriptor = sock.fileno()
        self._incoming = select.poll()
        self._incoming.register(self._descriptor, select.POLLIN)
        self._pace, self._balance, self._paid_at = pace, float(pace), loop.time()
        self._frame_seconds, self._send_seconds, self._most = frame_seconds, send_seconds, most
        self._descriptors = descriptors
        self._frames, self._pending = chat.Frames(max_frame), bytearray()
        self._late = self._slow = self._pausing = None
        self.is_open = True
        loop.add_reader(self._descriptor, self._read)

    @property
    def is_waiting(self):
        """Whether something sent is still here."""
        return bool(self._pending)

    def close(self):
        """Hear and send nothing any more. The socket itself stays open; nobody is told."""
        if not self.is_open:
            return
        self.is_open = False
        for timer in (self._late, self._slow, self._pausing):
            if timer is not None:
                timer.cancel()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)

    # -- out ----------------------------------------------------------------------------------------

    def send(self, data):
        """Send frames now; what does not fit goes when there is room."""
        if not self.is_open:
            return
        sent = 0
        if not self._pending:
            try:
                sent = self._sock.send(data)
            except BlockingIOError:
                pass
            except OSError:
                # The peer is gone. What it has said before is still to be read, and then its end.
                return
            if sent == len(data):
                return
            self._loop.add_writer(self._descriptor, self._write)
            self._wait_for_room()
        self._pending += data[sent:]
        if len(self._pending) > MOST_PENDING:
            self._lose('the peer does not read')

    def _write(self):
        try:
            sent = self._sock.send(self._pending)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._pending)
        del self._pending[:sent]
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
        if self._pending:
            self._wait_for_room()
            return
        self._loop.remove_writer(self._descriptor)
        self._owner.on_drained()

    def _wait_for_room(self):
        self._slow = self._loop.call_later(self._send_seconds, self._lose, 'the peer took too long')

    # -- in -----------------------------------------------------------------------------------------

    def _read(self):
        # Where processors are busy, whoever was answered a moment ago has asked again already.
        for _ in range(READS_A_TURN):
            if not self._read_once() or not self.is_open or self._pausing is not None or not self._incoming.poll(0):
                return

    def _read_once(self):
        """Hear what has come; return whether that was little, as a question is."""
        descriptors = None
        try:
            if self._descriptors:
                data, descriptors, _, _ = socket.recv_fds(self._sock, self._most, self._descriptors, socket.MSG_CMSG_CLOEXEC)
                self._descriptors = 0
            else:
                data = self._sock.recv(self._most)
        except BlockingIOError:
            return False
        except OSError as error:
            self._lose(f'the connection broke: {error}')
            return False
        if descriptors is not None:
            self._owner.on_descriptors(descriptors)
        if not data:
            self._end(chat.ConnectionLost('end of file inside a frame') if self._frames.is_partial else None)
            return False
        self._frames.feed(data)
        self._balance -= len(data)
        self._hear()
        return len(data) <= _LITTLE_BYTES

    def _hear(self):
        heard = 0
        try:
            while heard < FRAMES_A_TURN and (payload := self._frames.next()) is not None:
                heard += 1
                self._owner.on_frame(payload)
                if not self.is_open:
                    return
        except chat.ProtocolError as error:
            self._end(error)
            return
        if heard:
            self._owner.on_pause()
        if self.is_open:
            self._go_on(heard)

    def _go_on(self, heard):
        now = self._loop.time()
        self._balance = min(self._pace, self._balance + self._pace * (now - self._paid_at)) - FRAME_COST * heard
        self._paid_at = now
        if heard == FRAMES_A_TURN or self._balance < 0:
            # There may be more here already; it is heard before anything else is read.
            self._pause(max(0.0, -self._balance / self._pace))
            return
        self._watch_the_frame(heard)

    def _pause(self, seconds):
        if self._pausing is None:
            self._loop.remove_reader(self._descriptor)
        self._pausing = self._loop.call_later(seconds, self._resume)
        if self._late is not None:
            # We are the ones who are slow.
            self._late.cancel()
            self._late = None

    def _resume(self):
        self._pausing = None
        if self._sock.fileno() < 0:
            self._end(None)
            return
        self._loop.add_reader(self._descriptor, self._read)
        self._hear()

    def _watch_the_frame(self, heard):
        if self._late is not None and (heard or not self._frames.is_partial):
            self._late.cancel()
            self._late = None
        if self._late is None and self._frames.is_partial:
            self._late = self._loop.call_later(self._frame_seconds, self._lose, 'the peer took too long')

    # -- the end ------------------------------------------------------------------------------------

    def _lose(self, why):
        self._end(chat.ConnectionLost(why))

    def _end(self, error):
        if self.is_open:
            self.close()
            self._owner.on_end(error)
