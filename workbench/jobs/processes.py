"""Jobs in worker processes: for the window, whose own process must stay free."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.events import JobState
from workbench.jobs.context import JobSetup
from workbench.jobs.executor import CLOSE_TIMEOUT_S, FORCE_AFTER_S, ThreadPerJob
from workbench.jobs.handle import JobHandle
from workbench.jobs.job import Job
from workbench.jobs.worker_process import WorkerProcess

if TYPE_CHECKING:
    from projects.record_file import Author

SLOTS = 8


class ProcessExecutor(ThreadPerJob):
    """Does each job in a process of its own, which is started ahead.

    Its memory is given back with it: only a small job leaves its process to one that waits for its turn.
    """

    def __init__(
        self,
        home: Path,
        by: Author,
        *,
        preload: tuple[str, ...] = (),
        slots: int = SLOTS,
        force_after_s: float = FORCE_AFTER_S,
    ) -> None:
        """Start the first worker.

        Args:
            home: where Slipway keeps the state of its user.
            by: who the records are by.
            preload: modules that workers import while they wait for a job.
            slots: how many jobs work at the same time; the others wait.
            force_after_s: how long a job that was asked to stop at once may take.
        """
        super().__init__(home, by, slots=slots, force_after_s=force_after_s)
        self._preload = preload
        self._workers: dict[str, WorkerProcess] = {}
        self._idle = [WorkerProcess(preload)]
        atexit.register(self.close)  # before multiprocessing's own handler, which would wait for idle workers

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Stop what still works, cleanly at first, and let go of threads and processes; False if one stayed."""
        ended = super().close(timeout_s)
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            _discard(worker)
        atexit.unregister(self.close)
        return ended

    def _work(self, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        worker = self._take()
        reusable = False
        try:
            self._use(worker, job, handle, setup)
            reusable = worker.is_idle()
        finally:
            with self._lock:
                self._workers.pop(handle.id, None)
            if not (reusable and self._keep(worker)):
                worker.close()

    def _use(self, worker: WorkerProcess, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        handle.connect(worker.answer, worker.tell)
        with self._lock:
            self._workers[handle.id] = worker
        worker.order(job, setup)
        forget = handle.token.on_request(lambda: worker.pass_on(handle.token))
        try:
            worker.pass_on(handle.token)
            for event in worker.events():
                handle.deliver(event)
        finally:
            forget()

    def _force(self, handle: JobHandle) -> None:
        with self._lock:  # a worker that is taken out of the dictionary is about to be closed
            worker = self._workers.get(handle.id)
            if worker is not None:
                worker.kill()

    def _take(self) -> WorkerProcess:
        """An idle worker; where it was the last one, another one is started for the next job."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
            another = not self._idle and not self._closed
        if worker is not None and not worker.alive:
            _discard(worker)
            worker = None
        if worker is None:
            worker = WorkerProcess(self._preload)
        if another:
            spare = WorkerProcess(self._preload)
            if not self._keep(spare):
                _discard(spare)
        return worker

    def _keep(self, worker: WorkerProcess) -> bool:
        """Keep a worker for a job that waits, and one for the next that comes; False where it is not needed."""
        with self._lock:
            waiting = sum(handle.state is JobState.WAITING for handle in self._open.values())
            wanted = not self._closed and len(self._idle) < max(1, waiting)
            if wanted:
                self._idle.append(worker)
            return wanted


def _discard(worker: WorkerProcess) -> None:
    """End a worker that has no job: it has nothing to clean up."""
    worker.kill()
    worker.close()
