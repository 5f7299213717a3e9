"""Examiners: processes forked from the judge, each of which judges attempts one after the other as long as none can change it."""

import math
import os
import resource
import signal
import socket
import time

_GIVEN, _FREE = b'attempt', b'free'
_SPACE = socket.CMSG_SPACE(4 * 4)
# Of those that have nothing to do, so many stay.
MOST_IDLE = 4
# What one that stays may have left of its attempts in memory, in KiB.
MOST_GROWTH = 32 * 1024


class Examiners:
    """Has each attempt judged by `examine(*descriptors)` in another process; it returns whether all went as it should.

    With `may_stay` a process of which that is true judges others, too: where no author's code meets what an attempt came to.
    One attempt may take `seconds` of the processor. `channel` is what no such process is to hold.
    """

    def __init__(self, examine, seconds, may_stay, channel):
        self._examine, self._seconds, self._may_stay, self._channel = examine, seconds, may_stay, channel
        self._idle, self._busy = [], []
        # Nobody waits for those that have ended.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    def give(self, descriptors):
        """Have an attempt judged. The descriptors stay the caller's."""
        self._look_around()
        while True:
            examiner = self._idle.pop() if self._idle else self._new(descriptors)
            try:
                socket.send_fds(examiner, [_GIVEN], descriptors)
                self._busy.append(examiner)
                return
            except BrokenPipeError:
                # It was ended while it was idle.
                examiner.close()

    def _look_around(self):
        """Find out who is free again, and who has ended."""
        for examiner in self._busy[:]:
            try:
                word = examiner.recv(len(_FREE), socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                word = b''
            self._busy.remove(examiner)
            if word == _FREE and len(self._idle) < MOST_IDLE:
                self._idle.append(examiner)
            else:
                examiner.close()

    def _new(self, descriptors):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            try:
                for other in (ours, self._channel, *self._busy, *self._idle):
                    other.close()
                # It is sent its own.
                for descriptor in descriptors:
                    os.close(descriptor)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                self._serve(theirs)
            finally:
                os._exit(0)
        theirs.close()
        return ours

    def _serve(self, given):
        """Be an examiner. What ends this process before a verdict was the attempt's doing."""
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        largest, longest = _memory() + MOST_GROWTH, math.inf if most == resource.RLIM_INFINITY else most
        while True:
            _, ancillary, _, _ = given.recvmsg(len(_GIVEN), _SPACE, socket.MSG_CMSG_CLOEXEC)
            descriptors = [one for _, _, data in ancillary for one in memoryview(data).cast('i')]
            # A check that never ends, or never with what the attempt gave it, is ended with this process.
            seconds = min(math.ceil(time.process_time()) + self._seconds, longest)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, most if self._may_stay else seconds))
            if not descriptors or not self._examine(*descriptors) or not self._may_stay:
                return
            # The next is to have all of its seconds.
            if _memory() > largest or math.ceil(time.process_time()) + self._seconds > longest:
                return
            given.send(_FREE)


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
