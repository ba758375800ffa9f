"""The script for sorting, filtering and saving tables, the same on pages and in JupyterLab (as an extension).

`tables.js` is embedded in pages; `lab.js` and `package.json` make it an extension of JupyterLab.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
TABLES = FOLDER / "ecanalysis-tables" / "tables.js"
