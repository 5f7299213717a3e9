"""Settings: every `ivle.*` key of the ini file, read once into a typed, frozen object.

A key comes from the ini file or, for one run, from an environment variable (`ivle.sandbox.uid` is
`IVLE_SANDBOX_UID`). An unknown key or a bad value stops the start with one line that names it.
"""

import dataclasses
import keyword
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingsError(Exception):
    """A setting is unknown or unusable. The message names the key and says what to do."""


def _text(value):
    return value


def _words(value):
    return tuple(value.split())


def _modules(value):
    names = _words(value)
    for name in names:
        if not all(part.isascii() and part.isidentifier() and not keyword.iskeyword(part) for part in name.split('.')):
            raise ValueError(f'write names of Python modules such as numpy or matplotlib.pyplot, with spaces between; {name} is none')
    return names


def _flag(value):
    if value.lower() in ('true', 'yes', 'on', '1'):
        return True
    if value.lower() in ('false', 'no', 'off', '0'):
        return False
    raise ValueError('write true or false')


def _count(value):
    if not re.fullmatch(r'[0-9]{1,15}', value):
        raise ValueError('write a whole number, 0 or more')
    return int(value)


def _ids(value):
    """Return (first, count) of a range of user ids."""
    if value == 'none':
        return 0, 0
    match = re.fullmatch(r'([0-9]{1,10})-([0-9]{1,10})', value)
    if not match or not 0 < int(match[1]) <= int(match[2]) < (1 << 32) - 1:
        raise ValueError('write a range such as 2000000000-2000065535, without 0, or none')
    return int(match[1]), int(match[2]) - int(match[1]) + 1


def _seconds(value):
    number = float(value) if re.fullmatch(r'[0-9]+(\.[0-9]+)?', value) else 0
    if number <= 0:
        raise ValueError('write a number of seconds, more than 0')
    return number


_SIZES = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}


def _size(value):
    match = re.fullmatch(r'([0-9]+)\s*([KMG]?)i?B?', value.strip())
    if not match:
        raise ValueError('write a size such as 512K, 64M or 2G')
    return int(match[1]) * _SIZES[match[2]]


# The limits of one kind of run: each word with its field in `Limits`, how its value is read, and the least that can work.
_LIMITS = {
    'cpu': ('cpu_seconds', _count, 1),
    'wall': ('wall_seconds', _seconds, 0),
    'memory': ('memory', _size, 32 << 20),
    'box_memory': ('box_memory', _size, 32 << 20),
    'processes': ('processes', _count, 4),
    'file_size': ('file_size', _size, 1 << 10),
    'open_files': ('open_files', _count, 16),
    'output': ('output', _size, 1 << 10),
    'tmp': ('tmp_size', _size, 64 << 10),
}


def _limits(*without):
    """Return how the limits of a kind of run are read; it has no limit for the words `without`."""
    possible = [word for word in _LIMITS if word not in without]

    def read(value):
        found = {}
        for part in value.split():
            word, _, text = part.partition('=')
            if word not in possible or not text:
                raise ValueError(f'write words such as cpu=60 memory=512M with spaces between, of {", ".join(possible)}; {part} is none')
            name, read_one, least = _LIMITS[word]
            try:
                found[name] = read_one(text)
            except ValueError as error:
                raise ValueError(f'{part}: {error}') from None
            if found[name] < least:
                raise ValueError(f'{part} is too little for a program to start: {least} is the least')
        return tuple(found.items())

    return read


def _prefix(value):
    if value in ('', '/'):
        return ''
    if not re.fullmatch(r'(/[A-Za-z0-9._~-]+)+', value):
        raise ValueError('write a path such as /ivle, or nothing for the root')
    return value


def _zone(value):
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError('write the name of a time zone, such as Europe/Berlin or UTC') from None
    return value


def _cores(value):
    try:
        return _seconds(value)
    except ValueError:
        raise ValueError('write a number such as 1 or 0.5, more than 0') from None


def _port(value):
    number = _count(value)
    if number > 65535:
        raise ValueError('write a port number, 0 to 65535')
    return number


def _choice(*allowed):
    def read(value):
        if value not in allowed:
            raise ValueError('write one of ' + ', '.join(allowed))
        return value

    return read


