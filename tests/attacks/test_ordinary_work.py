"""What students do all day works in a box as it does anywhere."""


def test_threads_processes_databases_and_event_loops_work(host):
    assert host.attempt('ordinary_things') == {
        'did': {
            'threads': 100,
            'subprocess': '42',
            'multiprocessing': [1, 2],
            'sqlite': 5,
            'asyncio': 'hi0',
            'temporary files': 'grüße',
            'names': True,
            'who': 'jdoe',
        }
    }


def test_what_numerical_libraries_ask_of_the_kernel_works(host):
    assert host.attempt('numerical_things') == {'did': [0, 1, 2, 3, 4, 5, 6, 7]}


def test_subversion_and_unicode_work(host):
    assert host.attempt('version_things') == {'did': [True, 'UTF-8']}


def test_a_program_starts_where_it_is_told(host):
    (host.home() / 'proj1').mkdir()
    (host.home() / 'proj1' / 'data.txt').write_text('here')
    assert host.attempt('read', path='data.txt', spec={'cwd': 'proj1'}) == {'did': 'here'}


def test_a_program_whose_place_is_gone_starts_at_home(host):
    assert host.attempt('read', path='note.txt', spec={'cwd': 'gone'}) == {'did': 'by jdoe'}


def test_a_login_that_is_an_address_has_a_box(host):
    host.add_account('a.student@example.org')
    assert host.attempt('read', path='/home/a.student@example.org/note.txt', login='a.student@example.org') == {
        'did': 'by a.student@example.org'
    }
