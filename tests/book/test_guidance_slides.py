"""Can a team be led through the slides: by keys, by buttons, on a phone, on paper, with scripting off and without a network?"""

from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

import guidance_examples
from newroles.guidance import load_recommendations
from newroles.guidance.judging import judged
from newroles.guidance.review import Reviewed
from newroles.guidance.workshop import write_workshop_pack

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="module")
def slides(tmp_path_factory):
    """The address of the slides for peer support workers, made from the tiny example, and how many they are."""
    home = tmp_path_factory.mktemp("workshop")
    guidance = load_recommendations(guidance_examples.write_folder(home))
    args = (guidance_examples.findings(), guidance_examples.facts(), Reviewed(), guidance_examples.STUDY)
    pack = write_workshop_pack(judged(guidance, *args, guidance_examples.TODAY), home, role="peer_support_worker")
    row = pack.set_index("kind").loc["slides"]
    return (home / row["file"]).as_uri(), int(row["pages"])


@pytest.fixture
def open_page(browser):
    """A function that opens an address in a window, keeping what it asked the network for and what went wrong."""
    contexts = []

    def open_at(address, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.trouble = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.trouble.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.goto(address)
        return page

    yield open_at
    for context in contexts:
        context.close()


def shown(page) -> list[str]:
    return page.eval_on_selector_all(".slide", "all => all.filter(s => s.getClientRects().length).map(s => s.id)")


def test_keys_lead_through_the_slides_and_focus_follows(open_page, slides):
    address, count = slides
    page = open_page(address, viewport=WIDE)
    assert shown(page) == ["slide-1"]
    for number in range(2, count + 1):
        page.keyboard.press("ArrowRight" if number % 2 else "PageDown")
        assert shown(page) == [f"slide-{number}"]
        assert page.evaluate("document.activeElement.id") == f"heading-{number}"
        assert page.locator("nav output").inner_text() == f"{number} of {count}"
    page.keyboard.press("ArrowRight")
    assert shown(page) == [f"slide-{count}"]
    page.keyboard.press("ArrowLeft")
    assert shown(page) == [f"slide-{count - 1}"]
    page.keyboard.press("Home")
    assert shown(page) == ["slide-1"]
    page.keyboard.press("End")
    assert shown(page) == [f"slide-{count}"]
    assert page.asked == [address]
    assert not page.trouble


def test_keys_with_a_modifier_stay_the_browsers(open_page, slides):
    page = open_page(slides[0], viewport=WIDE)
    page.keyboard.press("Shift+ArrowRight")
    assert shown(page) == ["slide-1"]


def test_escape_shows_all_slides_and_a_button_goes_back_to_one(open_page, slides):
    address, count = slides
    page = open_page(f"{address}#slide-3", viewport=WIDE)
    assert shown(page) == ["slide-3"]
    page.keyboard.press("Escape")
    assert len(shown(page)) == count
    page.keyboard.press("ArrowRight")  # now scrolls, as on any page
    assert len(shown(page)) == count
    page.get_by_role("button", name="One at a time").press("Enter")
    assert shown(page) == ["slide-3"]


def test_buttons_say_where_they_lead_and_end_where_the_slides_end(open_page, slides):
    page = open_page(slides[0], viewport=WIDE)
    back, following = (page.get_by_role("button", name=name, exact=True) for name in ("Back", "Next"))
    assert back.is_disabled()
    following.click()
    assert shown(page) == ["slide-2"]
    assert page.evaluate("location.hash") == "#slide-2"
    page.reload()
    assert shown(page) == ["slide-2"]
    page.keyboard.press("End")
    assert following.is_disabled()
    assert not back.is_disabled()


def test_without_scripting_it_is_one_long_page(open_page, slides):
    address, count = slides
    page = open_page(address, java_script_enabled=False, viewport=WIDE)
    assert page.locator(".slide:visible").count() == count
    assert page.locator("nav").count() == 0
    assert page.locator("h1").count() == 1
    assert page.locator("h2").count() == count - 1


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_slide_is_accessible_and_fits_its_width(open_page, slides, scheme, size):
    page = open_page(slides[0], viewport=size, color_scheme=scheme, reduced_motion="reduce")
    for number in range(1, slides[1] + 1):
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0, f"slide {number} is {overflow} px too wide"
        page.keyboard.press("ArrowRight")
    targets = page.eval_on_selector_all("nav button", "all => all.map(b => b.getBoundingClientRect().height)")
    assert min(targets) >= 44
    page.keyboard.press("Escape")  # everything at once for the checker
    found = Axe().run(page, options=RULES).response["violations"]
    assert not [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def test_a_full_slide_fits_a_projector(open_page, tmp_path):
    """Four recommendations as long as plain versions get, each with a badge."""
    files = guidance_examples.files()
    card = files["everyone.yml"]["recommendations"][1]
    long = "Do not promise too much. Choose early what you will look at, such as hope and mood. Share what you find with all."
    several = [{**card, "id": f"copy-{n}", "plain": long} for n in range(6)]
    files["everyone.yml"]["recommendations"] += several
    guidance = load_recommendations(guidance_examples.write_folder(tmp_path, files))
    args = (guidance_examples.findings(), guidance_examples.facts(), Reviewed(), guidance_examples.STUDY)
    pack = write_workshop_pack(judged(guidance, *args, guidance_examples.TODAY), tmp_path).set_index("kind")
    page = open_page((tmp_path / pack.loc["slides", "file"]).as_uri(), viewport={"width": 1280, "height": 720})
    assert page.locator(".advice li").count() > 4
    for _ in range(int(pack.loc["slides", "pages"])):
        assert page.evaluate("document.documentElement.scrollHeight - window.innerHeight") <= 0, shown(page)
        page.keyboard.press("ArrowRight")


def test_on_paper_each_slide_has_a_page_and_no_buttons(open_page, slides):
    address, count = slides
    page = open_page(address, viewport=WIDE)
    page.emulate_media(media="print")
    assert len(shown(page)) == count
    assert not page.locator("nav").is_visible()
    assert len(PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages) == count


def test_nothing_moves_for_who_asked_for_less_motion(open_page, slides):
    address, _ = slides
    moving = "getComputedStyle(document.querySelector('.slide.shown')).animationName"
    assert open_page(address, reduced_motion="reduce").evaluate(moving) == "none"
    assert open_page(address, reduced_motion="no-preference").evaluate(moving) == "come"
