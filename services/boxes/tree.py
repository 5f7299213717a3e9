"""What is found on the disk of every box: a small root in memory, the system below it, and the places of one box."""

import os

from ivle import kernel

# Any directory does: what is mounted here only this process and its children see, and it becomes their root.
_BASE = '/tmp'
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
_SHM_BYTES = 16 << 20
_PLACES = ('home', 'etc', 'etc/person', 'dev', 'dev/shm', 'proc', 'tmp')
_DEVICE_LINKS = {'fd': '/proc/self/fd', 'stdin': '/proc/self/fd/0', 'stdout': '/proc/self/fd/1', 'stderr': '/proc/self/fd/2'}
# One person a box: these files are written when it is claimed.
_PERSON = ('passwd', 'group')
_ETC = {'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n', 'hosts': '127.0.0.1 localhost box\n'}


def enter(trees, covers, links, files):
    """Make a root of mounts and files, and move there. For the first process of a new process namespace.

    `trees` are (descriptor of a mount, place), `covers` places in them that stay empty, `links` {place: target},
    `files` [(place, content, mode)].
    """
    kernel.mount(None, '/', None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount('tmpfs', _BASE, 'tmpfs', _PLAIN, 'mode=0755,size=32m')
    for place in _PLACES:
        os.makedirs(f'{_BASE}/{place}', exist_ok=True)
    for place, target in {**links, **{f'/dev/{name}': target for name, target in _DEVICE_LINKS.items()}}.items():
        os.symlink(target, _BASE + place)
    for name in _PERSON:
        os.symlink(f'person/{name}', f'{_BASE}/etc/{name}')
    for name, content in _ETC.items():
        _write(f'{_BASE}/etc/{name}', content.encode(), 0o444)
    for place, content, mode in files:
        os.makedirs(os.path.dirname(_BASE + place), exist_ok=True)
        _write(_BASE + place, content.encode(), mode)
    for tree, place in trees:
        _make_place(tree, _BASE + place)
        kernel.place_tree(tree, _BASE + place)
        os.close(tree)
    for place in covers:
        kernel.mount('tmpfs', _BASE + place, 'tmpfs', _PLAIN | kernel.MS_RDONLY, 'mode=0555,size=4k')
    # For what imports modules; a box has its own.
    kernel.mount('tmpfs', f'{_BASE}/tmp', 'tmpfs', _PLAIN, 'mode=1777,size=16m')
    # Never seen in a box, where its own lies on top; without it the kernel would not let a box mount its own.
    kernel.mount('proc', f'{_BASE}/proc', 'proc', _PLAIN | kernel.MS_NOEXEC)
    _make_read_only(_BASE)
    kernel.enter_root(_BASE)


def add_places(tmp_bytes, tmp_links):
    """Mount what one box has for itself: its processes, its temporary files, and where its person will be."""
    kernel.mount('proc', '/proc', 'proc', _PLAIN | kernel.MS_NOEXEC, 'subset=pid')
    kernel.mount('tmpfs', '/tmp', 'tmpfs', _PLAIN, f'mode=1777,size={tmp_bytes}')
    kernel.mount('tmpfs', '/dev/shm', 'tmpfs', _PLAIN, f'mode=1777,size={_SHM_BYTES}')
    kernel.mount('tmpfs', '/home', 'tmpfs', _PLAIN, 'mode=0755,size=64k')
    kernel.mount('tmpfs', '/etc/person', 'tmpfs', _PLAIN, 'mode=0755,size=64k')
    link_from_tmp(tmp_links)


def link_from_tmp(links):
    """Make links {place below /tmp: target}."""
    for place, target in links.items():
        os.makedirs(os.path.dirname(place), mode=0o777, exist_ok=True)
        os.symlink(target, place)


def resize_tmp(tmp_bytes):
    """Give /tmp another size than the one it was made with."""
    kernel.mount('tmpfs', '/tmp', 'tmpfs', _PLAIN | kernel.MS_REMOUNT, f'size={tmp_bytes}')


def let_in(login, home_tree, box_id):
    """Put a home in its place, where there is one, and write down who its person is; then nobody can change either."""
    home = '/tmp'
    if home_tree is not None:
        home = f'/home/{login}'
        os.mkdir(home, 0o755)
        kernel.place_tree(home_tree, home)
    _write('/etc/person/passwd', f'{login}:x:{box_id}:{box_id}:{login}:{home}:/bin/sh\n'.encode(), 0o444)
    _write('/etc/person/group', f'{login}:x:{box_id}:\n'.encode(), 0o444)
    _make_read_only('/home')
    _make_read_only('/etc/person')
    return home


def rehearse():
    """Do what `let_in` does, and undo it."""
    os.mkdir('/home/nobody', 0o755)
    os.rmdir('/home/nobody')
    _write('/etc/person/nobody', b'', 0o444)
    os.unlink('/etc/person/nobody')
    kernel.mount(None, '/home', None, kernel.MS_REMOUNT | kernel.MS_BIND | _PLAIN)


def _make_read_only(place):
    kernel.mount(None, place, None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _PLAIN)


def _make_place(tree, place):
    if os.path.isdir(f'/proc/self/fd/{tree}'):
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _write(place, b'', 0o444)


def _write(place, content, mode):
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.write(descriptor, content)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
