"""The programs that run in boxes: what of our source each is given, and how its Python is started."""

from dataclasses import dataclass, field

# A program of ours that has this limits its processes itself; for others a shell does it.
LIMITS_ITSELF = 'services/limited.py'
_HANDED = ('services/handed.py', LIMITS_ITSELF)
_IN_EVERY_BOX = ('ivle/__init__.py', 'ivle/chat.py')


@dataclass(frozen=True)
class Program:
    """What runs in a box. `own` is what of our source it has below /ivle besides what all have, the program itself first.

    A directory stands for its Python files. Without any it is a student's own file. `option` and `environment` are Python's. What
    runs the code of students runs on the Python that is theirs, and can do so in a box that `may_stand_ready`. What such a box
    rehearses is mostly a console; it `is_rehearsed` where enough of that is of use.
    """

    own: tuple = ()
    on_students_python: bool = True
    may_stand_ready: bool = True
    is_rehearsed: bool = True
    option: str = '-I'
    environment: dict = field(default_factory=dict)

    @property
    def sources(self):
        """All that it has of our source."""
        return tuple(dict.fromkeys((*_IN_EVERY_BOX, *self.own)))

    @property
    def limits_itself(self):
        """Whether it limits its processes itself."""
        return LIMITS_ITSELF in self.own


PROGRAMS = {
    'fileservice': Program(
        ('services/fileservice', 'services/files', *_HANDED, 'services/svn-tunnel'),
        on_students_python=False,
        may_stand_ready=False,
    ),
    'python-console': Program(
        (
            'services/python-console',
            'services/python_console',
            'services/boxes/__init__.py',
            'services/boxes/pair.py',
            *_HANDED,
        )
    ),
    'script': Program(),
    'serveservice': Program(('services/serveservice', 'services/serving', *_HANDED)),
    # Tests of sets can be repeated with a seed only, at which Python does not look with -I.
    'testservice': Program(
        ('services/testservice', 'services/testing', *_HANDED),
        option='-s',
        environment={'PYTHONHASHSEED': '0'},
        is_rehearsed=False,
    ),
}
