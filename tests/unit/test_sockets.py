"""Unix sockets by their path: who may use one, and what becomes of one that nobody listens at."""

import os

from ivle import sockets


def test_a_socket_is_for_its_owner_only(tmp_path):
    with sockets.listen(tmp_path / 'service.sock'):
        assert (tmp_path / 'service.sock').stat().st_mode & 0o777 == 0o600


def test_a_socket_that_a_dead_process_left_is_replaced(tmp_path):
    sockets.listen(tmp_path / 'service.sock').close()
    with sockets.listen(tmp_path / 'service.sock'), sockets.connect(tmp_path / 'service.sock') as connection:
        assert sockets.peer_uid(connection) == os.getuid()
