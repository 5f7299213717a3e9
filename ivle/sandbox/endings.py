"""What a person is told when a console ends, for each reason that a box can end for."""

# By the values of `Box.reason_of_end`.
WORDS = {
    'cpu': 'The program used up its processor time.',
    'memory': 'The program used up its memory.',
    'wall': 'The program took too long.',
    'processes': 'The program started too many processes.',
    'disk': 'The program used up the space for files.',
    'broken': 'The sandbox of this console could not be started.',
}
KILLED = 'The console was killed: it may have used too much memory.'

DAMAGED = 'The program damaged the console it ran in.'
LOST = 'This console is gone: the host was restarted, or it ended a long time ago.'
ENDED_BY_OWNER = 'You ended this console.'
ENDED_WITH_ALL = 'Your consoles were ended.'
HOST_RESTARTS = 'The host is being restarted.'
PLACE_GIVEN_UP = 'You gave up your place in the line.'
NOBODY_LOOKED = 'Nobody looked at this console while it waited for a place, so its turn went to others.'


def words_for(reason):
    """Return what a person is told of a box that ended for `reason`."""
    return WORDS.get(reason, KILLED)


def idle_words(seconds, is_full=False):
    """Return what a person is told of a console that was idle for so long."""
    if is_full:
        return f'The console was idle for {_duration(seconds)} and was ended: the host is full, and others wait for a place.'
    return f'The console was idle for {_duration(seconds)} and was ended.'


def _duration(seconds):
    return f'{seconds / 60:.0f} minutes' if seconds >= 120 else f'{seconds:.0f} seconds'
