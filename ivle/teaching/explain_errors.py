"""What each error of a beginner's program means: the sentences, and what each is known by."""

# Errors that are none of Python's, by kind.
KINDS = {
    'time': 'Your program did not come to an end in time. Look at each loop: does what it waits for ever happen?',
    'memory': 'Your program used more memory than it may. Look for a list or a text that grows without end.',
    'output': 'Your program wrote far more than can be kept. Look for a print in a loop that never ends.',
    'killed': 'The system ended your program. That happens when it uses too much memory.',
    'left': 'Your program ended the whole of Python, for example by exit(). Let it simply come to its end; a function ends with '
    '`return`.',
    'ended': 'Your program ended the whole of Python, for example by exit(). Let it simply come to its end.',
    'skipped': 'Mend first what takes so long in the tests before this one.',
}

_PROCESSES = (
    'Your program started more processes or threads than it may. Look for a loop that starts one each time round; most exercises '
    'need none.'
)
_NETWORK = 'Programs that are tested reach no other computer: there is no network. What the exercise needs is in its text.'
_MEMORY = (
    'Your program needs more memory than it may have. Look for a list, a text or a number that grows without end, or that is '
    'made far too large at once.'
)
_OPERANDS = (
    'Two things are put together that do not fit, such as a text and a number. int() makes a number of a text, str() a text of a '
    'number. What input() gives is always a text.'
)
# (exceptions, pattern in the message, sentence with the pattern's groups): the first that fits is told.
EXCEPTIONS = (
    (
        ('NameError',),
        r"name '(true|false|null|none|Print|Input|Len|Range|Int|Str)' is not",
        'Python knows no `{0}` written like that. Names and words of Python are written exactly: True, False '
        'and None begin with a capital letter.',
    ),
    (
        ('NameError',),
        r"name '([^']+)' is not defined",
        'Python does not know `{0}` at that line. Is it spelled the same everywhere, capital letters '
        'included, and was it given a value before? A text stands in quotes.',
    ),
    (
        ('UnboundLocalError',),
        r"variable '([^']+)'",
        '`{0}` gets a value somewhere in this function, so it is the function’s own, and it was read before it had one.',
    ),
    (
        ('TypeError',),
        r'\w+\.(\w+)\(\) takes 0 positional arguments',
        '`{0}` is a method: the first argument in its `def` is `self`, the object that it is called on.',
    ),
    (
        ('TypeError',),
        r'([\w.]+)\(\) takes (?:exactly |at \w+ )?((?:from )?\w+(?: to \d+)?) (?:positional )?arguments? (?:but |\()(\d+)',
        'Arguments of `{0}`: it takes {1} and was given {2}. Compare its `def` with the call, and with the text of the exercise.',
    ),
    (
        ('TypeError',),
        r'(\w+)\(\) missing (\d+) required positional arguments?',
        '`{0}` was called with fewer arguments than its `def` has. Compare it with the text of the exercise.',
    ),
    (
        ('TypeError',),
        r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
        '`{0}` is called with an argument named `{1}`, and its `def` has none of that name. Is it spelled the same?',
    ),
    (
        ('TypeError',),
        r"unsupported operand type\(s\) for (\S+): 'NoneType'|unsupported operand type\(s\) for (\S+): '\w+' and 'NoneType'",
        'One side is None. A function without `return` gives None, and so does print.',
    ),
    (('TypeError',), r'can only concatenate str|unsupported operand type|must be str, not', _OPERANDS),
    (
        ('TypeError',),
        r"not supported between instances of '(\w+)' and '(\w+)'",
        'A value of the kind {0} cannot be compared with one of the kind {1}. What input() gives is a text (str): int() makes a '
        'number of it.',
    ),
    (
        ('TypeError',),
        r"'NoneType' object is not (\w+)",
        'What is used there is None. A function without `return` gives None.',
    ),
    (
        ('TypeError',),
        r"'(?:\w*function\w*|method|type)' object is not subscriptable",
        'A function is called with round brackets: `f(1)`, not `f[1]`.',
    ),
    (
        ('TypeError',),
        r"'(\w+)' object is not callable",
        'Something that is no function has brackets behind it. Is a name of a function used for a value, too?',
    ),
    (
        ('TypeError',),
        r"'int' object is not iterable",
        'A number cannot be gone through one by one. `range(n)` gives the numbers from 0 to n - 1.',
    ),
    (
        ('TypeError',),
        r"'(\w+)' object is not (?:subscriptable|iterable)|object of type '(\w+)' has no len",
        'Only a collection, such as a list or a text, has parts and a length. What is used there is '
        'none: print it to see what it is.',
    ),
    (
        ('TypeError',),
        r'(\w+) indices must be integers',
        'Places in a {0} are whole numbers. In `for x in things`, x is a thing and not its place; input() gives a text.',
    ),
    (
        ('TypeError',),
        r"'(str|tuple)' object does not support item (?:assignment|deletion)",
        'A {0} cannot be changed. Make a new one with what it shall hold.',
    ),
    (
        ('TypeError',),
        r"'(float|str)' object cannot be interpreted as an integer",
        'Here a whole number is wanted, and it is a {0}: int() makes one of it. `/` always gives a float, `//` a whole number.',
    ),
    (
        ('TypeError',),
        r"unhashable type: '(\w+)'",
        'A {0} can change, so it cannot be a key of a dictionary or stand in a set. A tuple can.',
    ),
    (
        ('RecursionError',),
        r'',
        'The function calls itself without end. There must be a case in which it does not, and each call must come nearer to it.',
    ),
    (('MemoryError',), r'', _MEMORY),
    (
        ('IndexError',),
        r'pop from empty',
        'There is nothing left to take out. Ask first whether there is something: `if things:`.',
    ),
    (
        ('IndexError',),
        r'',
        'A position is asked for that the list or text does not have. The first is 0, the last is one less than its length.',
    ),
    (('KeyError',), r'', 'The dictionary has no such key. `in` tells whether there is one.'),
    (('ZeroDivisionError',), r'', 'Something is divided by zero. For which values of your variables does that happen?'),
    (('ValueError',), r'invalid literal for int', 'int() was given a text that is no whole number.'),
    (('ValueError',), r'could not convert string to float', 'float() was given a text that is no number.'),
    (
        ('ValueError',),
        r'(?:not enough|too many) values to unpack \(expected (\d+)',
        'Names left of the =: {0}. Right of it is another number of values.',
    ),
    (('ValueError',), r'not in list|substring not found', 'What is looked for is not there. `in` tells whether it is.'),
    (
        ('ValueError',),
        r'math domain error',
        'The function has no value for that number: there is no square root of a negative one.',
    ),
    (
        ('OverflowError', 'ValueError'),
        r'out of range|too large|Exceeds the limit',
        'The number is too large. Does something grow in each round of a loop that should not?',
    ),
    (
        ('AttributeError',),
        r"'NoneType' object has no attribute",
        'What stands before the point is None. Methods such as append and sort change a list and give back None.',
    ),
    (
        ('AttributeError',),
        r"'list' object has no attribute '(?:length|size|len)'",
        'The length of a list, or of a text, is `len(...)` of it.',
    ),
    (
        ('AttributeError',),
        r"'(\w+)' object has no attribute '(\w+)'",
        'A value of the kind {0} has no `{1}`. Is it spelled right, and is it the kind of thing you think it is?',
    ),
    (
        ('AttributeError',),
        r"module '([\w.]+)' has no attribute '(\w+)'",
        'The module {0} has no `{1}`. Is it spelled right?',
    ),
    (
        ('EOFError',),
        r'',
        'The program asks for more input than the test gives. Call input() as often as the text of the exercise says.',
    ),
    (('ImportError',), r"cannot import name '(\w+)' from '([\w.]+)'", 'The module {1} has no `{0}`. Is it spelled right?'),
    (
        ('ModuleNotFoundError', 'ImportError'),
        r'',
        'There is no such module here. Is its name spelled right? What is not part of Python itself may be missing where '
        'programs are tested.',
    ),
    (
        ('FileNotFoundError',),
        r'',
        'There is no file of that name where the program is tested: only the files that the exercise speaks of. Is the name '
        'spelled the same, without a directory before it?',
    ),
    (
        ('OSError', 'PermissionError'),
        r'Read-only file system|Permission denied|Operation not permitted',
        'The program may write only into its own directory: give the name of the file without a directory before it.',
    ),
    (
        ('OSError',),
        r'Too many open files',
        'Your program opened too many files without closing them. `with open(...)` closes each; is one opened in a loop?',
    ),
    (
        ('OSError',),
        r'No space left|File too large|quota',
        'Your program wrote more into files than it may. Look for a loop that writes without end.',
    ),
    (('BlockingIOError', 'OSError'), r'Resource temporarily unavailable', _PROCESSES),
    (('RuntimeError',), r"can't start new thread", _PROCESSES),
    (('URLError', 'gaierror', 'ConnectionError', 'ConnectionRefusedError'), r'', _NETWORK),
    (('OSError',), r'Address family not supported|Network is unreachable', _NETWORK),
    (
        ('RuntimeError',),
        r'(dictionary|Set|set|deque) .*changed? (?:size )?during iteration|changed size during iteration',
        'Something is put in or taken out while a loop goes through it. Go through a copy: `for x in list(things)`.',
    ),
    (
        ('SystemExit',),
        r'',
        'Your program ended itself there, by exit() or quit(). Let it simply come to its end; a function ends with `return`.',
    ),
    (('AssertionError',), r'', 'What an `assert` of your program claims is not true there.'),
    (('NotImplementedError',), r'', 'What is to be written stands here: put your own code in the place of that line.'),
)
