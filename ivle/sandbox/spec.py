"""What one box is for, and the environment that follows from it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ivle.sandbox.limits import Limits
from ivle.sandbox.pythons import MATPLOTLIB_PLACE

# Of the environment of a program, what does not depend on whose it is.
OF_EVERYBODY = {
    'LANG': 'C.UTF-8',
    'PATH': '/usr/bin:/bin',
    'TMPDIR': '/tmp',
    'PYTHONDONTWRITEBYTECODE': '1',
    # One thread each: thirty students who import numpy must not start thirty times as many threads as cores.
    'OPENBLAS_NUM_THREADS': '1',
    'OMP_NUM_THREADS': '1',
    'MKL_NUM_THREADS': '1',
    # Not the home, where it would leave files that the student did not make.
    'MPLCONFIGDIR': str(MATPLOTLIB_PLACE),
}
_PLACES = {'home': '/home/{login}', 'account': '/account', 'nothing': '/tmp'}
_LOGIN = re.compile(r'[a-z0-9][a-z0-9_.+@-]{0,127}')


class HomeMissing(Exception):
    """The login has no account on this host."""


@dataclass(frozen=True)
class BoxSpec:
    """What one box is for.

    `sees` is 'home' (only the student's files, at /home/<login>), 'account' (home, trash and staging, at /account), or 'nothing';
    `access` is 'write' or 'read'; `cwd` is relative to the home; `svn_socket` appears at /run/svn.sock.
    """

    program: str
    login: str
    sees: str = 'home'
    access: str = 'write'
    cwd: str = ''
    svn_socket: Path | None = None
    limits: Limits = field(default_factory=Limits)
    arguments: tuple = ()

    def __post_init__(self):
        if not _LOGIN.fullmatch(self.login):
            raise ValueError(f'{self.login!r} is not a login')
        if self.sees not in _PLACES or self.access not in ('write', 'read'):
            raise ValueError(f'a box sees home, account or nothing and may write or read, not {self.sees} and {self.access}')

    @property
    def place(self):
        """Where in the box the student's files are, or its program begins."""
        return _PLACES[self.sees].format(login=self.login)

    @property
    def environment(self):
        """The whole environment of the program."""
        return {**self.own_environment, **OF_EVERYBODY}

    @property
    def own_environment(self):
        """Of the environment of the program, what is not OF_EVERYBODY.

        A file service has no home of the student's: what lies there must not configure the tools it uses.
        """
        return {
            'HOME': self.place if self.sees == 'home' else '/tmp',
            'USER': self.login,
            'LOGNAME': self.login,
        }
