"""What administrators do reaches the hosts: homes, running programs and repository keys. On a real site."""

import contextlib
import secrets
import subprocess
from datetime import timedelta

import pytest

from ivle.console import Console
from ivle.models import Database, State, user_called, utc_now
from ivle.settings import read_settings
from ivle.sweeper import Sweeper


@pytest.fixture(scope='module')
def admin(site):
    return site.person('admin')


@pytest.fixture
def newcomer(site, admin):
    """Return (login, Visitor) of a person whom an administrator just made and who chose a password."""
    login = f'new-{secrets.token_hex(4)}'
    answer = admin.post('/admin/people/@@create', {'login': login, 'name': 'New Person'})
    assert answer.status == 201, answer.text
    visitor = site.visitor()
    visitor.get('/login')
    chosen = visitor.submit('/login', login=login, password=answer.json['password'], new_password='words of my own', next='')
    assert chosen.status == 303, chosen.text
    visitor.get('/')
    return login, visitor


def test_a_new_person_has_a_home_at_once(newcomer):
    login, visitor = newcomer
    listing = visitor.get_json(f'/files/{login}')
    assert (listing.status, listing.json['access'], listing.json['entries']) == (200, 'write', [])


def test_closing_an_account_ends_its_consoles_and_opening_it_brings_everything_back(newcomer, admin, site):
    login, visitor = newcomer
    assert visitor.post(f'/files/{login}/@@mkdir', {'name': 'kept'}).status == 201
    assert visitor.post('/console/@@start', {'cwd': '/'}).status == 201
    assert admin.post(f'/admin/people/{login}/@@disable').json == {'state': 'disabled'}
    assert visitor.get_json(f'/files/{login}').status == 401
    assert admin.post(f'/admin/people/{login}/@@enable').json == {'state': 'active'}
    again = site.visitor().sign_in(login, 'words of my own')
    assert again.get_json('/console').json['consoles'] == []
    assert [entry['name'] for entry in again.get_json(f'/files/{login}').json['entries']] == ['kept']


def svn_list(key, url, login):
    command = ['svn', 'list', '--non-interactive', '--no-auth-cache', '--username', login, '--password', key, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_repository_key_opens_ones_own_repository_until_the_account_is_closed(newcomer, admin):
    login, visitor = newcomer
    made = visitor.post('/profile/@@reset-key')
    assert made.status == 201, made.text
    assert svn_list(made.json['key'], made.json['url'], login).returncode == 0
    assert svn_list(made.json['key'], made.json['url'].replace(login, 'studenta'), login).returncode != 0
    admin.post(f'/admin/people/{login}/@@disable')
    assert svn_list(made.json['key'], made.json['url'], login).returncode != 0


def test_a_new_key_replaces_the_old_one(newcomer):
    login, visitor = newcomer
    old = visitor.post('/profile/@@reset-key').json
    new = visitor.post('/profile/@@reset-key').json
    assert svn_list(old['key'], old['url'], login).returncode != 0
    assert svn_list(new['key'], new['url'], login).returncode == 0


def test_health_says_that_everything_works(admin):
    health = admin.get_json('/admin/health').json
    assert {part['name']: part['works'] for part in health['parts']} == dict.fromkeys(
        ('database', 'sandbox', 'usrmgt', 'gateway', 'worker'), True
    )
    assert health['accounts'] >= 5
    assert admin.get('/admin/health').status == 200


def test_an_account_whose_last_day_is_over_is_swept_up_with_its_consoles_and_its_key(newcomer, site):
    login, visitor = newcomer
    made = visitor.post('/profile/@@reset-key').json
    assert visitor.post('/console/@@start', {'cwd': '/'}).status == 201
    settings = read_settings({'ivle.data': str(site.data), 'ivle.port': str(site.port)}, environ={})
    database = Database(settings)
    with contextlib.closing(database):
        with database.writing() as db:
            user_called(db, login).expires = utc_now() - timedelta(days=1)
        Sweeper(settings).sweep(database)
        with database.reading() as db:
            assert user_called(db, login).state == State.DISABLED
    assert Console(settings, login).list() == []
    assert svn_list(made['key'], made['url'], login).returncode != 0
