"""What holds of the repository as a whole: the same packages everywhere, who may import whom, small rooms."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from ecanalysis import load_round, show, wording
from ecanalysis.form.blank import write_template
from ecanalysis.presenting import feedback
from ecanalysis.reading.answers.words import codes_of
from ecanalysis.reading.found import find
from ecanalysis.reading.reader import read_file

PROJECT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
MODULES = sorted(path for path in (PROJECT / "ecanalysis").rglob("*.py"))


def package_name(requirement: str) -> str:
    """`distributed[http]>=2026.1` and `jupyter_client` as `distributed` and `jupyter-client`."""
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower().replace("_", "-")


def required(extra: str = "") -> set[str]:
    listed = PYPROJECT["optional-dependencies"][extra] if extra else PYPROJECT["dependencies"]
    return {package_name(item) for item in listed}


@pytest.mark.xdist_group("itself")
def test_what_is_grouped_runs_in_one_process(request):
    """The name of a group is part of what workers are handed; a pytest that drops it makes shared things twice."""
    grouped = getattr(request.config.option, "loadgroup", False)  # so a worker is told of --dist loadgroup
    assert grouped == request.node.nodeid.endswith("@itself")


def test_conda_names_the_same_packages():
    listed = yaml.safe_load((PROJECT / "environment.yml").read_text("utf-8"))["dependencies"]
    through_pip = next(item["pip"] for item in listed if isinstance(item, dict))
    named = [item for item in listed if isinstance(item, str)] + [item for item in through_pip if item != "-e ."]
    names = [package_name(item) for item in named]
    assert len(names) == len(set(names))
    assert set(names) - {"python", "pip", "make"} == required() | required("build") | required("dev")


def locked_in(name: str) -> dict[str, set[str]]:
    """The packages of a lock file with their versions (several where it differs by Python)."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", (PROJECT / name).read_text("utf-8"), re.M):
        found.setdefault(package_name(package), set()).add(version)
    return found


def test_running_needs_no_package_of_the_tests_the_cluster_or_scans():
    running, whole = locked_in("requirements.lock"), locked_in("requirements-all.lock")
    extras = required("dev") | required("cluster") | required("scans")
    assert not (extras - {"psutil"}) & set(running), "psutil: of ipykernel itself"
    assert all(versions <= whole[name] for name, versions in running.items()), "the same versions in both"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-all.lock"])
def test_the_lock_holds_every_package_with_hashes_and_no_address(name):
    lock = (PROJECT / name).read_text("utf-8")
    whole = required("dev") | required("cluster") | required("scans") if "all" in name else set()
    assert required() | required("build") | whole <= set(locked_in(name))
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", lock)
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_every_package_we_chose_is_explained():
    decisions = (PROJECT / "DECISIONS.md").read_text("utf-8").lower()
    unexplained = [
        name
        for name in sorted(set().union(*map(required, ("", "build", "dev", "cluster", "scans"))))
        if f"`{name}`" not in decisions
    ]
    assert not unexplained


# --- who may import whom ---------------------------------------------------------------------------------

# The rooms in the order of the flow: each imports only rooms that stand before it.
ROOMS = [
    *(
        "style",
        "errors",
        "paths",
        "outputs",
        "form",
        "reading",
        "rounds",
        "scoring",
        "comparing",
        "deciding",
        "presenting",
    ),
    *("sample", "evaluation", "config", "publishing", "desk", "cli"),
]
# Who may know a file format: the readers, and those that write workbooks for people.
FILE_FORMATS = {"openpyxl", "xlrd", "xlwt", "xlsxwriter", "odf", "olefile", "msoffcrypto"}
NOTEBOOK_TOOLS = {"papermill", "nbconvert", "nbclient", "jupyter_client", "nbformat"}


def room(path: Path) -> str:
    """reading/cells/xlsx.py is in the room `reading`, cli.py is a room of its own."""
    return path.relative_to(PROJECT / "ecanalysis").parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Full names of the modules a file imports, at the top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_room_imports_only_what_stands_before_it():
    assert {room(path) for path in MODULES} - {"__init__"} == set(ROOMS)
    upward = [
        (str(path.relative_to(PROJECT)), name)
        for path in MODULES
        if room(path) in ROOMS
        for name in imports(path)
        if name.startswith("ecanalysis.") and (other := name.split(".")[1]) in ROOMS
        if ROOMS.index(other) > ROOMS.index(room(path))
    ]
    assert not upward


def test_no_two_modules_import_each_other():
    """Within a room too, and in no longer circle; a package's own page may name what it is made of."""
    names = {
        path: ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES
    }
    known, graph = set(names.values()), {}
    for path, name in names.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                home = ".".join(filter(None, [package, node.module])) if node.level else node.module
                found = {f"{home}.{alias.name}" for alias in node.names} | {home}
                graph[name] |= {one for one in found & known if not one.startswith(f"{name}.")} - {name}
    assert any(graph.values())
    TopologicalSorter(graph).prepare()


