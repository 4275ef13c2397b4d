"""What the scripts add to the pages, in a real Chromium."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.once]

LIST = '<a id="more" href="/sentences?theme=a" data-drawer>412</a>'
SENTENCES = (
    '<div class="drawer-head"><h2>412 sentences</h2><button class="btn" data-close-drawer>Close</button></div>'
    '<div class="drawer-body"><p class="quote">One</p>'
    '<nav class="pager"><a href="?theme=a&amp;page=2" rel="next">Next</a></nav>'
    '<a href="/comment/7" data-drawer>the comment</a></div>'
)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_drawer_opens_pages_goes_back_and_closes(site, visit, width):
    site.pages["/sentences?theme=a"] = SENTENCES
    site.pages["/sentences?theme=a&page=2"] = SENTENCES.replace("One", "Two")
    site.pages["/comment/7"] = "<html><main><h1>Comment 7</h1><p>All of it</p></main></html>"
    page = visit(site.put("/list", LIST), width)
    page.click("#more")
    page.wait_for_selector("#drawer .quote:has-text('One')")
    assert site.asked[-1][2]["hx-request"] == "true"
    assert page.evaluate("document.activeElement.id") == "drawer-title"
    box = page.locator("#drawer").bounding_box()
    assert (round(box["width"]) == width) == (width == 390)
    page.click("#drawer .pager a")
    page.wait_for_selector("#drawer .quote:has-text('Two')")
    page.click("#drawer a:has-text('the comment')")
    page.wait_for_selector("#drawer-title:has-text('Comment 7')")
    page.click("[data-drawer-back]")
    page.wait_for_selector("#drawer .quote:has-text('Two')")
    for _ in range(9):  # the keys stay in the drawer
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('main')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer", state="hidden")
    assert page.evaluate("document.activeElement.id") == "more"
    assert page.url.endswith("/list")


def test_what_cannot_be_loaded_can_still_be_opened(site, visit):
    page = visit(site.put("/list", '<a id="gone" href="/sentences" data-drawer="Sentences">5</a>'))
    site.fail = True
    page.click("#gone")
    page.wait_for_selector("#drawer [role=alert]")
    assert page.get_attribute("#drawer .drawer-body a", "href").endswith("/sentences")


def _board() -> str:
    def card(name: str) -> str:
        moves = "".join(f'<button type="button" data-move="{w}">{w}</button>' for w in ("left", "right", "up", "down"))
        return f'<li id="{name}" data-item="{name}" data-name="{name}" tabindex="0">{name} {moves}</li>'

    columns = {"must": "abc", "should": "d", "could": "", "wont": ""}
    made = "".join(
        f'<section data-column="{c}"><h3>{c} <span data-column-count>{len(cards)}</span></h3>'
        f"<ol>{''.join(map(card, cards))}</ol></section>"
        for c, cards in columns.items()
    )
    return f'<div class="board" data-board data-url="/move">{made}</div>'


def _columns(page) -> dict[str, str]:
    script = """Object.fromEntries([...document.querySelectorAll('[data-column]')].map(column =>
        [column.dataset.column, [...column.querySelectorAll('[data-item]')].map(item => item.id).join('')]))"""
    return page.evaluate(script)


def _until(page, true) -> None:
    """Wait, up to eight seconds, until `true()`."""
    for _ in range(160):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing happened")


def _posts(site) -> int:
    return sum(command == "POST" for command, *_ in site.asked)


def _moved(site, page, posts: int) -> dict[str, str]:
    _until(page, lambda: _posts(site) == posts)
    command, path, headers, body = site.asked[-1]
    assert (command, path, headers["x-csrftoken"]) == ("POST", "/move", "token")
    parts = [p for p in body.decode().split("------") if "name=" in p]
    return {p.split('name="')[1].split('"')[0]: p.strip().splitlines()[-1] for p in parts}


def test_cards_move_by_buttons_keys_and_drag(site, visit):
    page = visit(site.put("/board", _board()))
    page.click("#b [data-move=up]")
    assert _moved(site, page, 1) == {"item": "b", "column": "must", "position": "0"}
    page.focus("#c")
    for key in ("Space", "ArrowRight", "ArrowUp", "Space"):
        page.keyboard.press(key)
    assert _moved(site, page, 2) == {"item": "c", "column": "should", "position": "0"}
    assert page.evaluate("document.activeElement.id") == "c"
    start, end = page.locator("#a").bounding_box(), page.locator("[data-column=wont] ol").bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 20, steps=6)
    page.mouse.up()
    assert _moved(site, page, 3) == {"item": "a", "column": "wont", "position": "0"}
    assert _columns(page) == {"must": "b", "should": "cd", "could": "", "wont": "a"}
    assert page.text_content("[data-column=should] [data-column-count]") == "2"


def test_a_move_that_is_refused_or_given_up_goes_back(site, visit):
    page = visit(site.put("/board", _board()))
    page.focus("#a")
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    assert _columns(page)["must"] == "abc"
    assert site.asked[-1][0] == "GET"
    site.fail = True
    page.click("#a [data-move=right]")
    _until(page, lambda: _posts(site) == 1)
    _until(page, lambda: _columns(page) == {"must": "abc", "should": "d", "could": "", "wont": ""})


UPLOAD = (
    '<form data-upload data-upload-auto method="post" enctype="multipart/form-data" action="/upload">'
    '<label class="drop">Drop a file here <input id="file" type="file" name="file"></label>'
    '<button class="btn btn-primary" type="submit">Send</button></form>'
)


def test_a_file_is_sent_as_soon_as_it_is_chosen_or_dropped(site, visit):
    site.put("/imported", "<h1>Imported</h1>")
    page = visit(site.put("/import", UPLOAD))
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"id,text\n1,slow"})
    page.wait_for_selector("h1:has-text('Imported')")
    page.goto(site.address + "/import")
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(['dropped'], 'b.csv'));
            const dropped = new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true});
            document.querySelector('.drop').dispatchEvent(dropped);
        }"""
    )
    page.wait_for_selector("h1:has-text('Imported')")
    page.wait_for_timeout(200)
    sent = [body for command, path, _, body in site.asked if (command, path) == ("POST", "/upload")]
    assert [b"1,slow" in sent[0], b"dropped" in sent[1]] == [True, True]
    assert len(sent) == 2  # a drop sends once


