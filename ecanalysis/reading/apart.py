"""Work on files that may be hostile or endless, in a separate process that may crash without harm."""

import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

from ecanalysis.reading.limits import Limits, limit_memory, limit_processor_time

TIMES = 5  # an item such as a bundle may take as long as so many files


class Lost:
    """The result for an item whose process was lost: it took too much time or memory, or crashed."""


def each_apart(function: Callable, items: list, limits: Limits) -> Iterator[object]:
    """Yield `function(item)` for each item, computed one after another in a separate process.

    `function` must be defined at module level. An item whose process is lost yields `Lost`; the next ones get a new
    process.
    """
    items = list(items)
    at = 0
    while at < len(items):
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(there, function, items[at:], limits), daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 warns about forking a process with threads; safe here, as the child uses none of their locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        there.close()
        try:
            while at < len(items):
                # The process limits its processor time itself; waiting for a drive that does not respond uses none.
                if not here.poll(limits.clock_seconds * TIMES):
                    raise EOFError
                yield here.recv()
                at += 1
        except EOFError:
            yield Lost()
            at += 1
        finally:
            process.kill()
            process.join()
            here.close()


def _work(pipe: Connection, function: Callable, items: list, limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    limit_memory(limits.megabytes)
    with suppress(BrokenPipeError):
        for item in items:
            limit_processor_time(limits.processor_seconds * TIMES)
            result = function(item)
            limit_processor_time(0)
            pipe.send(result)
