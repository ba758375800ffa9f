"""The command line: `ecanalysis template | parse | sample | score | brief | review`.

Exit status of all commands: 0 success; 1 results were written, but something needs attention (a submission was rejected
or unmatched, a page failed); 2 a usage error or a faulty project file, and nothing was written.

    app         app: what all commands share (errors, the config file, the options of a round); `__main__` runs it
    chinese     in_chinese: messages of the command line in Chinese
    rounds      template, parse, sample, score, seal, show: from files to tables
    reports     brief, review, lab: from tables to pages, and JupyterLab
"""

from ecanalysis.cli import rounds, reports  # isort: skip  # noqa: F401  importing registers their commands, in this order
from ecanalysis.cli.app import app

__all__ = ["app"]
