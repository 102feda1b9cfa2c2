"""Connecting to a host by whichever of its addresses this machine can use."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from targets.ssh import dial
from workbench.base.cancel import CancelToken, Deadline

_BOTH = ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"))


def test_that_an_address_of_a_family_that_the_kernel_lacks_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    make = socket.socket

    def without_ipv6(family: int = -1, *more: Any, **options: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, *more, **options)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answers = [(family, socket.SOCK_STREAM, 0, "", (host, port)) for family, host in _BOTH]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answers)
        monkeypatch.setattr(socket, "socket", without_ipv6)
        with dial.dial("board", port, Deadline(30), CancelToken()) as sock:
            assert sock.getpeername()[0] == "127.0.0.1"
