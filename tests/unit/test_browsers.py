"""Browsers are named as people name them."""

import pytest

from ivle.views.browsers import browser_in_words


@pytest.mark.parametrize(
    'agent, words',
    [
        ('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'),
        (
            'Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0',
            'Edge on Windows',
        ),
        (
            'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
            'Chrome on Android',
        ),
        (
            'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1',
            'Safari on Mac',
        ),
        ('curl/8.0', 'curl'),
        ('my own program with a long name, longer than anybody wants to read', 'my own program with a long name, longer '),
        ('', 'unknown'),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(agent, words):
    assert browser_in_words(agent) == words
