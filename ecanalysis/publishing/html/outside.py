"""Finds anything in a page that would make a browser load, run or open something outside it.

Elements, attributes and styles are checked as a parser sees them, not the text: a submission may contain `url(…)` or
`@import` in a cell.
"""

import re

import lxml.html

# Elements that load, run or send something, or change the base of addresses.
FORBIDDEN = {"script", "link", "iframe", "frame", "object", "embed", "applet", "base", "form"}
FORBIDDEN |= {"audio", "video", "source", "track"}
LOADED = {"src", "srcset", "poster", "background", "data", "code", "archive", "lowsrc", "dynsrc", "longdesc"}
LOADED |= {"xlink:href", "action", "formaction", "manifest", "ping"}
DATA = re.compile(r"\s*data:(image/(png|jpeg|gif|svg\+xml)|font/woff2?)[;,]", re.IGNORECASE)
ADDRESS = re.compile(r"[\x00-\x20]*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)  # leaves the report's folder
ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
LOADING = re.compile(
    r"@import|(?:url|src|image-set|image|cross-fade|element)\(\s*[\"']?(?!\s*data:)|expression\(|-moz-binding",
    re.IGNORECASE,
)
PARSER = lxml.html.HTMLParser(huge_tree=True, encoding="utf-8")


def outside(html: str) -> str:
    """The first element or attribute of a page that refers outside it or runs; "" if there is none.

    >>> outside("<p>见 url(附件)、@import、src='x'</p><a href='#bottom_three'>表</a>")
    ''
    >>> outside("<p style='background: u\\\\72l(https://example.org/x)'>好</p>")
    'p style="background: u\\\\72l(https://example.org/x)"'
    """
    for element in lxml.html.document_fromstring(html.encode(), PARSER).iter():
        tag = element.tag
        if not isinstance(tag, str):  # a comment
            continue
        if tag in FORBIDDEN:
            return f"<{tag}>"
        for name, value in element.attrib.items():
            if _refers(tag, name.lower(), value):
                return f'{tag} {name}="{value[:60]}"'
        if tag == "style" and _loads(element.text or ""):
            return f"<style>{element.text[:60]}"
    return ""


def _refers(tag: str, name: str, value: str) -> bool:
    if name.startswith("on") or name == "srcdoc":
        return True
    if name == "style":
        return _loads(value)
    if name in LOADED:
        return not DATA.match(value)
    if name == "href":
        return tag not in ("a", "area") or bool(ADDRESS.match(re.sub(r"[\t\r\n]", "", value)))
    return tag == "meta" and name == "http-equiv" and value.strip().lower() == "refresh"


def _loads(style: str) -> bool:
    """Whether a style would load something, after resolving comments and escapes as a browser does."""
    plain = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    plain = ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)) if found[1] else found[2], plain)
    return bool(LOADING.search(plain))
