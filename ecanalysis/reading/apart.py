"""Work on files that may be hostile or endless, done in a process of its own that can be lost without harm."""

import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

from ecanalysis.reading.limits import Limits, limit_memory, limit_processor_time

TIMES = 5  # a bundle may take as long as some files do


class Lost:
    """What there is of an item whose process was lost: it took too much time or memory, or crashed."""


def each_apart(function: Callable, items: list, limits: Limits) -> Iterator[object]:
    """What `function` (of a module, one argument) gives for each item, one after the other in one process.

    An item that costs the process its life gives a `Lost`; the next ones get a new process.
    """
    items = list(items)
    at = 0
    while at < len(items):
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(there, function, items[at:], limits), daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside threads: the child takes none of their locks, it only reads files.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        there.close()
        try:
            while at < len(items):
                # Processor time is limited in the process; a drive that no longer answers takes none.
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    limit_memory(limits.megabytes)
    with suppress(BrokenPipeError):
        for item in items:
            limit_processor_time(limits.processor_seconds * TIMES)
            result = function(item)
            limit_processor_time(0)
            pipe.send(result)
