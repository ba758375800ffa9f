"""The command line: `ecanalysis template | parse | sample | score | brief | review`.

Exit status everywhere: 0 all went well; 1 results were written, but something in them needs attention (a
submission was rejected or unmatched, a page failed); 2 a usage error, or a file of ours that is wrong, and
nothing was written.

    app         app: what all commands share (errors, the config file, the options of a round); `__main__` runs it
    chinese     in_chinese: what is wrong with what was typed, in Chinese
    rounds      template, parse, sample, score, seal, show: from files to tables
    reports     brief, review, lab: from tables to pages, and to the desk
"""

from ecanalysis.cli import rounds, reports  # isort: skip  # noqa: F401  their commands add themselves, in this order
from ecanalysis.cli.app import app

__all__ = ["app"]
