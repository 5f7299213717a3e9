"""Subject directories of many: whoever enrols waits for some of them only, and never in vain."""

import pytest

from ivle.errors import ServiceDown
from ivle.hosts.directories import prepare_directories
from ivle.hosts.users import Users
from ivle.settings import Settings


@pytest.fixture
def asked(monkeypatch):
    """Return what the host was asked to make."""
    found = []
    monkeypatch.setattr(Users, 'activate', lambda users, login, directories: found.append((login, directories)))
    return found


def test_each_gets_the_directory_of_the_subject(asked):
    assert prepare_directories(Settings(), ['ann', 'ben'], '151') == 0
    assert asked == [('ann', ['151']), ('ben', ['151'])]


def test_what_takes_too_long_is_left_for_later(asked):
    assert prepare_directories(Settings(), ['ann', 'ben'], '151', seconds=-1) == 2
    assert asked == []


def test_a_host_that_does_not_answer_is_not_asked_again(asked, monkeypatch):
    def refuse(users, login, directories):
        asked.append(login)
        raise ServiceDown()

    monkeypatch.setattr(Users, 'activate', refuse)
    assert prepare_directories(Settings(), ['ann', 'ben'], '151') == 2
    assert asked == ['ann']
