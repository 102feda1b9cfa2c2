"""The servers of these tests."""

from tests.ssh_lab.fixtures import emulator, far, ssh_keys, sshd

__all__ = ["emulator", "far", "ssh_keys", "sshd"]
