"""The command line: `ecanalysis template | parse | sample | score | brief | review`.

Exit status everywhere: 0 all went well; 1 results were written, but something in them needs attention (a
submission was rejected or unmatched, a page failed); 2 a usage error, or a file of ours that is wrong, and
nothing was written.
"""

from ecanalysis.cli import rounds, reports  # isort: skip  # noqa: F401  their commands add themselves, in this order
from ecanalysis.cli.app import app

__all__ = ["app"]
