"""The limits of each kind of run: general settings, what a kind needs otherwise, and what the site says about it."""

import ast
import resource
import subprocess

import pytest

from ivle.sandbox.host import SHELL
from ivle.sandbox.limits import Limits
from ivle.settings import Settings, SettingsError, read_settings

MIB = 1 << 20


def test_the_limits_of_a_console_are_the_general_ones_and_a_life_holds_sixty_commands():
    settings = Settings(
        cpu_seconds=7,
        memory=1 << 28,
        box_memory=1 << 29,
        processes=9,
        file_size=5,
        open_files=8,
        tmp_size=1 << 20,
        output_limit=77,
    )
    assert Limits.of(settings, 'console') == Limits(7, 1 << 28, 1 << 29, 9, 5, 8, 1 << 20, 600.0, 77, 60)


def test_a_served_program_has_its_own_time_and_one_life():
    limits = Limits.of(Settings(serve_seconds=4.0), 'serve')
    assert (limits.wall_seconds, limits.commands) == (4.0, 1)


def test_a_file_service_may_write_a_whole_upload_and_lives_long():
    limits = Limits.of(Settings(upload_limit=1 << 30, file_size=1 << 20), 'file')
    assert (limits.file_size, limits.cpu_seconds, limits.open_files) == (1 << 30, 3600, 1024)


def test_what_a_site_says_about_one_kind_goes_before_everything_and_for_that_kind_only():
    settings = read_settings(
        {
            'ivle.sandbox.cpu': '60',
            'ivle.serve.wall': '10',
            'ivle.limits.serve': 'cpu=3 wall=2.5 memory=128M box_memory=256M processes=20 file_size=1M open_files=32 '
            'output=64K tmp=8M',
            'ivle.limits.file': 'cpu=100',
        },
        {},
        '/srv/ivle',
    )
    expected = Limits(3, 128 * MIB, 256 * MIB, 20, MIB, 32, 8 * MIB, 2.5, 64 << 10, 1)
    assert Limits.of(settings, 'serve') == expected
    assert Limits.of(settings, 'file').cpu_seconds == 100
    assert Limits.of(settings, 'console') == Limits.of(Settings(), 'console')


@pytest.mark.parametrize(
    ('key', 'value', 'says'),
    [
        ('console', 'gpu=1', 'of cpu, wall, memory, box_memory, processes, file_size, open_files, output, tmp; gpu=1 is none'),
        ('console', 'cpu', 'cpu is none'),
        ('console', 'cpu=', 'cpu= is none'),
        ('console', 'cpu=ten', 'cpu=ten: write a whole number'),
        ('serve', 'memory=12Q', 'memory=12Q: write a size such as 512K, 64M or 2G'),
        ('serve', 'wall=0', 'wall=0: write a number of seconds, more than 0'),
        ('serve', 'processes=1', 'processes=1 is too little for a program to start: 4 is the least'),
        ('file', 'wall=3', 'of cpu, memory, box_memory, processes, file_size, open_files, tmp; wall=3 is none'),
    ],
)
def test_a_limit_that_makes_no_sense_stops_the_start_and_says_what_is_possible(key, value, says):
    with pytest.raises(SettingsError) as error:
        read_settings({f'ivle.limits.{key}': value}, {}, '/srv/ivle')
    assert f'ivle.limits.{key} = {value} cannot be used' in str(error.value)
    assert says in str(error.value)


def test_the_kernel_counts_the_commands_of_a_whole_life():
    limits = dict((number, (soft, hard)) for number, soft, hard in Limits(cpu_seconds=2, commands=60).rlimits())
    assert limits[resource.RLIMIT_CPU] == (120, 122)


def limits_of_a_shell(limits):
    """Return {number of the resource: (soft, hard)} of what a shell starts that was given the limits."""
    program = f'import resource; print([resource.getrlimit(number) for number, *_ in {limits.rlimits()}])'
    script = f'{limits.by_shell()} && exec /usr/bin/python3 -I -c "$1"'
    told = subprocess.run([SHELL, '-c', script, 'sh', program], capture_output=True, text=True, check=True)
    return dict(zip([number for number, *_ in limits.rlimits()], ast.literal_eval(told.stdout), strict=True))


@pytest.mark.parametrize('limits', [Limits(), Limits(cpu_seconds=2, commands=60, memory=300 << 20, open_files=100)])
def test_a_shell_gives_itself_all_limits(limits):
    assert limits_of_a_shell(limits) == {number: (soft, hard) for number, soft, hard in limits.rlimits()}


def test_the_shell_gives_no_more_than_is_allowed():
    given = limits_of_a_shell(Limits(file_size=300_000, memory=(200 << 20) + 1023))
    assert (given[resource.RLIMIT_FSIZE], given[resource.RLIMIT_DATA]) == ((299_520,) * 2, (200 << 20,) * 2)


def test_where_one_limit_cannot_be_given_nothing_is_started():
    script = Limits().by_shell().replace('ulimit -n 256', 'ulimit -n 2x') + ' && echo started'
    told = subprocess.run([SHELL, '-c', script], capture_output=True, text=True)
    assert (told.stdout, told.returncode) == ('', 2)


def test_a_limit_that_is_lower_already_is_kept(monkeypatch):
    monkeypatch.setattr(resource, 'getrlimit', lambda number: (10, 10))
    assert 'ulimit -p 10 ' in Limits().by_shell()
    assert (resource.RLIMIT_NPROC, 10, 10) in Limits().rlimits()
    assert 'ulimit -c 0 ' in Limits().by_shell()
