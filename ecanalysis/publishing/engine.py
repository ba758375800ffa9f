"""Papermill's engine for running a notebook with the limits of a page: time, and size of the cells' output.

Memory is limited in the kernel's process (`warm`).
"""

import logging
import time

import zmq
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from ecanalysis.reading.limits import PageLimits, limits_in_force

NAME = "ecanalysis"


class OverLimit(Exception):
    """A notebook exceeded a limit of a page; the message (Chinese) says which."""


class _Engine(NBClientEngine):
    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, log_output=False, start_timeout=60, **options):
        options.pop("input_path", None)
        client = _Client(nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, log=logger, **options)
        return client.execute()


class _Manager(AsyncKernelManager):
    def client(self, **options):
        # A message larger than the limit of the whole page is not read: the connection is closed.
        client = super().client(**options)
        client.context.setsockopt(zmq.MAXMSGSIZE, limits_in_force(PageLimits).output_megabytes * 2**20)
        return client


class _Client(PapermillNotebookClient):
    def __init__(self, nb_man, **options):
        self.limits = limits_in_force(PageLimits)
        self.until = 0.0
        self.room = self.limits.output_megabytes * 2**20
        options |= {"timeout_func": lambda cell: max(self.until - time.monotonic(), 0.01)}
        options |= {"on_cell_executed": self.check_memory}
        super().__init__(nb_man, kernel_manager_class=_Manager, **options)

    def execute(self, **options):
        try:
            return super().execute(**options)
        except (CellTimeoutError, DeadKernelError):
            if self.room < 0:
                raise OverLimit(f"各单元的输出超过限额（共 {self.limits.output_megabytes} MB）") from None
            if 0 < self.until < time.monotonic():
                raise OverLimit(f"运行超过限额（{self.limits.seconds:g} 秒）") from None
            raise

    def papermill_execute_cells(self):
        socket = zmq.Socket(shadow=self.kc.iopub_channel.socket)
        cut = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.until = time.monotonic() + self.limits.seconds
        try:
            super().papermill_execute_cells()
        except CellTimeoutError:
            # A timeout before the limit means that the end of a cell's output did not arrive: it was cut off.
            if cut.get(zmq.EVENTS) & zmq.POLLIN or time.monotonic() < self.until:
                self.room = -1
            raise
        else:
            if cut.get(zmq.EVENTS) & zmq.POLLIN:
                self.room = -1
                raise DeadKernelError("cut off")
        finally:
            socket.disable_monitor()
            cut.close(0)

    def check_memory(self, cell, cell_index, execute_reply):
        # Checked on the reply: a kernel out of memory may be unable to send the error as output.
        if execute_reply["content"].get("ename") == "MemoryError":
            told = f"第 {cell.execution_count} 个代码单元内存超过限额（{self.limits.megabytes} MB）"
            raise OverLimit(told)

    def process_message(self, msg, cell, cell_index):
        self.room -= _size(msg["content"])
        if self.room < 0:
            self.task_poll_for_reply.cancel()  # stop waiting for the cell; its kernel is ended
            return None
        return super().process_message(msg, cell, cell_index)


def _size(content: dict) -> int:
    """The approximate size of a cell's message in bytes, as text."""
    texts = [content.get("text", ""), *content.get("data", {}).values(), *content.get("traceback", ())]
    return 100 + sum(len(text) if isinstance(text, str) else len(str(text)) for text in texts)


papermill_engines.register(NAME, _Engine)
# A failed page reports its own error; nbclient's further messages about the ended kernel are suppressed.
for name in (logger.name, "asyncio"):
    logging.getLogger(name).setLevel(logging.CRITICAL)
