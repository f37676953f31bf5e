"""The site as a reader meets it, built by both builders, in a browser without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import PHONE, Browser, Visit, browsing, tool

from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo

ROOT = Path(__file__).parents[2]
BUILDERS = ("mkdocs", "zensical")
THEORY = "phase-07-scalar-autograd/theory/03-backprop-by-hand/"
QUIZ = "phase-07-scalar-autograd/quiz/"
# What lies in a phase's folder and isn't for the site's readers; the copy that is built has a word in each.
SHUT = (
    *("phase.yaml", "quiz.yaml", "seal.json", "proof.json", "mutants.yaml", "claims.yaml"),
    *("figures/02-node.py", "solutions/01-operations.md"),
)
TELLTALE = "quillfeather"
# What readers find where it is folded, and not by searching: the copy has a word in each fold.
FOLDED = ("phase-07-scalar-autograd/quiz", "phase-07-scalar-autograd/break/00-overwrite-gradient")
UNSAID = "foxglove"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module", params=BUILDERS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning of either builder is a failure."""
    root = tmp_path_factory.mktemp(str(request.param))
    for name in ("mkdocs.yml", "navigation.yml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "docs", root / "docs")
    for name in SHUT:
        path = root / "docs/phase-07-scalar-autograd" / name
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(f"{before}\n# {TELLTALE}\n", encoding="utf-8")
    for name in FOLDED:
        path = root / "docs" / f"{name}.md"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("</details>", f"{UNSAID}\n\n</details>"), encoding="utf-8")
    command = [sys.executable, "-m", request.param, "build", "--strict"]
    env = {"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1", "HOME": str(root)}
    built = subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr
    return root / "site"


def test_what_is_not_for_readers_is_neither_on_the_site_nor_in_its_search(site: Path) -> None:
    built = [path for path in site.rglob("*") if path.is_file()]
    names = [path.relative_to(site) for path in built]
    assert Path(QUIZ, "index.html") in names
    assert [name for name in names if name.suffix in (".py", ".yaml", ".yml")] == []
    assert [name for name in names if "solutions" in name.parts] == []
    data = {name.as_posix() for name in names if name.suffix == ".json"}
    (search,) = data & {"search/search_index.json", "search.json"}
    assert all(name.startswith("schemas/") for name in data - {search})
    assert "backprop" in (site / search).read_text(encoding="utf-8")
    told = [path for path in built if TELLTALE.encode() in path.read_bytes()]
    assert told == []


