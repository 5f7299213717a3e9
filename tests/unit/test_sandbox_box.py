"""What may be asked of a box, and what its starter does before there is one."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from ivle.sandbox.box import PROGRAMS, SOURCE, BoxSpec, HomeMissing, Launcher
from ivle.sandbox.host import SandboxUnavailable, explain, identity_of_boxes
from ivle.sandbox.started import _parse
from ivle.settings import Settings


@pytest.fixture
def settings(data):
    return Settings(data=Path(data))


@pytest.mark.parametrize('login', ['', '..', '.', '../asmith', 'a/b', '-a', 'A', 'a\n', 'a:b', 'a\0b', 'é'])
def test_what_is_not_a_login_gets_no_box(login):
    with pytest.raises(ValueError, match='not a login'):
        BoxSpec('serveservice', login)


@pytest.mark.parametrize('wish', [{'sees': 'everything'}, {'access': 'execute'}])
def test_a_box_sees_and_may_do_only_what_there_is_a_word_for(wish):
    with pytest.raises(ValueError, match='a box sees'):
        BoxSpec('serveservice', 'jdoe', **wish)


def test_a_file_service_has_no_home_of_the_student_s():
    spec = BoxSpec('fileservice', 'jdoe', sees='account')
    assert (spec.place, spec.environment['HOME']) == ('/account', '/tmp')


def test_every_program_of_a_box_is_in_the_source():
    assert [path for paths in PROGRAMS.values() for path in paths if not (SOURCE / path).exists()] == []


@pytest.mark.parametrize(
    'change, words',
    [
        ({'bwrap': '/nowhere/bwrap'}, 'apt-get install bubblewrap'),
        ({'python': '/nowhere/python3'}, 'apt-get install python3'),
        ({'bwrap': '/usr/bin/false'}, 'it said nothing'),
        ({'bwrap': '/etc/passwd'}, 'bubblewrap is not at /etc/passwd'),
    ],
)
def test_a_host_that_lacks_something_is_told_what(settings, change, words):
    launcher = Launcher(replace(settings, **change), programs={})
    with pytest.raises(SandboxUnavailable) as refusal:
        launcher.prepare()
    launcher.close()
    assert words in str(refusal.value)


def test_a_python_that_a_box_cannot_see_is_refused(settings, tmp_path):
    python = tmp_path / 'python3'
    python.write_text('#!/bin/sh\n')
    python.chmod(0o755)
    with pytest.raises(SandboxUnavailable, match='not below /usr'):
        Launcher(replace(settings, python=str(python))).prepare()


def test_a_missing_program_is_named(settings):
    with pytest.raises(SandboxUnavailable, match='services/nothing cannot be read'):
        Launcher(settings, programs={'nothing': ('services/nothing',)}).prepare()


def test_a_box_is_never_made_for_the_superuser(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    with pytest.raises(SandboxUnavailable, match='never made for the superuser'):
        Launcher(replace(settings, sandbox_uid=0)).prepare()


def test_the_superuser_starts_boxes_as_somebody_else(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    assert identity_of_boxes(settings) == {'user': 20000, 'group': 20000, 'extra_groups': []}


def test_an_ordinary_user_starts_boxes_as_themselves(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert identity_of_boxes(settings) == {}


@pytest.mark.parametrize(
    'said, hint',
    [
        ('bwrap: No permissions to create new namespace, likely because …', 'apparmor_restrict_unprivileged_userns'),
        ('bwrap: setting up uid map: Permission denied', 'unprivileged_userns_clone'),
        ('bwrap: Unknown option --bind-fd', 'older than 0.8'),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", 'unmasked /proc'),
        ('bwrap: something else', 'bubblewrap cannot make a box (something else).'),
    ],
)
def test_what_bubblewrap_says_is_explained(said, hint):
    assert hint in explain(said)


def test_a_login_without_an_account_has_no_box(settings):
    (settings.data / 'accounts').mkdir()
    launcher = Launcher(settings, programs={'python-console': ('ivle/chat.py',)})
    launcher.prepare()
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(HomeMissing):
        launcher.start(BoxSpec('python-console', 'nobody'), theirs)
    launcher.close()


def test_half_a_line_of_bubblewrap_s_report_is_not_read():
    assert _parse(b'{ "child-pid": 7 }\n{ "exit-co') == {'child-pid': 7}
