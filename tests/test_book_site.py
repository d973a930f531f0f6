"""The checks on the built site find what a reader would trip over."""

import pytest

from newroles.book.site import check_site

WHOLE = """<html><head><link rel="stylesheet" href="style.css"><link rel="canonical" href="https://example.org/"></head><body><main>
<h1 id="top">Title</h1><a href="#top">up</a> <a href="other.html#there">on</a> <a href="https://doi.org/10.1">source</a>
<img src="a.png" alt="A map of England"><figure class="nr-figure" id="fig-a"><svg role="img"><title>Shares</title></svg>
<span class="nr-badge">Published</span></figure></main></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "page.html").write_text(WHOLE)
    (tmp_path / "other.html").write_text('<main><p id="there">here</p></main>')
    return tmp_path


def test_a_whole_site_has_no_problems(site):
    assert check_site(site, ["page", "other"]).empty


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('href="style.css"', 'href="https://cdn.example.org/style.css"', "fetched from another host"),
        ("<h1", '<script src="//cdn.example.org/x.js"></script><h1', "fetched from another host"),
        ("<h1", '<script>import "https://cdn.example.org/x.js"</script><h1', "fetches from another host"),
        ("<h1", '<style>@import url("https://cdn.example.org/x.css")</style><h1', "fetches from another host"),
        ("other.html#there", "gone.html", "leads nowhere"),
        ("other.html#there", "other.html#nowhere", "no such place"),
        ('alt="A map of England"', "", "no description"),
        ('alt="A map of England"', 'alt="_images/a1b2.png"', "no description"),
        ('<span class="nr-badge">Published</span>', "", "kind of evidence"),
        ("<title>Shares</title>", "", "a figure has no description"),
        ("Title</h1>", "Title</h1> In {finding} trusts", "unfilled"),
        ("Title</h1>", "Title</h1><pre>Traceback (most recent call last)</pre>", "unfilled or failed"),
    ],
)
def test_each_fault_is_named(site, old, new, problem):
    assert old in WHOLE
    (site / "page.html").write_text(WHOLE.replace(old, new))
    found = check_site(site, ["page", "other"])
    assert found["problem"].str.contains(problem).any(), found
    assert (found["page"] == "page.html").all()


def test_a_page_that_was_not_built_is_named(site):
    found = check_site(site, ["page", "other", "notebooks/phase1"])
    assert found[["page", "problem"]].to_numpy().tolist() == [["notebooks/phase1", "the page was not built"]]


def test_text_from_data_may_hold_anything(site):
    table = '<div class="nr-table"><span class="nr-badge">x</span><table><tr><td>{{value}} {finding}</td></tr></table></div>'
    (site / "page.html").write_text(WHOLE.replace("</figure>", "</figure>" + table))
    assert check_site(site, ["page", "other"]).empty
