"""The common start and end of the host's daemons: settings, log file, the line `ready`, and when to stop."""

import argparse
import asyncio
import configparser
import inspect
import logging
import logging.handlers
import os
import signal
import stat
import sys
from pathlib import Path

from ivle.settings import Settings, SettingsError, read_settings

# The web process gives its children five seconds in all to end.
CLOSE_SECONDS = 4.0

log = logging.getLogger('ivle.daemon')


class StartError(Exception):
    """A daemon cannot start. The message is one sentence that says what to do."""


def settings_from(ini: str | os.PathLike, environ=os.environ) -> Settings:
    """Return the Settings in the section [app:main] of an ini file; SettingsError when it cannot be read."""
    path = Path(ini).absolute()
    parser = configparser.ConfigParser({'here': str(path.parent), '__file__': str(path)})
    try:
        with path.open(encoding='utf-8') as file:
            parser.read_file(file)
        section = dict(parser.items('app:main'))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise SettingsError(f'{path} cannot be used: {error}.') from error
    return read_settings(section, environ, here=path.parent)


def run(name, make_server, arguments=None):
    """Run a daemon until it is told to stop; the return value is for `sys.exit`.

    `make_server(settings)` returns an object whose `start()` listens before it returns and whose `close()`
    ends everything the daemon has started; both may be coroutines. The daemon stops at SIGTERM, at SIGINT,
    and when the process that started it goes away: its standard input then reaches end of file.
    """
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument('--ini', required=True, help='the ini file of the site')
    given = parser.parse_args(arguments)
    try:
        settings = settings_from(given.ini)
        _open_log(settings, name)
        asyncio.run(_serve(name, make_server, settings))
    except (SettingsError, StartError, OSError) as error:
        log.error('%s cannot start: %s', name, error)
        return f'{name}: {error}'
    return 0


def _open_log(settings, name):
    for folder in ('log', 'run'):
        settings.path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.path('log', f'{name}.log')
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
    # Watched: whoever rotates logs may move the file away.
    handler = logging.handlers.WatchedFileHandler(path, encoding='utf-8', errors='backslashreplace')
    handler.setFormatter(logging.Formatter('%(asctime)s %(levelname)s %(name)s %(message)s'))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


async def _serve(name, make_server, settings):
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = make_server(settings)
    try:
        await _maybe(server.start())
        _watch_parent(loop, stop)
        _say_ready()
        log.info('%s is ready', name)
        await stop.wait()
    finally:
        try:
            await asyncio.wait_for(_maybe(server.close()), CLOSE_SECONDS)
        except TimeoutError:
            log.error('%s left something unfinished: it had to stop', name)
    log.info('%s has stopped', name)


async def _maybe(result):
    return await result if inspect.isawaitable(result) else result


def _watch_parent(loop, stop):
    mode = os.fstat(0).st_mode
    # A service manager gives /dev/null, whose end of file says nothing.
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return
    os.set_blocking(0, False)

    def read():
        try:
            if os.read(0, 4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        loop.remove_reader(0)
        stop.set()

    loop.add_reader(0, read)


def _say_ready():
    try:
        sys.stdout.write('ready\n')
        sys.stdout.flush()
    except OSError:
        # Nobody listens any more: end of file on standard input follows.
        log.warning('nobody reads the standard output')
