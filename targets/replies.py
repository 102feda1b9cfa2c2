"""The agent's errors as the errors that a person sees."""

from __future__ import annotations

from typing import Final

from targets.agent import protocol
from targets.agent.protocol import CommandError
from workbench.base.errors import BoardError, Cancelled, Fault, SlipwayError

_FAULTS: Final = {
    protocol.E_RUNTIME: Fault.WORK,
    protocol.E_WORKER: Fault.WORK,
    protocol.E_INVALID_SIZE: Fault.WORK,
    protocol.E_NULL_INPUT: Fault.WORK,
    protocol.E_INTERNAL: Fault.INTERNAL,
}
_HINTS: Final = {
    protocol.E_BUSY: "Wait until the board is free.",
    protocol.E_MISSING: "Run it again: what the board lacks is pushed anew.",
    protocol.E_HASH: "Run it again. If it comes back, check the board's disk.",
    protocol.E_WORKER: "Look at its last lines below; the next run starts a fresh process.",
    protocol.E_INTERNAL: "This is a defect of Slipway: please report it with the lines below.",
}


class Refused(BoardError):
    """The agent answered a request with an error; `code` is the protocol's."""

    def __init__(
        self, summary: str, hint: str = "", detail: str = "", fault: Fault = Fault.BOARD, code: str = ""
    ) -> None:
        super().__init__(summary, hint, detail, fault)
        self.code = code

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str, str, Fault, str]]:  # type: ignore[override]
        return type(self), (self.summary, self.hint, self.detail, self.fault, self.code)


def as_error(error: CommandError, board: str) -> SlipwayError:
    """What a person is told of an error that came from a board's agent."""
    if error.code == protocol.E_CANCELLED:
        return Cancelled(error.summary or "cancelled")
    fault = _FAULTS.get(error.code, Fault.BOARD)
    hint = error.hint or _HINTS.get(error.code, "")
    return Refused(f"{board}: {error.summary}", hint, error.detail, fault, error.code)
