"""The site's secrets: made once, private, and refused when they are not."""

import threading

import pytest

from ivle.secrets import NAMES, make_secrets, read_secret
from ivle.settings import SettingsError, read_settings


@pytest.fixture
def settings(tmp_path):
    return read_settings({'ivle.data': str(tmp_path)}, {})


def test_the_first_start_makes_every_secret(settings):
    make_secrets(settings)
    assert sorted(path.name for path in settings.path('secrets').iterdir()) == sorted(NAMES)


def test_a_secret_is_32_bytes_that_only_the_site_can_read(settings):
    assert len(read_secret(settings, 'cookie')) == 32
    assert settings.path('secrets', 'cookie').stat().st_mode & 0o777 == 0o600
    assert settings.path('secrets').stat().st_mode & 0o777 == 0o700


def test_a_secret_stays(settings):
    assert read_secret(settings, 'cookie') == read_secret(settings, 'cookie')


def test_each_secret_is_another(settings):
    assert len({read_secret(settings, name) for name in NAMES}) == len(NAMES)


def test_makers_at_the_same_time_agree(settings):
    found = []
    threads = [threading.Thread(target=lambda: found.append(read_secret(settings, 'gateway'))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert [path.name for path in settings.path('secrets').iterdir()] == ['gateway']


def test_a_secret_that_others_can_read_is_refused(settings):
    read_secret(settings, 'cookie')
    settings.path('secrets', 'cookie').chmod(0o644)
    with pytest.raises(SettingsError, match='can be read by other users.*chmod 600'):
        make_secrets(settings)


@pytest.mark.parametrize('content', [b'', b'changeme', b'x' * 32, b'CHANGEME' * 2])
def test_a_placeholder_is_refused(settings, content):
    read_secret(settings, 'cookie')
    settings.path('secrets', 'cookie').write_bytes(content)
    with pytest.raises(SettingsError, match='too short or a placeholder'):
        read_secret(settings, 'cookie')
