"""After signing in nobody is led off the site."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivle.security.redirects import own_path
from tests.redirects import OFF_SITE, ON_SITE


def test_the_collection_of_traps_is_large():
    assert len(set(OFF_SITE)) >= 150


@pytest.mark.parametrize('text', OFF_SITE, ids=ascii)
def test_a_trap_is_no_path_of_ours(text):
    assert own_path(text, '') is None


@pytest.mark.parametrize('text', OFF_SITE, ids=ascii)
def test_a_trap_behind_the_prefix_is_none_either(text):
    found = own_path('/ivle' + text, '/ivle')
    assert (
        found is None
        or urlsplit(urljoin('http://site/ivle/login', found)).path.startswith('/ivle/')
        or found.split('?')[0] == '/ivle'
    )


@pytest.mark.parametrize('text', ON_SITE)
@pytest.mark.parametrize('prefix', ['', '/ivle'])
def test_a_page_of_ours_is_kept_as_it_is(text, prefix):
    assert own_path(prefix + text, prefix) == prefix + text


@pytest.mark.parametrize(
    'text', ['/', '/files', '/ivlefiles', '/ivle/../files', '/ivle/%2e%2e/files', '/ivle/%252e%252e/files', '/IVLE/files']
)
def test_a_path_beside_the_prefix_is_not_ours(text):
    assert own_path(text, '/ivle') is None


@pytest.mark.parametrize('value', [None, 5, ['/files'], {'a': 1}])
def test_what_is_no_text_is_no_path(value):
    assert own_path(value, '') is None


@given(st.text(alphabet='/\\.%2eEfF5cC\t\n :@?#ax', max_size=12))
def test_whatever_is_kept_stays_on_the_host_and_below_the_prefix(text):
    kept = own_path('/ivle' + text, '/ivle') or '/ivle'
    parts = urlsplit(urljoin('http://site/ivle/login', kept))
    assert parts.netloc == 'site'
    assert (parts.path + '/').startswith('/ivle/')
