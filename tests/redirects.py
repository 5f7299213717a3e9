"""Addresses that try to lead a person off the site after signing in."""

_HOSTS = [
    'evil.example',
    'evil.example/%2e%2e',
    '127.0.0.1:6543@evil.example',
    'evil.example#127.0.0.1',
    '127.0.0.1:6543.evil.example',
]
_SLASHES = ['//', '///', '////', '/\\', '\\/', '\\\\', '\\', '/\\/', '//\\', '/\t/', '/\n/', '/\r\n/', '\t//', ' //', '\x00//']
_ESCAPES = ['/%2f', '/%2F/', '%2f%2f', '/%5c', '/%5C%5C', '/%09/', '/%0d%0a/', '/%252f', '/%25252f/../..//']
_DOTS = ['/.//', '/..//', '/%2e//', '/%2e%2e//', '/./\\']
_SCHEMES = ['http:', 'http:/', 'http://', 'https://', 'HTTPS://', 'hTTp:\\\\', 'ftp://', '/\u2028/', '\ufeff//']
_SCRIPTS = ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', ' javascript:alert(1)', 'vbscript:x']
_RELATIVE = ['evil.example', 'evil.example/x', '?x', '#x', '', '.', '..', '../x', './/evil.example', '@evil.example', ':80']
_OTHERS = [
    'data:text/html,x',
    'file:///etc/passwd',
    'mailto:a@evil.example',
    '/\u202eevil',
    '/é',
    '/a\r\nSet-Cookie: x=y',
    '/a%00',
]
_BROKEN = ['/a%0d%0aSet-Cookie:%20x=y', '/a b', '/a"b', '/<script>', '/a|b', '/{x}', '/' + 'x' * 5000]

OFF_SITE = (
    [start + host for start in _SLASHES + _ESCAPES + _DOTS + _SCHEMES for host in _HOSTS[:4]]
    + _SCRIPTS
    + _RELATIVE
    + _OTHERS
    + _BROKEN
)
ON_SITE = [
    '/',
    '/files/~/151',
    '/files/jdoe/151/hello%20world.py',
    '/console?cwd=/151',
    '/edit/~/a+b/%C3%A9.py',
    '/files/~/151/',
    '/help?x=//evil.example',
    '/a/@@log?before=3',
]
