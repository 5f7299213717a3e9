"""The registry of clients: what can be registered, and what is refused with a sentence."""

import pytest
from pyramid.exceptions import ConfigurationError

from ivle.clients import Client, Registry
from ivle.resources.base import Resource


def client(name='notes', action='notes', **more):
    return Client(name, action=action, resource=Resource, **more)


def test_a_client_is_found_by_each_of_its_actions():
    registry = Registry()
    registry.add(client('browser', 'files', other_actions=('home',)))
    assert registry.by_action('home') is registry.by_action('files') is registry.by_name('browser')


def test_tabs_come_in_the_order_of_registration():
    registry = Registry()
    for name in ('c', 'a', 'b'):
        registry.add(client(name, name, tab=name.upper()))
    registry.add(client('quiet', 'quiet'))
    assert [item.tab for item in registry.tabs()] == ['C', 'A', 'B']


def test_two_clients_cannot_share_an_action():
    registry = Registry()
    registry.add(client('notes', 'notes'))
    with pytest.raises(ConfigurationError, match='both want /notes'):
        registry.add(client('other', 'notes'))


def test_two_clients_cannot_share_a_name():
    registry = Registry()
    registry.add(client('notes', 'notes'))
    with pytest.raises(ConfigurationError, match='Two clients are called notes'):
        registry.add(client('notes', 'elsewhere'))


@pytest.mark.parametrize('action', ['', 'Notes', '@@notes', '+notes', '~', 'a/b', 'no tes'])
def test_an_action_is_a_plain_url_segment(action):
    with pytest.raises(ConfigurationError, match='lower-case'):
        Registry().add(client(action=action))


def test_media_that_does_not_exist_stops_the_start():
    with pytest.raises(ConfigurationError, match='does not exist'):
        Registry().add(client(media='ivle:no-such-folder'))
