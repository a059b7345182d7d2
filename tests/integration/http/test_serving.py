"""How the server's socket is set up."""

import socket

from entrypoints.http import server


def test_connections_send_at_once_what_is_written() -> None:
    """An answer is written in two pieces; held back by Nagle's algorithm, the second would come 40 ms later."""
    with (
        server._listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
