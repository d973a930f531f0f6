"""One chapter in a process of its own: execute it with Papermill, say on standard output how far it is.

Started by `newroles.book.execute` as `python -m newroles.book.worker`; reads one JSON job from standard input.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def say(**message: object) -> None:
    print(json.dumps(message), flush=True)


def stop_with_parent(parent: int) -> None:
    """A chapter must not outlive the run that started it, even one that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)  # the kernel watches this process in the same way and ends by itself

    threading.Thread(target=watch, daemon=True).start()


def announce_cells(engine: Any) -> type:
    """Papermill's engine, saying each cell before it starts."""

    class Announcing(engine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            start: Callable[..., Any] = nb_man.cell_start

            def cell_start(cell: Any, *args: Any, **kw: Any) -> Any:
                if cell.cell_type == "code":
                    say(cell=cell.get("id", ""))
                return start(cell, *args, **kw)

            nb_man.cell_start = cell_start
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    return Announcing


def main() -> int:
    job = json.loads(sys.stdin.read())
    stop_with_parent(job["parent"])
    os.environ.update(job["environment"])
    import papermill
    from papermill.engines import NBClientEngine, papermill_engines
    from traitlets.config import Config

    papermill_engines.register("announcing", announce_cells(NBClientEngine))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="newroles-") as sockets:
        config = Config()
        config.KernelManager.transport = (
            "ipc"  # no ports: parallel kernels can't meet on one, nothing listens on the network
        )
        config.KernelManager.ip = str(Path(sockets) / "kernel")
        try:
            papermill.execute_notebook(
                job["source"],
                job["target"],
                parameters=job["parameters"],
                engine_name="announcing",
                kernel_name="python3",
                cwd=job["folder"],
                progress_bar=False,
                config=config,
                start_timeout=120,
                execution_timeout=job["timeout"],
            )
        except papermill.PapermillExecutionError as error:
            say(failed=True, error=error.ename, message=error.evalue)
            return 1
        except Exception as error:  # a kernel that died or didn't start: the run reports it by name
            say(failed=True, error=type(error).__name__, message=str(error))
            return 1
    say(done=True, seconds=round(time.perf_counter() - started, 3))
    return 0


if __name__ == "__main__":
    sys.exit(main())