def test_the_map_of_each_room_names_every_module_in_it():
    for folder in [path.parent for path in MODULES if path.name == "__init__.py"]:
        page = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
        modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/*.py")}
        if folder.name != "ecanalysis":
            names = modules - {"__init__", "__main__"}
            assert not [name for name in names if not re.search(rf"\b{name}\b", page)], folder.name


def test_a_map_names_functions_that_are_there():
    """`module   function, function: what they do` in the page of a room."""
    for path in PROJECT.glob("ecanalysis/*/**/__init__.py"):
        for line in ast.get_docstring(ast.parse(path.read_text("utf-8"))).splitlines():
            told = re.match(r"    (\w+(?:, \w+)*)  +(\w+(?:, \w+)*)(?: …)?: ", line)
            for name in told[2].split(", ") if told else ():
                homes = [path.parent / f"{one}.py" for one in told[1].split(", ")]
                homes += [path.parent / one / "__init__.py" for one in told[1].split(", ")]
                there = "\n".join(one.read_text("utf-8") for one in homes if one.is_file())
                assert re.search(rf"^(def |class |){name}\b", there, re.MULTILINE), f"{path.parent.name}: {name}"


def users(packages: set[str]) -> set[str]:
    """The rooms in which one of these packages is imported."""
    return {room(path) for path in MODULES if {name.split(".")[0] for name in imports(path)} & packages}


def test_file_formats_and_notebooks_are_known_where_they_belong():
    assert users(FILE_FORMATS) <= {"form", "reading", "presenting", "sample"}
    assert users({"docx"}) <= {"publishing", "sample"}
    assert users(NOTEBOOK_TOOLS) <= {"publishing"}
    assert not users({"pandas", "matplotlib", "seaborn", "pyarrow", "papermill"}) & {"form", "reading"}


def test_files_stay_small():
    assert not [path.name for path in MODULES if len(path.read_text("utf-8").splitlines()) > 400]


# --- what must not be in the repository ------------------------------------------------------------------


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [PROJECT / name for name in listed.split("\0") if name]


def test_what_is_made_from_submissions_is_not_taken_in():
    ignored = (PROJECT / ".gitignore").read_text("utf-8").split()
    assert {"contacts.csv", "contacts.parquet", "reports/*", "out/", ".parsed/"} <= set(ignored)


def test_nothing_private_and_nothing_of_one_machine_is_committed():
    files = tracked()
    assert files
    assert not [path for path in files if path.name in ("contacts.csv", "contacts.parquet")]
    machine_path = re.compile(r"(?<![\w./])/(home|Users|tmp)/\w+/")
    text_files = [path for path in files if path.suffix in {".py", ".md", ".toml", ".ipynb", ".yml", ".lock"}]
    named = [path.name for path in text_files if path.is_file() and machine_path.search(path.read_text("utf-8"))]
    assert not named


def functions_named(section: str) -> list[tuple[str, str]]:
    """Module and function told in a table of CONTRIBUTING as `wide` in `style.py`."""
    table = (PROJECT / "CONTRIBUTING.md").read_text("utf-8").split(f"## {section}")[1].split("\n## ")[0]
    told = [said for row in re.findall(r"^\|[^|]+\|(.+)\|$", table, re.MULTILINE)[2:] for said in row.split(";")]
    return [(home, name) for *names, home in (re.findall(r"`([^`]+)`", one) for one in told) for name in names]


def test_the_table_of_rules_names_what_is_there():
    for home, name in functions_named("Where a rule stands"):
        text = (PROJECT / "ecanalysis" / home).read_text("utf-8")
        assert re.search(rf"^ *(def |class |){name.split('.')[-1]}\b", text, re.MULTILINE), name


def test_a_value_takes_the_way_that_is_told(tmp_path):
    """Every function of the table is entered between a form and the page of its base."""
    (tmp_path / "2025" / "submissions").mkdir(parents=True)
    form = tmp_path / "2025" / "submissions" / "甲.xlsx"
    write_template(form, 2025, {("C04", 2025): 1200}, {"base_name": "示例园"})
    roster = "base_id,name,aliases,province,kind\nB1,示例园,,浙江,示范基地\n"
    (tmp_path / "2025" / "roster.csv").write_text(roster, "utf-8")
    codes_of.cache_clear()
    entered = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: entered.add(frame.f_code))
    try:
        read_file(find([form])[0], 2025)  # as a worker does
        r = load_round(tmp_path / "2025")
        own = feedback.of_base(r, "B1").explained
        show(own[["code", "value", "points"]], "points", "得分")
        wording("base", r)
    finally:
        sys.setprofile(before)
    assert own.set_index("code").value["C04"] == 1200 and r.scores.total.gt(0).all()
    places = {(Path(code.co_filename), code.co_name) for code in entered}
    assert {(PROJECT / "ecanalysis" / home, name) for home, name in functions_named("The way of one value")} <= places
