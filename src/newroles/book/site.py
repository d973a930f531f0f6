"""Is the built site whole? Pages, links, figures, badges, and nothing fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
from bs4 import BeautifulSoup, Tag

FETCHING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "object": "data",
    "embed": "src",
}
LINKS_NOT_FETCHED = {"canonical", "next", "prev", "author", "search", "index", "license", "help"}
LEFT_OVERS = (
    re.compile(r"\{finding\}"),
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r"\{\{.*?\}\}"),
)
IMAGE_NAMES = re.compile(r"\.(png|svg|jpe?g|gif)$", re.IGNORECASE)


def check_site(site: Path, pages: Sequence[str]) -> pd.DataFrame:
    """What is wrong with the built pages?

    site: the folder of HTML; pages: those of the table of contents, without endings.
    Returns one row a problem: page, problem, where (the text or address concerned); empty when all is well. Looks for:
    a page of the contents that isn't there; a link within the book that leads nowhere; a script, style, image or frame from
    another host; an image without a description; a figure without its badge; a number that was not filled in; a traceback;
    a path of the machine that built it.
    """
    problems: list[tuple[str, str, str]] = [
        (page, "the page was not built", f"{page}.html") for page in pages if not (site / f"{page}.html").is_file()
    ]
    home = str(Path.home())
    anchors = cache(_anchors)
    for path in sorted(site.rglob("*.html")):
        page = path.relative_to(site).as_posix()
        if page.startswith("_"):
            continue
        text = path.read_text(encoding="utf-8")
        soup = BeautifulSoup(text, "html.parser")
        problems += [(page, problem, where) for problem, where in _fetched(soup)]
        problems += [(page, problem, where) for problem, where in _links(soup, path, site, anchors)]
        problems += [(page, problem, where) for problem, where in _figures(soup)]
        for source in soup.select(
            "div.cell_input, code, .nr-figure, .nr-table, .nr-notice, .nr-data"
        ):  # code and text from data may well hold braces
            source.decompose()
        shown = (soup.find("main") or soup).get_text(" ")
        for left in LEFT_OVERS:
            if found := left.search(shown):
                problems.append((page, "something was left unfilled or failed", found.group(0)[:80]))
        if len(home) > 2 and home in text:
            problems.append((page, "names a folder of the machine that built it", home))
    return pd.DataFrame(problems, columns=["page", "problem", "where"])


def _fetched(soup: BeautifulSoup) -> list[tuple[str, str]]:
    found = []
    for name, attribute in FETCHING.items():
        for element in soup.find_all(name):
            address = str(element.get(attribute) or "")
            relation = set(element.get_attribute_list("rel")) if name == "link" else set()
            if re.match(r"(https?:)?//", address) and not relation & LINKS_NOT_FETCHED:
                found.append((f"<{name}> is fetched from another host", address))
    for element in [*soup.find_all("script"), *soup.find_all("style")]:
        if inside := re.search(
            r"""(import\s+["']|url\(["']?|src\s*=\s*["'])(https?:)?//[^"')\s]+""", element.get_text()
        ):
            found.append((f"<{element.name}> fetches from another host", inside.group(0)[:120]))
    return found


def _anchors(path: Path) -> frozenset[str]:
    # read as text: parsing each page twice would take as long as all the rest
    return frozenset(unescape(id) for id in re.findall(r'<[^>]*?\sid="([^"]*)"', path.read_text(encoding="utf-8")))


def _links(
    soup: BeautifulSoup, path: Path, site: Path, anchors: Callable[[Path], frozenset[str]]
) -> list[tuple[str, str]]:
    found = []
    for link in soup.find_all("a", href=True):
        parts = urlsplit(str(link["href"]))
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            found.append(("a link leads nowhere", str(link["href"])))
        elif parts.fragment and target.suffix == ".html" and parts.fragment not in anchors(target):
            found.append(("a link leads to no such place on its page", str(link["href"])))
    return found


def _figures(soup: BeautifulSoup) -> list[tuple[str, str]]:
    found = []
    main = soup.find("main") or soup
    assert isinstance(main, (Tag, BeautifulSoup))
    for image in main.find_all("img"):
        described = str(image.get("alt") or "").strip()
        if "alt" not in image.attrs or IMAGE_NAMES.search(described):
            found.append(("an image has no description", str(image.get("src"))))
    for figure in main.select("figure.nr-figure, figure.nr-table, div.nr-table"):
        if not figure.select_one(".nr-badge"):
            found.append(("a figure or table doesn't say which kind of evidence it is", str(figure.get("id"))))
    for svg in main.select("figure.nr-figure svg"):
        if svg.get("role") == "img" and not (svg.find("title") or svg.get("aria-label") or svg.get("aria-labelledby")):
            found.append(("a figure has no description", str(svg.get("id"))))
    return found
