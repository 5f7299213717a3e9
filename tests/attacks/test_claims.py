"""What a claim lets into a box: the home of one account, as far as it was asked for, and nothing by another road."""

import shutil

import pytest

from ivle.sandbox.spec import BoxSpec, HomeMissing
from tests.attacks.host import CONSOLE_ARGUMENTS

ODD = ['0', 'a.student@example.org', 'a..b', 'a+b_c-d.', 'a' * 128]
NOT_LOGINS = ['', '.', '..', '../asmith', 'a/b', '.hidden', '-rf', 'Jdoe', 'a b', 'a:b', 'a\nb', 'jdoe\n', 'a\0', 'ä', 'a' * 129]
# How a file of one's own is changed.
WAYS = ['open', 'by its descriptor', 'by the root of the process', 'by the working directory', 'truncate', 'map', 'mode']
WAYS += ['mode of its descriptor', 'times', 'times of its descriptor', 'hard link', 'soft link', 'directory', 'queue']
WAYS += ['unnamed file', 'socket', 'rename', 'remove']


def test_a_home_that_is_shown_for_reading_is_changed_in_no_way(host):
    ways = host.attempt('change_everything', path='note.txt')['did']
    assert ways == WAYS
    host.write('note.txt', 'again')
    assert host.attempt('change_everything', path='note.txt', spec={'access': 'read'}) == {'did': []}
    assert (host.home() / 'note.txt').read_text() == 'again'


@pytest.mark.parametrize('probe', ['remount_writable', 'mount_tmpfs', 'open_tree'])
def test_a_home_that_is_shown_for_reading_is_not_shown_otherwise(host, probe):
    assert host.attempt(probe, spec={'access': 'read'}) == {'refused': 'EPERM'}


def test_an_account_that_is_a_link_is_no_account(host):
    (host.home('asmith').parent.parent / 'mallory').symlink_to('asmith')
    assert host.attempt('read', path='note.txt', login='asmith') == {'did': 'by asmith'}
    with pytest.raises(HomeMissing):
        host.attempt('read', path='note.txt', login='mallory')


def test_a_home_that_is_a_file_is_no_home(host):
    shutil.rmtree(host.home())
    host.home().write_text('a file')
    with pytest.raises(HomeMissing):
        host.attempt('listing', path='.')


def test_a_home_that_goes_while_the_account_is_used_is_missed_in_words(host):
    assert host.attempt('read', path='note.txt') == {'did': 'by jdoe'}
    home = host.home()
    home.rename(home.with_name('away'))
    with pytest.raises(HomeMissing, match='has no account here|has no files on this host'):
        host.attempt('read', path='note.txt')
    home.with_name('away').rename(home)
    assert host.attempt('read', path='note.txt') == {'did': 'by jdoe'}


def test_a_console_outlives_its_home(host):
    talk = host.console()
    assert talk.run('print(open("note.txt").read())') == 'by jdoe\n'
    shutil.rmtree(host.home())
    assert talk.run('import os\nprint(os.listdir("/home/jdoe"))') == '[]\n'


@pytest.mark.parametrize('cwd', ['../asmith', '../../../..', '/etc', '/proc/1/root', '/proc/1/cwd', 'link', 'x' * 5000])
def test_a_place_outside_of_the_home_leads_to_nobody_else(host, cwd):
    (host.home() / 'link').symlink_to(host.home('asmith'))
    assert host.attempt('read', path=f'{host.home("asmith")}/note.txt', spec={'cwd': cwd}) == {'refused': 'ENOENT'}
    assert host.attempt('read', path='../asmith/note.txt', spec={'cwd': cwd}) == {'refused': 'ENOENT'}


@pytest.mark.parametrize('login', ODD, ids=range(len(ODD)))
def test_an_odd_login_has_a_home_under_its_name(host, login):
    host.add_account(login)
    assert host.attempt('read', path=f'/home/{login}/note.txt', login=login) == {'did': f'by {login}'}
    assert host.attempt('read', path='/etc/passwd', login=login)['did'].startswith(f'{login}:x:1000:1000:{login}:/home/{login}:')


@pytest.mark.parametrize('login', NOT_LOGINS, ids=range(len(NOT_LOGINS)))
def test_what_is_no_login_is_never_looked_for(login):
    with pytest.raises(ValueError, match='is not a login'):
        BoxSpec('python-console', login, arguments=CONSOLE_ARGUMENTS)