def test_a_question_comes_before_what_cannot_be_undone(site, visit):
    form = '<form method="post" action="/remove" data-confirm="Remove it?" data-confirm-danger>'
    page = visit(site.put("/ask", form + '<button id="go">Remove</button></form>'))
    page.click("#go")
    page.click("dialog.ask .btn:not(.btn-danger)")
    assert not [a for a in site.asked if a[0] == "POST"]
    page.click("#go")
    page.click("dialog.ask .btn-danger")
    page.wait_for_url("**/remove")
    assert [a[1] for a in site.asked if a[0] == "POST"] == ["/remove"]


def test_polls_stay_silent_while_nothing_changes(site, visit):
    page = visit(site.put("/fresh", '<div id="banner" hx-get="/poll" hx-trigger="load, every 300ms"></div>'))
    page.wait_for_selector("#banner p")
    page.evaluate("document.querySelector('#banner p').id = 'kept'")
    _until(page, lambda: sum(a[1] == "/poll" for a in site.asked) > 3)
    assert page.locator("#kept").count() == 1  # 304 swaps nothing
    assert [a[2].get("if-none-match") for a in site.asked if a[1] == "/poll"][1:3] == ['"one"'] * 2


def test_small_things(site, visit):
    body = (
        '<form class="filters" method="get" action="/small" data-auto-submit>'
        '<select name="state" aria-label="State"><option value="">any</option><option>new</option></select>'
        '<input type="search" name="q" aria-label="Search"></form>'
        '<details data-menu id="menu"><summary>More</summary><div class="menu"><a href="/x">x</a></div></details>'
        '<time datetime="2020-01-01T00:00:00Z" data-ago>1 Jan 2020</time>'
        '<div data-views><button data-show="chart" aria-pressed="true">Chart</button>'
        '<button data-show="table">Table</button>'
        '<p data-view="chart">chart</p><p data-view="table">table</p></div>'
    )
    page = visit(site.put("/small", body))
    assert "years ago" in page.text_content("time")
    assert page.get_attribute("time", "title") == "1 Jan 2020"
    page.click("[data-show=table]")
    assert [page.is_visible("[data-view=chart]"), page.is_visible("[data-view=table]")] == [False, True]
    page.click("#menu summary")
    page.keyboard.press("Escape")
    assert page.get_attribute("#menu", "open") is None
    page.focus("select")
    page.select_option("select", "new")
    page.wait_for_url("**/small?state=new")  # the empty search stays out of the address
    assert page.evaluate("document.activeElement.name") == "state"
