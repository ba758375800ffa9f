"""Work for a cluster, in a module that its processes can import."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path


def square(number: int) -> int:
    print("said on standard output, where the answers go")
    return number * number


def slow_square(number: int) -> int:
    time.sleep(0.05)
    return number * number


def square_but_worker_dies_once(item: tuple[int, Path]) -> int:
    """The first time, the Dask worker that is this process's parent is killed."""
    number, trace = item
    with open(trace, "a") as file:
        file.write("begun\n")
    if trace.read_text().count("begun") == 1:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(30)
    return number * number


def square_unless_two(number: int) -> int:
    if number == 2:
        os._exit(1)
    return number * number


def fail(number: int) -> int:
    raise ValueError(f"没有 {number}")


@contextmanager
def prepared(word: str):
    os.environ["ERRAND"] = word
    yield


def word_prepared(_) -> str:
    return os.environ["ERRAND"]
