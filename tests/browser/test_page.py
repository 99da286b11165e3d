"""The page in a real browser: it draws, sorts and filters, and a hostile record stays text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench_harness import store
from tests.browser.conftest import Open
from tests.factories import make_case, make_environment, make_measurement, make_record, make_result
from tests.hostile_texts import hostile_record

pytestmark = pytest.mark.slow

RECORD = Path(__file__).parents[1] / "data/record.json"
PLOTS = ("speedup", "first", "roofline", "bars", "calls", "samples", "error", "scaling")


def sized_record() -> Any:
    """Return one kernel at three sizes and two dtypes: NumPy linear in n, numba a constant."""
    results = []
    for n in (1, 100, 10_000):
        for label, time in (("numpy", 1e-6 * n), ("numba", 3e-4), ("torch.compile", 2e-2)):
            for dtype in ("float64", "float32"):
                case = make_case(label, preset=f"default:n={n}", params={"n": n}, dtype=dtype)
                measured = make_measurement([time, 1.1 * time, 0.9 * time])
                results.append(
                    make_result(case=case, measurements=[measured], flops=2.0 * n, nbytes=8.0 * n)
                )
    results.append(make_result("jax", "failed", case=make_case("jax", "other/sum")))
    ceilings = {"flops_per_s": 1e11, "bytes_per_s": 1e11}
    return make_record(*results, environment=make_environment(ceilings=ceilings))


def draw_all(tab: Any) -> dict[str, str]:
    """Scroll through the plots and return how many traces each has, or that it is empty."""
    for name in PLOTS:
        tab.locator(f"#{name}").scroll_into_view_if_needed()
        tab.wait_for_selector(f"#{name}[data-drawn]", state="attached")
    return {name: tab.get_attribute(f"#{name}", "data-drawn") for name in PLOTS}


def shown_cases(tab: Any) -> list[str]:
    """Return the ids of the visible rows of the table of all cases."""
    rows = tab.locator("#all tbody tr:not([hidden])")
    return [row.get_attribute("data-case") for row in rows.all()]


def column(tab: Any, heading: str) -> list[str]:
    """Return the first lines of a column of that table, from top to bottom."""
    names = [text.strip() for text in tab.locator("#all th").all_inner_texts()]
    cells = tab.locator(f"#all tbody tr td:nth-child({names.index(heading) + 1})")
    return [text.split("\n")[0] for text in cells.all_inner_texts()]


def test_every_plot_is_drawn_without_a_complaint(opened: Open) -> None:
    tab = opened(sized_record())
    drawn = draw_all(tab)
    assert "empty" not in drawn.values()
    assert "numba overtakes numpy between n = 100 and 10000, near 300" in tab.inner_text("#scaling")
    assert tab.complaints == []


def test_headings_sort_by_number_and_what_has_none_comes_last(opened: Open) -> None:
    tab = opened(store.load(RECORD))
    heading = tab.locator("#all th", has_text="Steady median [ms]")
    heading.click()
    rising = column(tab, "Steady median [ms]")
    numbers = [float(text) for text in rising if text != "–"]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 3
    assert rising[len(numbers) :] == ["–"] * (len(rising) - len(numbers)) != []
    heading.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    falling = column(tab, "Steady median [ms]")
    assert [float(text) for text in falling if text != "–"] == sorted(numbers, reverse=True)
    assert falling[-1] == "–"
    tab.locator("#all th", has_text="Backend").click()
    backends = [text.split()[0] for text in column(tab, "Backend")]
    assert backends == sorted(backends)
    assert tab.complaints == []


def test_filters_apply_to_tables_and_plots(opened: Open) -> None:
    tab = opened(sized_record())
    everything = shown_cases(tab)
    assert len(everything) == 19
    tab.select_option("select[name=backend]", "numba")
    tab.select_option("select[name=dtype]", "float32")
    tab.select_option("select[name=preset]", "default:n=100")
    assert shown_cases(tab) == ["sample/rms/default:n=100/numba/cpu/float32"]
    assert tab.inner_text("#count") == "1 of 19 cases"
    assert draw_all(tab)["first"] == "1"
    assert tab.locator("#kernel option").count() == 1
    tab.click("text=Clear")
    tab.wait_for_function("document.getElementById('count').textContent === '19 of 19 cases'")
    tab.select_option("select[name=suite]", "other")
    assert [case.split("/")[0] for case in shown_cases(tab)] == ["other"]
    tab.wait_for_selector("#first[data-drawn=empty]", state="attached")
    tab.select_option("select[name=suite]", "")
    tab.fill("input[name=search]", "compile n=10000")
    assert len(shown_cases(tab)) == 2
    tab.fill("input[name=search]", "")
    tab.click("#legend button:has-text('numpy')")
    assert {case.split("/")[3] for case in shown_cases(tab)} == {"numpy"}
    assert tab.complaints == []


def test_records_are_filtered_and_compared(opened: Open) -> None:
    other = make_record(make_result(), environment=make_environment(host="loud"))
    tab = opened(make_record(make_result()), other)
    assert "loud" in tab.inner_text("#comparison")
    tab.select_option("select[name=record]", label="loud")
    assert tab.inner_text("#count") == "1 of 2 cases"
    assert draw_all(tab)["samples"] == "2"
    assert tab.complaints == []


def test_nothing_in_a_hostile_record_is_executed(opened: Open) -> None:
    tab = opened(hostile_record())
    draw_all(tab)
    tab.eval_on_selector_all("details", "all => all.forEach((one) => { one.open = true; })")
    for plot in tab.locator(".plot .canvas:not([hidden])").all():
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        if box:
            for share in (0.3, 0.5, 0.8):  # labels under the pointer are markup to Plotly
                tab.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    assert tab.evaluate("window.pwned") is None
    assert (
        tab.locator("img, iframe, script[src], svg[onload], [onerror], [onmouseover]").count() == 0
    )
    links = tab.eval_on_selector_all("a", "all => all.map((a) => a.getAttribute('href'))")
    assert [link for link in links if link is not None and not link.startswith("#")] == []
    assert "<script>window.pwned=1</script>" in tab.inner_text("body")
    assert tab.complaints == []


def test_a_phone_shows_the_page_without_scrolling_sideways(opened: Open) -> None:
    tab = opened(sized_record(), viewport={"width": 360, "height": 740})
    draw_all(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.complaints == []


def test_the_theme_follows_the_system_until_one_is_chosen(opened: Open) -> None:
    tab = opened(make_record(make_result()), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = tab.evaluate(ground)
    tab.click("#theme")
    assert tab.inner_text("#theme") == "Theme: light"
    assert tab.evaluate(ground) != dark
    tab.click("#theme")
    assert tab.evaluate(ground) == dark


def test_without_javascript_the_numbers_are_there(opened: Open) -> None:
    tab = opened(store.load(RECORD), java_script_enabled=False)
    assert tab.locator("#all tbody tr").count() == 14
    assert "need JavaScript" in tab.inner_text("body")
