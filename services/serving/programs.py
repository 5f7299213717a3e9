"""Programs: a student's `.py` run as CGI, with an end to its time and its output."""

import os
import selectors
import signal
import sys
import time

from ivle import __version__, chat
from services.serving.finding import Refusal

STDERR_KEPT = 32 * 1024
# How long output is still read when the program itself has ended, yet something it left behind holds the pipe.
DRAIN_SECONDS = 0.2
CHUNK = 64 * 1024

# What never reaches a program, whoever sent it on: whose session it is, and what would move its own network calls.
WITHHELD = {'authorization', 'proxy-authorization', 'cookie', 'proxy', 'x-csrf-token', 'content-type', 'content-length'}


def environment(request, target, body_size):
    """Return the environment of a CGI program (bytes): the sandbox's own and that of CGI/1.1."""
    values = {
        'GATEWAY_INTERFACE': 'CGI/1.1',
        'SERVER_SOFTWARE': f'IVLE/{__version__}',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'SERVER_NAME': request['server_name'],
        'SERVER_PORT': request['server_port'],
        'REQUEST_SCHEME': request['scheme'],
        'REQUEST_METHOD': request['method'],
        'SCRIPT_NAME': request['script_name'] + '/' + target.path,
        'PATH_INFO': target.rest,
        'QUERY_STRING': request['query'],
        'REMOTE_ADDR': request.get('remote_addr') or '127.0.0.1',
    }
    values['REMOTE_HOST'] = values['REMOTE_ADDR']
    if request['scheme'] == 'https':
        values['HTTPS'] = 'on'
    if request['remote_user']:
        values['REMOTE_USER'] = request['remote_user']
    headers = {name.lower(): value for name, value in request['headers'].items()}
    if body_size or request['method'] in ('POST', 'PUT', 'PATCH'):
        values['CONTENT_LENGTH'] = str(body_size)
        values['CONTENT_TYPE'] = headers.get('content-type', '')
    for name, value in headers.items():
        if name not in WITHHELD and name.isascii() and name.replace('-', '').isalnum():
            values['HTTP_' + name.upper().replace('-', '_')] = value
    made = {name.encode(): value.encode('utf-8') for name, value in values.items() if '\0' not in value}
    return {**os.environb, **made}


def spool(connection):
    """Return (descriptor, size) of an unnamed file that holds the request's body; size None when it did not fit.

    The whole body is read before anything else: the asker reads our answer only after it has sent all.
    """
    descriptor, size = os.open('/dev/null', os.O_RDONLY | os.O_CLOEXEC), 0
    for chunk in chat.read_data(connection):
        try:
            if size == 0:
                descriptor = os.open(os.environ.get('TMPDIR', '/tmp'), os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            if size is not None:
                size += write_all(descriptor, chunk)
        except OSError:
            size = None
    if size:
        os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor, size


def write_all(descriptor, data):
    """Write all of `data` and return its length; OSError where it does not fit."""
    written = 0
    while written < len(data):
        written += os.write(descriptor, data[written:])
    return written


def spawn(path, environ, descriptors):
    """Start a new Python for the file `path` and return its process id; it leads a session of its own.

    It gets the three descriptors and nothing else: all of ours close at exec.
    """
    command = [sys.executable, '-u', path]
    actions = [(os.POSIX_SPAWN_DUP2, descriptor, number) for number, descriptor in enumerate(descriptors)]
    changed = [signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD]
    return os.posix_spawn(command[0], command, environ, file_actions=actions, setsid=True, setsigdef=changed)


class Run:
    """One run of a program: its output as it comes, its end, and what it wrote to standard error."""

    def __init__(self, start, path, environ, stdin):
        self._output, output = os.pipe()
        self._errors, errors = os.pipe()
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self.pid = start(path, environ, (stdin, output, errors))
        os.close(output)
        os.close(errors)
        self.stderr = b''
        self.reason = None

    def read(self, seconds, limit):
        """Yield the output, at most `limit` bytes and for at most `seconds`; then nothing of the program is left."""
        deadline, left = time.monotonic() + seconds, limit
        with selectors.PollSelector() as selector:
            for descriptor in (self._output, self._errors, self._woken):
                selector.register(descriptor, selectors.EVENT_READ)
            ended = False
            # Besides the bell that tells of the program's end, something may still come.
            while not (ended and len(selector.get_map()) == 1):
                wait = deadline - time.monotonic()
                if wait <= 0:
                    self.reason = self.reason or (None if ended else 'time')
                    break
                ready = {key.fd for key, _ in selector.select(wait)}
                if self._errors in ready:
                    self._keep_errors(selector)
                if self._output in ready:
                    data = os.read(self._output, CHUNK)
                    if not data:
                        selector.unregister(self._output)
                    elif len(data) > left:
                        self.reason = 'output'
                        yield data[:left]
                        break
                    else:
                        left -= len(data)
                        yield data
                if self._woken in ready:
                    os.read(self._woken, CHUNK)
                    if not ended and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                        ended, deadline = True, min(deadline, time.monotonic() + DRAIN_SECONDS)

    def _keep_errors(self, selector):
        data = os.read(self._errors, CHUNK)
        if not data:
            selector.unregister(self._errors)
        # A traceback says what it has to say at its end.
        self.stderr = (self.stderr + data)[-STDERR_KEPT:]

    def end(self):
        """Kill what is left of the program's group; return its exit status, negative for a signal."""
        try:
            # Before reaping: until then the group's number cannot be another's.
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.reason = self.reason or ('killed' if status < 0 else 'exited')
        return status


def run_program(connection, request, target, home, body, seconds, limit, start=None):
    """Answer with what a program writes; `body` is the descriptor and the size of what was sent to it.

    `start(path, environ, descriptors)` starts it and returns its process id; `spawn` where none is given.
    """
    descriptor, size = body
    if size is None:
        raise Refusal('too-large', 'What was sent to the program is larger than the space it has.')
    chat.write_value(connection, {'okay': {'kind': 'cgi', 'path': target.path}})
    os.fchdir(target.folder)
    try:
        run = Run(start or spawn, f'{home}/{target.path}', environment(request, target, size), descriptor)
    except OSError as error:
        return say_ended(connection, 126, 'exited', f'The program could not be started: {error.strerror}.')
    try:
        for data in run.read(seconds, limit):
            chat.write_frame(connection, data)
    finally:
        status = run.end()
    say_ended(connection, status, run.reason, run.stderr.decode('utf-8', 'replace'))


def say_ended(connection, status, reason, stderr):
    """End the program's output and say how the program ended."""
    chat.write_frame(connection, b'')
    chat.write_value(connection, {'ended': {'exit': status, 'reason': reason, 'stderr': stderr}})
