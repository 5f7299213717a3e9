"""What a limit refused to a program, in words: Python names the error, and not the limit that a beginner ran into."""

import os
import re

_ENDING = re.compile(r'(?:^|\n)(?:\w+\.)*(\w+)(?:: (.*))?\n?\Z')
_NUMBER = re.compile(r'\[Errno (\d+)\]')
_FULL = ('/tmp', '/dev/shm')
_EAGAIN, _EMFILE, _EFBIG, _ENOSPC = 11, 24, 27, 28


def explain(trace, process):
    """Return a sentence about the limit of `process` that the last line of a traceback speaks of, or None."""
    last = _ENDING.search(trace[-2000:])
    if last is None:
        return None
    name, message = last[1], last[2] or ''
    number = _NUMBER.match(message)
    number = int(number[1]) if number else None
    if number == _EAGAIN and name == 'BlockingIOError' or (name == 'RuntimeError' and message == "can't start new thread"):
        most = _limit(process, 'Max processes')
        return most and f'This console may have {most} processes and threads at a time, its own among them, and it has them.'
    if name == 'MemoryError':
        most = _limit(process, 'Max data size')
        return most and f'A program in this console may use {_size(most)} of memory{_share_of_threads(process, most)}.'
    if number == _EFBIG:
        most = _limit(process, 'Max file size')
        return most and f'A program in this console may write files of at most {_size(most)}.'
    if number == _EMFILE:
        most = _limit(process, 'Max open files')
        return most and f'A program in this console may have {most} files open at a time: close those that are no longer needed.'
    if number == _ENOSPC:
        return _words_of_full_place()
    return None


def _limit(process, name):
    try:
        with open(f'/proc/{process}/limits', encoding='ascii') as file:
            for line in file:
                if line.startswith(name + ' '):
                    soft = line[len(name) :].split()[0]
                    return int(soft) if soft.isdigit() else None
    except (OSError, ValueError):
        # It has ended: nobody will ask for more.
        pass
    return None


def _share_of_threads(process, most):
    # The kernel counts the whole stack of a thread from its start; it is as large as the stack of a process may be.
    stack, count = _limit(process, 'Max stack size'), _threads(process) - 1
    if stack is None or stack * count < most // 8:
        return ''
    return f', of which each of its {count} threads takes {_size(stack)}, unless threading.stack_size() says otherwise'


def _threads(process):
    try:
        return len(os.listdir(f'/proc/{process}/task'))
    except OSError:
        # It has ended.
        return 1


def _words_of_full_place():
    for place in _FULL:
        try:
            system = os.statvfs(place)
        except OSError:
            continue
        if system.f_bfree * system.f_frsize < 1 << 16 or system.f_ffree == 0:
            size = _size(system.f_blocks * system.f_frsize)
            return f'{place} in this console holds {size} and is full: delete what is no longer needed there.'
    return None


def _size(count):
    return f'{count >> 20} MB' if count >= 1 << 20 else f'{count >> 10} kB'
