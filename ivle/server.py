"""The server of an ini file (`egg:ivle#site`): brings up everything the site needs, then answers requests.

It is a server *factory*: `pserve` calls it before the application is built, so that secrets are there
and the daemons come up while Python imports the rest and the tables are brought up to date.
"""

import atexit
import errno
import fcntl
import functools
import logging
import os
import signal
import socket
import sys

import waitress
from pyramid.paster import get_appsettings

from ivle.channel import channel_class
from ivle.errors import IvleError
from ivle.scripts.sample import make_sample, refuse_sample_passwords
from ivle.secrets import make_secrets
from ivle.settings import SettingsError, read_settings
from ivle.supervisor import StartFailed, Supervisor
from ivle.sweeper import Collector, Sweeper

CHANNEL_SECONDS = 60
# A reader that takes nothing for this long is gone; without it a dead connection holds a thread for a quarter of an hour.
UNACKNOWLEDGED_MILLISECONDS = 30_000
GOODBYE_SECONDS = 1.5
# Room for the fields around the files of an upload.
FORM_BYTES = 1 << 20

log = logging.getLogger(__name__)


def server_factory(global_config, **options):
    """Return the function that serves an application, as `paste.server_factory` wants it.

    What cannot work ends the program here with one sentence and no traceback.
    """
    try:
        settings = read_settings(get_appsettings(global_config['__file__']), here=global_config['here'])
        if options:
            words = ', '.join(sorted(options))
            raise SettingsError(f'[server:main] has {words}, which mean nothing here: say ivle.host and ivle.port in [app:main].')
        site = Site(settings, global_config['__file__'])
        site.prepare()
    except (SettingsError, StartFailed) as error:
        sys.exit(str(error))
    return site.serve


class Site:
    """One running site: its lock, its socket, its children."""

    def __init__(self, settings, ini_path):
        self.settings = settings
        self.supervisor = Supervisor(ini_path, settings.path('log'))
        self.socket = self._lock = None

    def prepare(self):
        """Make the data directory and the secrets, take the port, and start the children."""
        settings = self.settings
        try:
            # Others may pass through it: sandboxes run under another user when the site was started as root.
            settings.data.mkdir(mode=0o711, parents=True, exist_ok=True)
            for name in ('run', 'log', 'secrets'):
                settings.path(name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise SettingsError(f'ivle.data = {settings.data} cannot be used: {error.strerror}.') from error
        if settings.embedded:
            self._lock = lock_data(settings)
        self.socket = bind_port('ivle', settings.host, settings.port)
        make_secrets(settings)
        signal.signal(signal.SIGTERM, _leave)
        # A shell starts what a script puts in the background deaf to Ctrl+C. Nobody means a site by that; nohup is meant.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, _leave)
        if settings.embedded:
            for section, host, port in (
                ('ivle.gateway', settings.gateway_host, settings.gateway_port),
                ('ivle.svn', settings.svn_host, settings.svn_port),
            ):
                bind_port(section, host, port).close()
            # An application that refuses its settings, and a signal meanwhile, end the program before `serve` is called.
            atexit.register(self.supervisor.stop)
            self.supervisor.start()

    def serve(self, app):
        """Answer requests with `app` until a signal says stop; then end the children as well."""
        try:
            if self.settings.embedded:
                self.supervisor.wait_until_ready()
            if self.settings.is_production:
                refuse_sample_passwords(self.settings)
            if self.settings.sample:
                make_sample(self.settings)
            # Connections have it from the socket they come in by.
            self.socket.setsockopt(socket.SOL_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLISECONDS)
            server = waitress.create_server(app, **server_options(self.settings, self.socket))
            server.channel_class = channel_class(self.settings)
            server.task_dispatcher.shutdown = functools.partial(server.task_dispatcher.shutdown, timeout=GOODBYE_SECONDS)
            Sweeper(self.settings).start()
            Collector(self.settings).start()
            print(f'IVLE is serving at {self.settings.url.rstrip("/")}/', flush=True)
            server.run()
        except (SettingsError, StartFailed, IvleError) as error:
            print(error, file=sys.stderr, flush=True)
            self.supervisor.stop()
            # pserve would turn SystemExit raised this late into a success.
            os._exit(1)
        finally:
            # From here on there is one order of things, which a second signal must not upset.
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            self.supervisor.stop()


def server_options(settings, listening):
    """Return waitress's options for the settings."""
    options = {
        'sockets': [listening],
        'threads': settings.threads,
        'ident': None,
        'channel_timeout': CHANNEL_SECONDS,
        'connection_limit': 1000,
        'max_request_body_size': settings.upload_limit + FORM_BYTES,
        'max_request_header_size': 65536,
        'asyncore_use_poll': True,
        'expose_tracebacks': False,
        'clear_untrusted_proxy_headers': True,
    }
    if settings.trusted_proxy:
        options |= {
            'trusted_proxy': settings.trusted_proxy,
            'trusted_proxy_count': 1,
            'trusted_proxy_headers': 'x-forwarded-for x-forwarded-host x-forwarded-proto',
        }
    return options


def bind_port(section, host, port):
    """Return a socket bound to an address, not listening yet; SettingsError says which setting to change."""
    if port == 0:
        raise SettingsError(f'{section}.port = 0 cannot be used: the site must know its own address. Choose a port.')
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f'{section}.host = {host} cannot be used: {error.strerror}.') from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            message = f'{section}.port = {port}: another program has that port at {host}. '
            raise SettingsError(message + 'Stop it or choose another, for example make run PORT=7000.') from error
        raise SettingsError(f'{section}.host = {host} with port {port} cannot be used: {error.strerror}.') from error
    return bound


def lock_data(settings):
    """Return the open lock file of the data directory; SettingsError when another site has it."""
    # Open for as long as the site runs: closing it gives the lock back.
    lock = open(settings.path('run', 'site.lock'), 'a+')  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or 'unknown'
        lock.close()
        raise SettingsError(
            f'ivle.data = {settings.data} is in use by another IVLE (process {owner}): stop that one or choose another directory.'
        ) from error
    lock.seek(0)
    lock.truncate()
    lock.write(f'{os.getpid()}\n')
    lock.flush()
    return lock


def _leave(number, frame):
    # Further signals of this kind add nothing: the end has begun.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)
