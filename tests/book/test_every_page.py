"""Every page as a reader sees it: wide and narrow, light and dark, with the network closed."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from newroles.book.plan import read_toc
from newroles.datasets.places import project_folder

pytestmark = pytest.mark.browser
PAGES = [f"{page}.html" for page in read_toc(project_folder())]
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
# written by one directive each: the codebook with a tree and a crosswalk stands for all, and so do one role and its advice
ALIKE = [
    page
    for page in PAGES
    if page.startswith(("book/codebooks/", "book/roles/", "book/guidance/"))
    and not re.search("skill_mix_change|nursing_associate|index|chooser|hand_round|guidance/evidence", page)
]
OTHERS = [page for page in PAGES if page not in CHAPTERS + ALIKE]
VIEWS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(params=[("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")], ids="-".join)
def page(request, browser):
    """A new page; what went wrong on it is collected in `page.trouble`."""
    view, scheme = request.param
    context = browser.new_context(viewport=VIEWS[view], color_scheme=scheme)
    context.add_init_script(f"localStorage.setItem('mode', '{scheme}'); localStorage.setItem('theme', '{scheme}');")
    opened = context.new_page()
    opened.trouble = []
    opened.scheme = scheme
    # each chapter is audited in both views, wide and light, and narrow and dark; other pages in one of them, in turn
    audits = {("wide", "light"): OTHERS[::2] + CHAPTERS, ("phone", "dark"): OTHERS[1::2] + CHAPTERS}
    opened.audited = set(audits.get((view, scheme), []))
    opened.pages = PAGES if (view, scheme) in audits else CHAPTERS + OTHERS
    local = re.compile(r"^(http://localhost:\d+/|data:|file:)")
    opened.on("request", lambda r: None if local.match(r.url) else opened.trouble.append(f"asked for {r.url}"))
    opened.on("requestfailed", lambda r: opened.trouble.append(f"failed {r.url}"))
    opened.on("response", lambda r: opened.trouble.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    opened.on("console", lambda m: opened.trouble.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda e: opened.trouble.append(str(e)))
    yield opened
    context.close()


@pytest.mark.slow
def test_every_page_is_quiet_fits_and_is_accessible(page, address):
    trouble = {}
    for name in page.pages:
        page.goto(f"{address}/{name}", wait_until="load")
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.dataset.theme") == page.scheme
        found = list(page.trouble)
        page.trouble.clear()
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            found.append(f"{overflow} px too wide")
        if name not in page.audited:
            trouble |= {name: found} if found else {}
            continue
        # preload: axe would copy stylesheets into the page, where their relative addresses lead nowhere
        broken = (
            Axe()
            .run(page, options={"runOnly": {"type": "tag", "values": WCAG}, "preload": False})
            .response["violations"]
        )
        found += [f"{v['id']}: {node['target']} {node['html'][:120]}" for v in broken for node in v["nodes"][:3]]
        if found:
            trouble[name] = found
    assert not trouble
