"""Invented rounds: `invent` makes up the truth as tidy tables, `write_rounds` writes it as bases would send it.

invent                        who there is, and what is true, drawn by the numbers in invented.toml
faults                        what is typed wrong, and what a perfect reader makes of it
layouts, files                the layouts, and the formats; files that are damaged
submission, write             one file; two rounds
pages, formats                a form on pages: PDF, scans; a small round of bundles, .doc, PDF and scans
"""

from ecanalysis.sample.invent import SEED, Invented, invent
from ecanalysis.sample.write import Written, write_rounds

__all__ = ["SEED", "Invented", "Written", "invent", "write_rounds"]
