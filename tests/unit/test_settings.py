"""Settings: read once, typed, and stopped by one line where something is wrong."""

import configparser
import re
from pathlib import Path

import pytest

from ivle.settings import Settings, SettingsError, fields, read_settings

ROOT = Path(__file__).parent.parent.parent
KEYS = [item.metadata['key'] for item in fields()]


def read(environ=(), here='/srv/ivle', **ini):
    """Return Settings for keys written without their first part: `read(port='80')`."""
    return read_settings({'ivle.' + key: value for key, value in ini.items()}, dict(environ), here)


def test_nothing_given_means_the_defaults():
    assert read() == read_settings({}, {}, '/srv/ivle')


def test_the_defaults_are_those_of_production():
    settings = read()
    assert (settings.is_production, settings.sample, settings.secure_cookie, settings.host) == (True, False, True, '127.0.0.1')


def test_keys_of_others_are_left_to_them():
    assert read_settings({'pyramid.reload_templates': 'true', 'use': 'egg:ivle'}, {}) == read_settings({}, {})


def test_settings_cannot_be_changed_later():
    with pytest.raises(AttributeError):
        read().port = 80


@pytest.mark.parametrize(
    ('key', 'text', 'name', 'value'),
    [
        ('port', '80', 'port', 80),
        ('name', ' Our IVLE ', 'name', 'Our IVLE'),
        ('hosts', 'a.example b.example:81', 'hosts', ('a.example', 'b.example:81')),
        ('sample', 'YES', 'sample', True),
        ('embedded', 'off', 'embedded', False),
        ('prefix', '/', 'prefix', ''),
        ('prefix', '/ivle/two', 'prefix', '/ivle/two'),
        ('sandbox.memory', '64M', 'memory', 64 << 20),
        ('sandbox.memory', '2 GiB', 'memory', 2 << 30),
        ('sandbox.memory', '512', 'memory', 512),
        ('serve.wall', '2.5', 'serve_seconds', 2.5),
        ('sandbox.preload', 'numpy matplotlib.pyplot', 'preload', ('numpy', 'matplotlib.pyplot')),
        ('sandbox.preload', '', 'preload', ()),
        ('chat.legacy_md5', 'seed', 'chat_legacy_md5', 'seed'),
    ],
)
def test_a_good_value_is_read_as_its_type(key, text, name, value):
    assert getattr(read(**{key: text}), name) == value


@pytest.mark.parametrize(
    ('key', 'text'),
    [
        ('port', '65536'),
        ('port', 'http'),
        ('port', '-1'),
        ('port', ''),
        ('threads', '1.5'),
        ('threads', '٣'),
        ('mode', 'test'),
        ('sample', 'maybe'),
        ('prefix', 'ivle'),
        ('prefix', '/ivle/'),
        ('prefix', '/a b'),
        ('sandbox.memory', 'lots'),
        ('sandbox.memory', '-1M'),
        ('serve.wall', '0'),
        ('serve.wall', 'nan'),
        ('serve.wall', '1e9'),
        *(('sandbox.preload', text) for text in ('1st', 'a-b', 'os..path', '.os', 'json, re', 'import', '../os', 'x;y', 'ö')),
        ('chat.legacy_md5', 'md5'),
    ],
)
def test_a_bad_value_is_named_in_one_line_that_says_what_to_write(key, text):
    with pytest.raises(SettingsError) as caught:
        read(**{key: text})
    message = str(caught.value)
    assert message.startswith(f'ivle.{key} = ') and 'write ' in message and '\n' not in message


def test_an_unknown_key_is_named_in_one_line():
    with pytest.raises(SettingsError, match=r'^ivle\.prot is not a setting of IVLE: .*docs/settings\.md'):
        read(prot='80')


def test_an_unknown_variable_is_named_too():
    with pytest.raises(SettingsError, match='^IVLE_PROT is not a setting'):
        read({'IVLE_PROT': '80'})


def test_a_variable_goes_before_the_ini_file():
    assert read({'IVLE_PORT': '81', 'PORT': '82'}, port='80').port == 81


@pytest.mark.parametrize('key', KEYS)
def test_every_key_has_a_variable_of_its_own(key):
    same = [other for other in KEYS if other.replace('.', '_').upper() == key.replace('.', '_').upper()]
    assert same == [key]


@pytest.mark.parametrize(('given', 'data'), [('var', '/srv/ivle/var'), ('../data', '/srv/data'), ('/data', '/data')])
def test_the_data_directory_starts_from_the_ini_file(given, data):
    assert read(data=given).data == Path(data)


def test_addresses_follow_from_the_port_and_the_prefix():
    settings = read(port='7000', prefix='/ivle')
    assert (settings.url, settings.gateway_url, settings.svn_url) == (
        'http://127.0.0.1:7000/ivle',
        'ws://127.0.0.1:7001/',
        'svn://127.0.0.1:7002/',
    )


def test_addresses_that_are_given_stay():
    given = {
        'url': 'https://a.example',
        'gateway.url': 'wss://a.example/g',
        'svn.url': 'svn://a.example/',
        'database.url': 'postgresql:///ivle',
    }
    settings = read(**given)
    assert (settings.url, settings.gateway_url, settings.svn_url, settings.database) == tuple(given.values())


def test_the_database_is_in_the_data_directory():
    assert read().database == 'sqlite:////srv/ivle/var/ivle.db'


@pytest.mark.parametrize('item', fields(), ids=lambda item: item.metadata['key'])
def test_every_setting_says_what_it_means(item):
    assert len(item.metadata['meaning']) > 15


def documented(page):
    return re.findall(r'^\| `(ivle\.[a-z_.0-9]+)` \|', page, re.MULTILINE)


def test_the_settings_page_lists_every_key_in_order():
    assert documented((ROOT / 'docs/settings.md').read_text()) == KEYS


def test_the_settings_page_is_the_one_that_the_settings_make():
    from ivle.scripts.docs import settings_table

    assert settings_table() in (ROOT / 'docs/settings.md').read_text()


inis = pytest.mark.parametrize('name', ['development.ini', 'production.ini'])


def commented_keys(name):
    """Return the keys of an ini file that have a comment above them, set or shown as a default."""
    text = (ROOT / name).read_text()
    return re.findall(r'^# .*\n(?:# )?(ivle\.[a-z_.0-9]+) =', text, re.MULTILINE)


@inis
def test_an_ini_file_explains_every_key(name):
    assert commented_keys(name) == KEYS


@inis
def test_an_ini_file_holds_nothing_but_known_keys(name):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / name)
    assert isinstance(read_settings(dict(parser['app:main']), {}, ROOT), Settings)


@inis
def test_an_ini_file_shows_the_real_defaults(name):
    text = (ROOT / name).read_text()
    shown = dict(re.findall(r'^# (ivle\.[a-z_.0-9]+) = (.+)$', text, re.MULTILINE))
    has_default = {item.metadata['key'] for item in fields() if item.default not in ('', ())}
    defaults = read_settings({key: value for key, value in shown.items() if key in has_default}, {}, ROOT)
    assert defaults == read_settings({}, {}, ROOT)
