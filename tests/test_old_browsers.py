"""What offices have is as old as Chrome 80: styles and scripts of pages use nothing that it does not know.

A name that is not listed here fails; add it once it is known to work there, or where nothing depends on it.
"""

import re
from pathlib import Path

import pytest

import ecanalysis

PACKAGE = Path(ecanalysis.__file__).parent
STYLES = sorted((PACKAGE / "publishing").rglob("*.css"))
SCRIPTS = [*(PACKAGE / "publishing").rglob("*.js"), *(PACKAGE / "presenting").rglob("tables.js")]
PROPERTIES = """
    align-items background border border-bottom border-collapse border-radius border-top box-sizing break-after
    break-before break-inside caption-side color content cursor display float flex-wrap font font-family font-size
    font-variant-numeric font-weight grid-gap grid-template-columns height justify-content line-height list-style margin
    font-style letter-spacing text-decoration position top right bottom left z-index opacity border-left border-right
    margin-bottom margin-left margin-top max-width min-width orphans outline overflow overflow-wrap overflow-x padding
    padding-bottom padding-left padding-top size text-align vertical-align white-space widows width word-break
"""
AT_RULES = {"media", "page", "bottom-center"}  # the last is known since 131: before, a browser numbers sheets itself
PSEUDO = {"nth-child", "nth-last-child", "root", "after", "before", "focus", "last-of-type"}
FUNCTIONS = {"var", "minmax", "repeat", "counter"}
LATER = (  # of JavaScript, since Chrome 81
    r"\.(replaceAll|at|replaceChildren|toSorted|toReversed|findLast|findLastIndex|hasOwn|groupBy|any)\(|"
    r"\?\?=|\|\|=|&&=|structuredClone|\.role\b|\.aria[A-Z]|static \{|#[a-z]\w* in |\(\?<[=!]"
)


def rules(style: str) -> list[tuple[str, str]]:
    """The rules of a style sheet, those within @media too: selector and declarations."""
    plain = re.sub(r"/\*.*?\*/|\"[^\"]*\"", '""', style, flags=re.S)
    return re.findall(r"([^{};]+)\{([^{}]*)\}", re.sub(r"@media[^{]*\{", ";", plain))


def test_the_pages_have_styles_and_scripts():
    assert {path.parent.name for path in STYLES} >= {"briefing", "entry"} and len(SCRIPTS) >= 2


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.parent.name)
def test_a_style_holds_what_chrome_80_knows(path):
    style = path.read_text("utf-8")
    assert set(re.findall(r"@([a-z-]+)", style)) <= AT_RULES
    for selector, declarations in rules(style):
        names = set(re.findall(r"(?:^|;)\s*([a-z-]+)\s*:", declarations))
        own = {name for name in names if not name.startswith("--")}
        known = {*PROPERTIES.split(), *(["gap"] if "display: grid" in declarations else [])}
        assert own <= known, f"{selector}: {own - known}"
        assert set(re.findall(r"([a-z-]+)\(", declarations)) <= FUNCTIONS, selector
        assert set(re.findall(r"::?([a-z-]+)", selector)) <= PSEUDO, selector


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_calls_nothing_younger(path):
    assert not re.search(LATER, path.read_text("utf-8"))


@pytest.mark.parametrize(
    "style", ["a { inset: 0 }", "a { aspect-ratio: 1 }", ".b { display: flex; gap: 1rem }", "a:has(b) { color: red }"]
)
def test_the_law_sees_what_is_younger(style, tmp_path):
    (tmp_path / "style.css").write_text(style)
    with pytest.raises(AssertionError):
        test_a_style_holds_what_chrome_80_knows(tmp_path / "style.css")