def _key(name, read, default, meaning):
    return field(default=default, metadata={'key': name, 'read': read, 'meaning': meaning})


@dataclass(frozen=True)
class Settings:
    """The site's settings. Sizes are bytes, times are seconds. `meaning` of each becomes docs/settings.md."""

    # The site
    mode: str = _key('ivle.mode', _choice('development', 'production'), 'production', 'development allows sample data and tracebacks; production refuses both')
    data: Path = _key('ivle.data', Path, Path('var'), 'the one directory for everything the site keeps; relative to the ini file')
    host: str = _key('ivle.host', _text, '127.0.0.1', 'the address the site listens at')
    port: int = _key('ivle.port', _port, 6543, 'the port the site listens at')
    prefix: str = _key('ivle.prefix', _prefix, '', 'the site root, for example /ivle; empty for the root of the host')
    url: str = _key('ivle.url', _text, '', 'the address people use, for example https://ivle.example.org/ivle; empty: made from host, port and prefix')
    hosts: tuple = _key('ivle.hosts', _words, (), 'host names (with port, if not the usual one) the site answers to; the listening address is always one of them')
    name: str = _key('ivle.name', _text, 'IVLE', 'the name in the header of every page')
    timezone: str = _key('ivle.timezone', _zone, 'UTC', 'the time zone of deadlines, as a name such as Australia/Melbourne; pages show times in the zone of their reader')
    threads: int = _key('ivle.threads', _count, 8, 'threads that answer requests')
    trusted_proxy: str = _key('ivle.trusted_proxy', _text, '', 'address of the one reverse proxy whose X-Forwarded headers are believed; empty for none')
    embedded: bool = _key('ivle.embedded', _flag, True, 'start the host daemons and the gateway as children of the web process')
    sample: bool = _key('ivle.sample', _flag, False, 'make the sample people, subjects and files at the first start (development only)')
    clients: tuple = _key('ivle.clients', _words, ('browser', 'editor', 'exec', 'download', 'console', 'tutorial', 'subjects', 'jobs', 'login', 'logout', 'profile', 'admin', 'help', 'media'), 'the clients that are on, in the order of their tabs; any other name is a package of your own')
    # The database
    database: str = _key('ivle.database.url', _text, '', 'SQLAlchemy address of the database; empty: SQLite in the data directory')
    # Signing in
    session_idle_seconds: float = _key('ivle.session.idle', _seconds, 8 * 3600.0, 'seconds without a request after which a session ends')
    session_total_seconds: float = _key('ivle.session.total', _seconds, 7 * 86400.0, 'seconds after which a session ends in any case')
    secure_cookie: bool = _key('ivle.session.secure', _flag, True, 'send the session cookie over https only')
    login_tries: int = _key('ivle.login.tries', _count, 10, 'wrong passwords an account and an address may give in five minutes')
    # Chat
    chat_max_frame: int = _key('ivle.chat.max_frame', _size, 1 << 20, 'largest frame of the chat protocol')
    chat_timeout: float = _key('ivle.chat.timeout', _seconds, 10.0, 'seconds within which a frame must be complete')
    chat_legacy_md5: str = _key('ivle.chat.legacy_md5', _choice('off', 'seed', 'ivle'), 'off', 'accept the MD5 digest of old peers: seed hashes MAGIC then DATA, ivle DATA then MAGIC')
    # Files
    upload_limit: int = _key('ivle.files.upload_limit', _size, 256 << 20, 'largest upload, all files of one request together')
    edit_limit: int = _key('ivle.files.edit_limit', _size, 4 << 20, 'largest file the editor opens; larger ones are downloaded')
    quota: int = _key('ivle.files.quota', _size, 2 << 30, 'what the files of one account may take on the disk, its trash included; 0 for no limit')
    quota_files: int = _key('ivle.files.quota_files', _count, 200_000, 'files and directories one account may have, its trash included; 0 for no limit')
    # Jobs in the background
    jobs_broker: str = _key('ivle.jobs.broker', _text, '', 'what wakes the workers, for example redis://127.0.0.1:6379/0; empty: filesystem://, a folder in the data directory')
    jobs_at_once: int = _key('ivle.jobs.at_once', _count, 2, 'jobs that one worker runs at the same moment')
    jobs_kinds: tuple = _key('ivle.jobs.kinds', _modules, ('ivle.jobs.retest', 'ivle.jobs.publishing'), 'modules whose kinds of jobs the workers know; any but ours is of a package of your own')
    # Subversion from outside
    svn_host: str = _key('ivle.svn.host', _text, '127.0.0.1', 'the address svnserve listens at for real svn clients')
    svn_port: int = _key('ivle.svn.port', _port, 0, 'the port svnserve listens at; 0: two above the port of the site')
    svn_url: str = _key('ivle.svn.url', _text, '', 'the address people give to svn; empty: made from host and port')
    # What tutors may do
    tutors_can_enrol_students: bool = _key('ivle.policy.tutors_can_enrol_students', _flag, False, 'tutors enrol students, and end their enrolment, in the offerings they tutor')
    tutors_can_edit_worksheets: bool = _key('ivle.policy.tutors_can_edit_worksheets', _flag, True, 'tutors write worksheets and exercises in the offerings they tutor')
    tutors_can_see_marks: bool = _key('ivle.policy.tutors_can_see_marks', _flag, False, 'tutors see the marks of the offerings they tutor')
    # The sandbox
    bwrap: str = _key('ivle.sandbox.bwrap', _text, '/usr/bin/bwrap', 'the bubblewrap program')
    python: str = _key('ivle.sandbox.python', _text, '/usr/bin/python3', 'the Python of student programs, seen read-only in their sandboxes; ivle env create makes one with packages')
    preload: tuple = _key('ivle.sandbox.preload', _modules, (), 'modules that are imported once for all sandboxes, so that they are there at once')
    sandbox_uid: int = _key('ivle.sandbox.uid', _count, 20000, 'user and group id that owns the files of students and runs their file services when the site is started as root')
    sandbox_uids: tuple = _key('ivle.sandbox.uids', _ids, (2000000000, 65536), 'user and group ids of which each box has one to itself while it lives, when the site is started as root; none: all run under ivle.sandbox.uid')
    pool: int = _key('ivle.sandbox.pool', _count, 24, 'sandboxes that stand ready at the least; 0: each is made when it is needed')
    pool_most: int = _key('ivle.sandbox.pool_most', _count, 64, 'sandboxes that stand ready at the most, when many were needed in the last ten seconds')
    repository_uid: int = _key('ivle.repositories.uid', _count, 20001, 'user and group id that svnserve runs under when the site is started as root')
    cpu_seconds: int = _key('ivle.sandbox.cpu', _count, 60, 'processor seconds of one command in a console, or of one served program')
    memory: int = _key('ivle.sandbox.memory', _size, 512 << 20, 'memory one process in a sandbox can ask for')
    box_memory: int = _key('ivle.sandbox.box_memory', _size, 512 << 20, 'memory of all processes in one sandbox together')
    processes: int = _key('ivle.sandbox.processes', _count, 64, 'processes and threads in one sandbox')
    file_size: int = _key('ivle.sandbox.file_size', _size, 64 << 20, 'largest file a student program can write')
    open_files: int = _key('ivle.sandbox.open_files', _count, 256, 'files one process in a sandbox can have open')
    tmp_size: int = _key('ivle.sandbox.tmp', _size, 64 << 20, 'size of the private /tmp')
    output_limit: int = _key('ivle.sandbox.output', _size, 1 << 20, 'output of one command or one served program; the rest is cut with a notice')
    cgroups: str = _key('ivle.sandbox.cgroups', _choice('auto', 'off'), 'auto', 'control groups of the kernel around each sandbox: auto where this site may make them, or off')
    cores: float = _key('ivle.sandbox.cores', _cores, 1.0, 'processor cores one sandbox can keep busy, where there are control groups')
    console_limits: tuple = _key('ivle.limits.console', _limits(), (), 'limits of consoles that differ from those above, such as cpu=30 wall=300 memory=256M; wall, the seconds of one command, is 600 otherwise')
    serve_limits: tuple = _key('ivle.limits.serve', _limits(), (), 'limits of served programs that differ from those above; wall is ivle.serve.wall otherwise')
    file_limits: tuple = _key('ivle.limits.file', _limits('wall', 'output'), (), 'limits of file services that differ from those above; cpu is 3600 otherwise, file_size at least the largest upload, open_files at least 1024')
    test_limits: tuple = _key('ivle.limits.test', _limits('wall'), (), 'limits of tests of exercises that differ from those above; cpu is 30 at most and output 128K at most otherwise, and each exercise says how long it may take')
    tests_at_once: int = _key('ivle.test.at_once', _count, 4, 'attempts at exercises that are tested at the same moment on one host; the others wait in line')
    # Consoles and serve
    console_idle_seconds: float = _key('ivle.console.idle', _seconds, 900.0, 'seconds without a command after which a console ends')
    console_idle_seconds_when_full: float = _key('ivle.console.idle_when_full', _seconds, 300.0, 'the same while others wait for a place; those idle for longest end first')
    consoles_per_person: int = _key('ivle.console.per_person', _count, 3, 'consoles one person can have at a time')
    consoles_in_all: int = _key('ivle.console.in_all', _count, 500, 'consoles on one host; whoever wants one more waits in line')
    consoles_starting: int = _key('ivle.console.starting', _count, 16, 'consoles that start at the same moment; the others wait for theirs')
    gateway_host: str = _key('ivle.gateway.host', _text, '127.0.0.1', 'the address the console gateway listens at')
    gateway_port: int = _key('ivle.gateway.port', _port, 0, 'the port the console gateway listens at; 0: one above the port of the site')
    gateway_url: str = _key('ivle.gateway.url', _text, '', 'the address browsers reach the gateway at (ws:// or wss://); empty: made from host and port')
    serve_seconds: float = _key('ivle.serve.wall', _seconds, 10.0, 'seconds a served program may take')
    file_idle_seconds: float = _key('ivle.files.idle', _seconds, 300.0, 'seconds after which an unused file service ends')

    def __post_init__(self):
        derived = {
            'url': self.url or f'http://{self.host}:{self.port}{self.prefix}',
            'gateway_port': self.gateway_port or (self.port + 1 if self.port else 0),
            'svn_port': self.svn_port or (self.port + 2 if self.port else 0),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        late = {
            'database': self.database or f'sqlite:///{self.data / "ivle.db"}',
            'gateway_url': self.gateway_url or f'ws://{self.gateway_host}:{self.gateway_port}/',
            'svn_url': self.svn_url or f'svn://{self.svn_host}:{self.svn_port}/',
        }
        for name, value in late.items():
            object.__setattr__(self, name, value)

    @property
    def is_production(self):
        return self.mode == 'production'

    def serve_limit(self, name):
        """Return a limit of served programs, by its name in `ivle.sandbox.limits`."""
        general = {'wall_seconds': 'serve_seconds', 'output': 'output_limit'}.get(name, name)
        return dict(self.serve_limits).get(name, getattr(self, general))

    def path(self, *parts):
        """Return a path below the data directory."""
        return self.data.joinpath(*parts)


def fields():
    """Return the dataclass fields of Settings, in order: their metadata holds key, read and meaning."""
    return dataclasses.fields(Settings)


def read_settings(ini, environ=os.environ, here='.'):
    """Return Settings from an ini section's dict of strings; SettingsError names the first bad key.

    `here` is the folder of the ini file, which a relative `ivle.data` starts from.
    """
    by_key = {item.metadata['key']: item for item in fields()}
    given = {key: value for key, value in ini.items() if key.startswith('ivle.')}
    by_variable = {key.replace('.', '_').upper(): key for key in by_key}
    for variable, value in environ.items():
        if variable.startswith('IVLE_'):
            given[by_variable.get(variable, variable)] = value
    values = {}
    for key, text in given.items():
        if key not in by_key:
            raise SettingsError(f'{key} is not a setting of IVLE: correct its name or remove it (docs/settings.md lists them all).')
        item = by_key[key]
        try:
            values[item.name] = item.metadata['read'](text.strip())
        except ValueError as error:
            raise SettingsError(f'{key} = {text} cannot be used: {error}.') from None
    data = Path(here, values.get('data', Path('var')))
    values['data'] = Path(os.path.abspath(data))
    return Settings(**values)
