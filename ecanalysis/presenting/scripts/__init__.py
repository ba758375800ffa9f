"""The script by which tables sort, filter and can be saved, the same on a page and in JupyterLab (as an extension).

`tables.js` is put into pages; `lab.js` and `package.json` are what JupyterLab asks of an extension beside it.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
TABLES = FOLDER / "ecanalysis-tables" / "tables.js"