def test_what_is_folded_is_on_the_page_and_not_in_the_search(site: Path) -> None:
    for name in FOLDED:
        assert UNSAID in (site / name / "index.html").read_text(encoding="utf-8")
    (search,) = [*site.glob("search/search_index.json"), *site.glob("search.json")]
    assert UNSAID not in search.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium at that site."""
    with browsing(site, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@dataclass(frozen=True)
class Drawn:
    """How a page came out; its width is that on a phone."""

    broken_images: int
    formulas: int
    drawn: int
    wrong: int
    raw: bool
    phone_width: int


LOOKED = """const seen = () => {
        const all = [...document.querySelectorAll('.arithmatex')];
        const article = document.querySelector('article').cloneNode(true);
        article.querySelectorAll('code, .katex').forEach(part => part.remove());
        return [[...document.images].filter(image => !image.naturalWidth).length,
                all.length,
                all.filter(formula => formula.querySelector('.katex-html')).length,
                document.querySelectorAll('.katex-error, .katex [style*="cc0000"]').length,
                /\\\\[(\\[]|\\$\\$/.test(article.textContent)];
    };
    """
# Another page's text in the place of this one's, drawn as the site draws it.
LEAFED = (
    LOOKED
    + """const [url, done] = arguments;
    const leaf = async () => {
        history.replaceState(null, '', url);
        const text = await (await fetch(url)).text();
        const given = new DOMParser().parseFromString(text, 'text/html').querySelector('article');
        const article = document.querySelector('article');
        article.replaceChildren(...given.childNodes);
        draw(article);
        await Promise.all([...article.querySelectorAll('img')].map(i => i.decode().catch(() => 0)));
        return [...seen(), document.scrollingElement.scrollWidth];
    };
    leaf().then(done, error => done(String(error)));"""
)


def look(browser: Browser, page: str) -> tuple[Visit, Drawn]:
    """Opens a page, on a desk and then on a phone, and takes down what it did and how it came out."""
    visit = browser.open(page)
    told = browser.run(LOOKED + "return seen();")
    with browser.phone():
        return visit, Drawn(*told, browser.run("return document.scrollingElement.scrollWidth"))


def leaf(browser: Browser, page: str) -> Drawn:
    """How a page comes out in the place of the one that is open, which takes a hundredth of the time."""
    told = browser.driver.execute_async_script(LEAFED, browser.address + page)
    assert isinstance(told, list), (page, told)
    return Drawn(*told)


def kind(page: str) -> str:
    """Pages of one kind are built alike: `theory` of a phase, its `quiz`, a proof."""
    folder, _, rest = page.partition("/")
    if not folder.startswith("phase-"):
        return folder
    return rest.split("/")[0] if rest else "phase"


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    """Every page of the site, as it is asked for."""
    found = [p.parent.relative_to(site).as_posix() + "/" for p in sorted(site.rglob("index.html"))]
    assert {"./", "map/", THEORY, QUIZ} <= set(found)
    return [page.removeprefix("./") for page in found]


@pytest.fixture(scope="module")
def drawn(browser: Browser, pages: list[str]) -> dict[str, Drawn]:
    """How every page of the site comes out, on a phone."""
    with browser.phone():
        browser.open(THEORY)
        return {page: leaf(browser, page) for page in pages}


def test_no_kind_of_page_asks_another_host_fails_a_request_or_logs_an_error(
    browser: Browser, pages: list[str], drawn: dict[str, Drawn]
) -> None:
    first = {kind(page): page for page in reversed(pages)}
    assert {"", "map", "phase", "theory", "lab", "break", "quiz", "how-to"} <= set(first)
    for page in first.values():
        visit, seen = look(browser, page)
        assert len(visit.asked) > 3, page
        assert abroad(visit) == [], page
        assert visit.failed == [], page
        assert visit.console == [], page
        assert seen == drawn[page], page


def abroad(visit: Visit) -> list[str]:
    """Requests to other hosts."""
    return [url for url in visit.asked if not url.startswith("http://127.0.0.1:")]


def test_every_formula_and_picture_of_every_page_is_drawn(
    browser: Browser, drawn: dict[str, Drawn]
) -> None:
    for page, seen in drawn.items():
        assert (seen.drawn, seen.wrong, seen.raw) == (seen.formulas, 0, False), page
        assert seen.broken_images == 0, page
    assert sum(seen.drawn for seen in drawn.values()) > 50
    browser.open(THEORY)
    fonts = "return [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    assert any("KaTeX_Math" in family for family in browser.until(fonts))


def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, drawn: dict[str, Drawn]) -> None:
    assert {page: s.phone_width for page, s in drawn.items() if s.phone_width != PHONE} == {}
    with browser.phone():
        browser.open("map/")
        inner, outer = browser.until(
            """const box = document.querySelector('.map-box-scroll');
            return box && [box.scrollWidth, box.clientWidth]"""
        )
    assert inner > 600 > PHONE >= outer


def test_a_page_with_every_fault_would_have_been_noticed(browser: Browser, site: Path) -> None:
    page = site / "spoiled" / "index.html"
    page.parent.mkdir()
    faults = (
        '<img src="/no.png"><script src="http://example.org/x.js"></script>'
        '<span class="arithmatex">\\(\\frac{1}\\)</span> $$x$$ <div style="width: 900px">wide</div>'
    )
    whole = (site / "map" / "index.html").read_text(encoding="utf-8")
    page.write_text(whole.replace("</article>", f"{faults}</article>"), encoding="utf-8")
    try:
        visit, seen = look(browser, "spoiled/")
        with browser.phone():
            browser.open(THEORY)
            assert leaf(browser, "spoiled/") == seen
    finally:
        shutil.rmtree(page.parent)
    assert abroad(visit) == ["http://example.org/x.js"]
    assert {line.rsplit("/", 1)[1] for line in visit.failed} >= {
        "no.png 404",
        "x.js net::ERR_NAME_NOT_RESOLVED",
    }
    assert len(visit.console) >= 2
    assert seen.broken_images == 1
    assert (seen.formulas, seen.drawn, seen.wrong, seen.raw) == (1, 0, 1, True)
    assert seen.phone_width > PHONE


def test_the_map_shows_42_phases_and_each_open_one_leads_to_its_page(
    browser: Browser, site: Path
) -> None:
    browser.open("map/")
    browser.until("return document.querySelectorAll('svg.map a').length == 42")
    width, height = browser.run(
        "const r = document.querySelector('svg.map').getBoundingClientRect(); return [r.width, r.height]"
    )
    assert width > 600
    assert height > 400
    opened: dict[str, str] = browser.run(
        """const all = [...document.querySelectorAll('svg.map a.map-open')];
        return Object.fromEntries(all.map(a => [a.dataset.phase, a.getAttribute('href')]))"""
    )
    assert {"0", "7"} <= set(opened)
    for number, address in opened.items():
        assert urlsplit(address).path.startswith(f"/phase-{int(number):02d}-")
        assert (site / urlsplit(address).path.strip("/") / "index.html").is_file(), address
    browser.click('svg.map a[data-phase="7"] rect')
    browser.until("return location.pathname.startsWith('/phase-07-')")
    assert "07" in browser.driver.find_element("tag name", "h1").text


def test_a_planned_phase_leads_to_what_it_will_teach(browser: Browser) -> None:
    number, phase = min(load_curriculum(Repo(ROOT)).planned.items())
    browser.open("map/")
    browser.until("return document.querySelector('svg.map a')")
    browser.click(f'svg.map a[data-phase="{number}"] rect')
    browser.until(f"return location.hash == '#phase-{number}'")
    assert phase.title.en in browser.run(
        f"return document.getElementById('phase-{number}').closest('tr').innerText"
    )


def test_pointing_at_a_phase_marks_what_it_needs(browser: Browser) -> None:
    browser.open("map/")
    browser.until("return document.querySelector('svg.map a')")
    browser.run("""document.querySelector('svg.map a[data-phase="7"]').focus()""")
    marked = browser.run(
        "return [...document.querySelectorAll('.map-hot')].map(e => e.dataset.from + '>' + e.dataset.to)"
    )
    phases = load_curriculum(Repo(ROOT)).everything
    edges = {f"{need}>{phase.number}" for phase in phases for need in phase.requires}
    assert set(marked) == {edge for edge in edges if "7" in edge.split(">")}


def test_search_finds_a_word_of_a_theory_page(browser: Browser) -> None:
    # Zensical's search lives in a shadow root.
    deep = """const roots = [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot)];
        const all = what => roots.filter(Boolean).flatMap(r => [...r.querySelectorAll(what)]);"""
    browser.open("")
    browser.until(
        "const b = document.querySelector('[data-md-component=search-query], .md-search__button');"
        "b?.focus(); b?.click(); return b"
    )
    field = browser.until(
        deep
        + "return all('dialog input, input.md-search__input').filter(i => i.checkVisibility()).at(0)"
    )
    field.send_keys("topological")
    link = browser.until(
        deep
        + """return all('a').filter(a => /phase-07.*theory.*h=topological/.test(a.href)
            && a.checkVisibility() && /topological/i.test(a.innerText)).at(0)"""
    )
    target = link.get_attribute("href").split("?")[0]
    browser.run("arguments[0].click()", link)
    browser.until("return location.href.startsWith(arguments[0])", target)
    browser.until("return /topological/i.test(document.querySelector('article').innerText)")


def test_the_dark_scheme_can_be_chosen_and_is_remembered(browser: Browser) -> None:
    scheme = "return document.body.dataset.mdColorScheme"
    browser.open("map/")
    seen = []
    for _ in range(3):
        browser.run(
            "[...document.querySelectorAll('form[data-md-component=palette] label')].find(l => l.offsetParent).click()"
        )
        seen.append(
            (
                browser.run(scheme),
                browser.run("return getComputedStyle(document.body).backgroundColor"),
            )
        )
        if seen[-1][0] == "slate":
            break
    assert seen[-1][0] == "slate"
    browser.open("")
    assert browser.run(scheme) == "slate"
    red, green, blue = browser.run(
        "return getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) < 80
    browser.run("localStorage.clear()")


def test_answers_of_a_quiz_stay_folded_until_they_are_opened(browser: Browser) -> None:
    browser.open(QUIZ)
    seen = """const all = [...document.querySelectorAll('article details')];
        return [all.length, all.filter(d => d.open).length,
                all.filter(d => [...d.children].some(c => c.tagName != 'SUMMARY' && c.checkVisibility())).length]"""
    count, opened, visible = browser.run(seen)
    assert count >= 8
    assert (opened, visible) == (0, 0)
    browser.click("article details summary")
    assert browser.run(seen) == [count, 1, 1]
    assert browser.run("return document.querySelector('article details').innerText.length") > 40
    assert "<" not in browser.run("return document.querySelector('article').innerText")


def test_a_machine_without_chromium_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        pytest.fail.Exception, match=r"chromium isn't installed.*apt install chromium"
    ):
        tool("chromium", "chromium")
