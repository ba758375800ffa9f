"""JupyterLab as the analyst gets it: in Chinese, on the notebooks, with nothing fetched from anywhere.

`overrides.json` beside this page holds the settings; a person's own settings still win over them.
"""

import sys
from pathlib import Path

from ecanalysis.paths import PROJECT

SETTINGS = Path(__file__).resolve().parent
WELCOME = "welcome.ipynb"


def command(port: int | None = None, browser: bool = True, extra: tuple[str, ...] = ()) -> list[str]:
    """The command line that starts JupyterLab on the notebooks; it listens on 127.0.0.1 alone."""
    line = [sys.executable, "-m", "jupyterlab", WELCOME, f"--ServerApp.root_dir={PROJECT / 'notebooks'}"]
    line += [f"--LabApp.app_settings_dir={SETTINGS}", "--ServerApp.ip=127.0.0.1"]
    if port is not None:
        line.append(f"--ServerApp.port={port}")
    if not browser:
        line.append("--no-browser")
    return [*line, *extra]
