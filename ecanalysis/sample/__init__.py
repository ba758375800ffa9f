"""Invented rounds: `invent` creates the true answers as tidy tables, `write_rounds` writes them as bases would.

invent                        bases and true answers, drawn according to invented.toml
faults                        typing errors, and what a perfect reader makes of them
layouts, files                the layouts, and the file formats; damaged files
submission, write             one file; two rounds
pages, formats                a form on pages: PDF, scans; a small round of archives, .doc, PDF and scans
"""

from ecanalysis.sample.invent import SEED, Invented, invent
from ecanalysis.sample.write import Written, write_rounds

__all__ = ["SEED", "Invented", "Written", "invent", "write_rounds"]
