"""What it means to a beginner that Python cannot read a line: the sentences, and what each is known by."""

_LOOKALIKE = ' Code from a text program or a web page has such signs in it: type them anew, wherever they stand.'
_INDENT = 'After a line that ends with a colon, the next must be indented: four spaces further in.'
_ANY_SYNTAX = (
    'Python cannot read this line. Look at it, and at the end of the line before: a bracket, a quote or a colon may be missing.'
)

# (pattern in the message, pattern in the line, sentence with the line's groups) of what Python could not read.
LINES = (
    (r"expected ':'|invalid syntax", r'\belse\s+if\b|\belseif\b', 'Python writes `elif` for it, in one word.'),
    (
        r'invalid syntax',
        r'^\s*(>>>|\.\.\.)',
        '`{0}` is what the console shows before a line. It is no part of a program: take it away.',
    ),
    (r'invalid syntax', r'&&', 'Python writes `and` for it, and `or` and `not` for the others.'),
    (r'invalid syntax', r'\|\|', 'Python writes `or` for it, and `and` and `not` for the others.'),
    (r'invalid syntax', r'(\+\+|--)\s*$', 'Python has no `{0}`: write `+= 1` or `-= 1`.'),
    (r'invalid syntax', r'=[<>](?!=)', 'The = comes second: `<=` and `>=`.'),
    (
        r'invalid syntax',
        r'^\s*(?:def\s+|for\s+)?(class|def|for|if|else|elif|while|in|is|not|and|or|from|import|pass|return|try|with|as|lambda|del)'
        r'\s*(?:=[^=]|\()',
        '`{0}` is a word of Python itself, and cannot be a name. Take another.',
    ),
)

# (exceptions, pattern in the message, sentence with the pattern's groups): the first that fits is told.
SYNTAX = (
    (('IndentationError', 'TabError'), r'expected an indented block', _INDENT),
    (
        ('IndentationError', 'TabError'),
        r'',
        'The beginning of this line does not fit the lines around it. Lines of one block begin in the same '
        'column; use four spaces, and no tabs among them.',
    ),
    (
        ('SyntaxError',),
        r"invalid character '([‘’‚‛′`´])'",
        '`{0}` looks like a quote, and is not the one that Python reads: that is \' or ".' + _LOOKALIKE,
    ),
    (
        ('SyntaxError',),
        r"invalid character '([“”„‟″«»])'",
        '`{0}` looks like a quote, and is not the one that Python reads: that is " or \'.' + _LOOKALIKE,
    ),
    (
        ('SyntaxError',),
        r"invalid character '([‐‑‒–—−])'",
        '`{0}` looks like a minus, and is not the one that Python reads: that is - on the keyboard.' + _LOOKALIKE,
    ),
    (('SyntaxError',), r"invalid character '([×·⋅∙✕])'", '`{0}` is not how Python multiplies: it writes `*`.'),
    (('SyntaxError',), r"invalid character '([÷∕⁄])'", '`{0}` is not how Python divides: it writes `/`.'),
    (('SyntaxError',), r"invalid character '([≤≥≠])'", '`{0}` is written with two signs in Python: `<=`, `>=` and `!=`.'),
    (
        ('SyntaxError',),
        r'invalid non-printable character',
        'In this line stands a sign that cannot be seen, such as another kind of space.' + _LOOKALIKE,
    ),
    (
        ('SyntaxError',),
        r"invalid character '(.)'",
        '`{0}` is no sign of Python’s; it may look like one. In a text it stands in quotes.' + _LOOKALIKE,
    ),
    (
        ('SyntaxError',),
        r"expected ':'",
        'A colon is missing at the end of the line: after if, for, while, def and else there is one.',
    ),
    (('SyntaxError',), r'was never closed', 'A bracket is opened here and not closed: count them.'),
    (('SyntaxError',), r"unmatched '(.)'", 'Here is one `{0}` too many, or the bracket that it closes is missing: count them.'),
    (
        ('SyntaxError',),
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'",
        'The bracket `{1}` is open, and `{0}` cannot close it: what is opened last is closed first.',
    ),
    (('SyntaxError',), r'unterminated', 'A text begins with a quote and does not end with the same one.'),
    (('SyntaxError',), r'^f-string', 'In a text that begins with f, each {{ needs its }}, and a value between them.'),
    (
        ('SyntaxError',),
        r"Maybe you meant '=='",
        'A single = gives a name a value. To ask whether two things are equal, write ==.',
    ),
    (
        ('SyntaxError',),
        r'cannot assign to',
        'Left of the = stands what gets the value: a name, or a place in a list. The value stands right of it.',
    ),
    (('SyntaxError',), r"Missing parentheses in call to '(\w+)'", '{0} is a function: what it is given stands in brackets.'),
    (('SyntaxError',), r'forgot a comma', 'Between two values in brackets a comma is missing.'),
    (
        ('SyntaxError',),
        r"'return' outside function",
        '`return` stands in no function here. Is its line indented as far as the rest of the `def`?',
    ),
    (
        ('SyntaxError',),
        r"'(break|continue)' (?:outside|not properly in) loop",
        '`{0}` stands in no loop here. Is its line indented as far as the rest of the loop?',
    ),
    (('SyntaxError',), r"expected 'except'", 'After `try:` and its lines comes `except`, at the same margin as the try.'),
    (
        ('SyntaxError',),
        r'leading zeros',
        'A number does not begin with 0: `7`, not `07`. What shall keep its zeros is a text, in quotes.',
    ),
    (
        ('SyntaxError',),
        r'invalid decimal literal',
        'A number and a letter stand together. A name does not begin with a digit, and `3x` is written `3 * x`.',
    ),
    (
        ('SyntaxError',),
        r'follows keyword argument',
        'In the brackets of a call, arguments with a name, such as `end=""`, come last.',
    ),
    (('SyntaxError',), r'line continuation', 'A \\ outside of quotes may only end a line.'),
    (('SyntaxError',), r'', _ANY_SYNTAX),
)
