"""A program for the web: greets whoever fills in the form of index.html."""

import html
import os
import sys
from urllib.parse import parse_qs

if os.environ['REQUEST_METHOD'] == 'POST':
    form = sys.stdin.read(int(os.environ.get('CONTENT_LENGTH') or 0))
else:
    form = os.environ.get('QUERY_STRING', '')

name = parse_qs(form).get('name', ['world'])[0]

print('Content-Type: text/html; charset=utf-8')
print()
print('<!DOCTYPE html>')
print('<html lang="en">')
print('<title>A greeting</title>')
print(f'<h1>Hello, {html.escape(name)}!</h1>')
print('<p><a href="index.html">Back to the form</a></p>')
print('</html>')
