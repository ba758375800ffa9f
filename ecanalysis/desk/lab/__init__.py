"""JupyterLab as the analyst gets it: in Chinese, on the notebooks, with nothing fetched from anywhere.

Beside this page: `overrides.json` holds the settings (a person's own still win over them), `custom/custom.css` how
our tables look, and the Chinese type for a machine that has none.
"""

from importlib.resources import files
from pathlib import Path

from ecanalysis.paths import PROJECT

HERE = Path(__file__).resolve().parent
NOTEBOOKS = "notebooks"
WELCOME = f"{NOTEBOOKS}/welcome.md"


def arguments(folder: Path = PROJECT, port: int | None = None, browser: bool = True) -> list[str]:
    """What JupyterLab is started with: it shows `folder`, beginning with the notebooks in it and their welcome page.

    Only this machine gets in (127.0.0.1), and no other machine is asked for anything.
    """
    static = {"static_custom_path": [str(HERE / "custom"), str(files("pylopdf_fonts_zh_cn"))]}
    line = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.app_settings_dir={HERE}",
        "--LabApp.custom_css=True",
        f"--ServerApp.tornado_settings={static}",
        "--ServerApp.ip=127.0.0.1",
        # What JupyterLab would ask of other machines: news, updates, a list of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.allow_root=True",  # in a container root is all there is; nobody gets in from outside
        "--ServerApp.answer_yes=True",  # Ctrl+C ends it without asking back
        "--ServerApp.log_level=WARN",
    ]
    if (Path(folder) / NOTEBOOKS).is_dir():
        line.append(f"--FileContentsManager.preferred_dir={Path(folder) / NOTEBOOKS}")
    if (Path(folder) / WELCOME).is_file():
        line.append(f"--LabApp.default_url=/lab/tree/{WELCOME}")
    if port is not None:
        line.append(f"--ServerApp.port={port}")
    if not browser:
        line.append("--ServerApp.open_browser=False")
    return line


def start(folder: Path = PROJECT, port: int | None = None, browser: bool = True) -> None:
    """Run JupyterLab in this process until it is ended (by Ctrl+C, a signal, or its own menu)."""
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=arguments(folder, port, browser))
