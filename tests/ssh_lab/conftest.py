"""The server of these tests."""

from tests.ssh_lab.fixtures import ssh_keys, sshd

__all__ = ["ssh_keys", "sshd"]
