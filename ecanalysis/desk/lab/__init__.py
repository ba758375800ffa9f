"""Starts JupyterLab in Chinese, with a personal work folder, without network access.

In this folder: `contents` leaves notebooks unchanged when they are only opened; `overrides.json` has default settings
(personal ones take precedence); `custom/custom.css` styles our tables and loads a Chinese font for machines without
one. Tables can be sorted and filtered as on pages, by an extension (`presenting/scripts`).
"""

import logging
import os
import secrets
import shutil
import signal
import sys
import threading
from importlib.resources import files
from pathlib import Path

from ecanalysis import paths
from ecanalysis.errors import UserError
from ecanalysis.paths import PROJECT
from ecanalysis.presenting import scripts

HERE = Path(__file__).resolve().parent
NOTEBOOKS = "notebooks"
WELCOME = f"{NOTEBOOKS}/welcome.md"
STARTER, OWN = "starter.ipynb", "我的分析.ipynb"


def arguments(folder: Path = PROJECT, port: int | None = None, browser: bool = True) -> list[str]:
    """The command-line arguments of JupyterLab: it shows `folder`, the work folder and the welcome page.

    It accepts connections only from this machine (127.0.0.1) and with a token, regardless of the person's own
    configuration of JupyterLab, and connects to no other machine.
    """
    static = {"static_custom_path": [str(HERE / "custom"), str(files("pylopdf_fonts_zh_cn"))]}
    line = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.app_settings_dir={HERE}",
        "--LabApp.custom_css=True",
        f"--LabApp.extra_labextensions_path={scripts.FOLDER}",
        f"--ServerApp.tornado_settings={static}",
        "--ServerApp.contents_manager_class=ecanalysis.desk.lab.contents.Contents",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.sock=",
        "--ServerApp.allow_origin=",
        "--ServerApp.allow_origin_pat=",
        "--ServerApp.allow_remote_access=False",
        "--ServerApp.disable_check_xsrf=False",
        "--ServerApp.identity_provider_class=jupyter_server.auth.identity.PasswordIdentityProvider",
        f"--IdentityProvider.token={os.environ.get('JUPYTER_TOKEN') or secrets.token_hex(24)}",
        "--PasswordIdentityProvider.hashed_password=",
        # No requests to other machines for news, updates and a list of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.allow_root=True",  # a container has only root; there is no access from outside
        "--ServerApp.answer_yes=True",  # Ctrl+C ends it without confirmation
        "--ServerApp.log_level=WARN",
    ]
    if shell := os.environ.get("SHELL") or shutil.which("sh"):
        # If started without a terminal, JupyterLab would open a login shell, which sets another PATH.
        line.append(f"--ServerApp.terminado_settings={ {'shell_command': [shell]} }")
    if (work := own_folder(folder)).is_dir() and work.is_relative_to(folder):
        line.append(f"--FileContentsManager.preferred_dir={work}")
    if (Path(folder) / WELCOME).is_file():
        line.append(f"--LabApp.default_url=/lab/tree/{WELCOME}?file-browser-path=/work")
    if port is not None:
        line.append(f"--ServerApp.port={port}")
    if not browser:
        line.append("--ServerApp.open_browser=False")
    return line


def own_folder(folder: Path) -> Path:
    """The work folder of a project folder; `paths.work_folder()` for this project."""
    return paths.work_folder() if Path(folder) == PROJECT else Path(folder).resolve() / "work"


def make_own_folder(folder: Path = PROJECT) -> Path:
    """Create the work folder and copy the starter notebook into it if it has no notebook; nothing is overwritten.

    Raises UserError if it cannot be created.
    """
    work = own_folder(folder)
    starter = Path(folder) / NOTEBOOKS / STARTER
    try:
        work.mkdir(parents=True, exist_ok=True)
        if starter.is_file() and not any(work.glob("*.ipynb")):
            shutil.copyfile(starter, work / OWN)
    except OSError as error:
        raise UserError(f"不能建立工作文件夹 {work}：{error.strerror}") from None
    return work


def start(folder: Path = PROJECT, port: int | None = None, browser: bool = True) -> None:
    """Run JupyterLab in this process until it is ended (by Ctrl+C, a signal, or its own menu).

    In its terminals and notebooks `ecanalysis` and `python` are those of this environment, so that commands work as
    printed. Its address is printed, with the token unless that is given in JUPYTER_TOKEN. Raises UserError if the work
    folder cannot be created.
    """
    from jupyter_server import serverapp
    from jupyterlab.labapp import LabApp

    class ServerApp(serverapp.ServerApp):
        # No personal configuration, which might open this server to others.
        config_file_paths = (str(Path(sys.prefix) / "etc" / "jupyter"),)

        def init_signal(self):
            super().init_signal()
            # Without a terminal, Ctrl+C would raise an exception, perhaps in a place where it is ignored.
            signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))

        def start_app(self):
            super().start_app()
            token = "" if os.environ.get("JUPYTER_TOKEN") else f"?token={self.identity_provider.token}"
            # The server listens only from the loop's first turn: an address printed earlier would be refused.
            self.io_loop.add_callback(print, f"JupyterLab：{self.connection_url}{token}", flush=True)

        def launch_browser(self):
            self.io_loop.add_callback(super().launch_browser)

    LabApp.serverapp_class = ServerApp
    os.environ["ECANALYSIS_WORK"] = str(make_own_folder(folder))
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    LabApp.launch_instance(argv=arguments(folder, port, browser))
    # A request in progress when the server stopped may leave a thread that never ends, and Python would wait for it.
    if any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)
