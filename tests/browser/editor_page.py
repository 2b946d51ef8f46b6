"""The editor as its users have it: what they see, and what their hands do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Response,
    StorageState,
    expect,
)

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow

SIZE = {"width": 1440, "height": 900}


_AT_REST = """async (node) => {
  const place = () => JSON.stringify(node.getBoundingClientRect());
  for (let last = "", same = 0; same < 10; ) {
    await new Promise(requestAnimationFrame);
    same = place() === last ? same + 1 : 0;
    last = place();
  }
  return place();
}"""


class EditorPage:
    """One browser window with the editor in it."""

    def __init__(self, airflow: EditorAirflow, context: BrowserContext) -> None:
        self.airflow = airflow
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.path = ""
        self.wrong: list[str] = []
        """What the console and failed scripts said; it must stay empty."""
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("response", self._response)

    def _console(self, message: Any) -> None:
        # A refused save is an answer of the server that the browser logs by itself; and networks
        # come and go on a machine that starts containers.
        logged = ("status of 4", "ERR_NETWORK_CHANGED")
        if message.type == "error" and not any(text in message.text for text in logged):
            self.wrong.append(message.text)

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.status} of {response.url}: {response.text()[:500]}")

    def go(self, hash_: str) -> None:
        """Go to a place of the editor."""
        self.page.goto(f"{self.airflow.url}/mline/{hash_}")

    def open(self, path: str) -> None:
        """Open an experiment and wait until it is drawn and checked."""
        self.path = path
        self.go(f"#/edit/{quote(path)}")
        expect(self.page.locator(".canvas[data-ready=true]")).to_be_visible()
        self.checked()

    def tab(self) -> EditorPage:
        """Open the same file in another tab of the same browser."""
        other = EditorPage(self.airflow, self.context)
        other.open(self.path)
        return other

    def checked(self) -> None:
        """Wait until the server has looked at the text as it is now."""
        expect(self.page.locator(".status-note")).to_have_text("")

    def close(self) -> None:
        self.page.close()
        self.context.close()
        assert self.wrong == [], self.wrong

    # --- what is seen ---------------------------------------------------------------------------

    def node(self, id_: str) -> Locator:
        return self.page.locator(f'.node[data-node="{id_}"]')

    def socket(self, node: str, socket: str) -> Locator:
        return self.page.locator(
            f'.react-flow__handle[data-nodeid="{node}"][data-handleid="{socket}"]'
        )

    def frame(self, group: str) -> Locator:
        """Return the frame around the members of a group."""
        return self.page.locator(f'.node-frame[data-frame="{group}"]')

    def row(self, name: str) -> Locator:
        """Return a row of the outline, by the text that it begins with."""
        return self.page.get_by_role("treeitem", name=re.compile(f"^{re.escape(name)}"))

    def at_rest(self, id_: str) -> str:
        """Where a node is, when it has not moved for ten frames: hands are quicker than drawing."""
        place: str = self.node(id_).evaluate(_AT_REST)
        return place

    def edge(self, id_: str) -> Locator:
        return self.page.locator(f'.react-flow__edge[data-id="{id_}"]')

    @property
    def inspector(self) -> Locator:
        return self.page.get_by_role("region", name="Inspector")

    def toast(self, text: str) -> None:
        """Wait for a message at the foot of the page."""
        expect(self.page.locator(".toasts")).to_contain_text(text)

    def text(self) -> str:
        """The text in the source editor, with line feeds."""
        script = "(content) => content.cmTile.view.state.doc.toString()"
        found: str = self.page.locator(".cm-content").evaluate(script)
        return found

    # --- what is done ---------------------------------------------------------------------------

    def choose(self, id_: str) -> None:
        """Click a node."""
        self.node(id_).locator(".node-name").click()
        expect(self.node(id_)).to_have_class(re.compile("selected"))

    def flow(self, way: str) -> None:
        """Let the graph flow `right` or `down`, whichever of them it chose by its shape."""
        button = self.page.get_by_role("button", name=re.compile("^Flows "))
        wanted = "Flows down" if way == "down" else "Flows to the right"
        if not (button.get_attribute("aria-label") or "").startswith(wanted):
            button.click()
        expect(button).to_have_attribute("aria-label", re.compile(f"^{wanted}"))
        expect(self.page.locator(".canvas[data-ready=true]")).to_be_visible()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, start: Locator, end: Locator, *, drop: bool = True) -> None:
        """Drag from the middle of one thing to the middle of another, as a hand does."""
        start.evaluate(_AT_REST)
        a, b = start.bounding_box(), end.bounding_box()
        assert a is not None
        assert b is not None
        mouse = self.page.mouse
        mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move(a["x"] + a["width"] / 2 + 12, a["y"] + 4, steps=3)
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=8)
        if drop:
            mouse.up()

    def save(self) -> str:
        """Save, and return what is on disk then."""
        self.press("Control+s")
        self.toast("Saved as")
        return self.disk()

    def disk(self) -> str:
        """The file as the last commit has it."""
        command = ["git", "show", f"HEAD:{self.path}"]
        done = subprocess.run(command, cwd=self.airflow.workspace, check=True, capture_output=True)
        assert (self.airflow.workspace / self.path).read_bytes() == done.stdout
        return done.stdout.decode()

    def picture(self, path: Path) -> None:
        """Write a picture of the page."""
        self.page.screenshot(path=path, animations="disabled")


class Editors:
    """Makes windows for users, each of whom logs in once through the form."""

    def __init__(self, airflow: EditorAirflow, browser: Browser) -> None:
        self.airflow = airflow
        self.browser = browser
        self._states: dict[str, StorageState] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._states.clear()

    def page(self, user: str, *, dark: bool = False, calm: bool = True) -> EditorPage:
        """Return a new window of a user."""
        state = self._states.get(user) or self._login(user)
        self._states[user] = state
        context = self.browser.new_context(
            viewport={"width": SIZE["width"], "height": SIZE["height"]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            storage_state=state,
        )
        return EditorPage(self.airflow, context)

    def _login(self, user: str) -> StorageState:
        """Log in as a person does: the page sends us to Airflow's form, and the form back."""
        context = self.browser.new_context()
        page = context.new_page()
        # The first page of all: the server has yet to import what it serves.
        page.set_default_timeout(120_000)
        page.goto(f"{self.airflow.url}/mline/")
        page.locator('input[name="username"]').fill(user)
        page.locator('input[name="password"]').fill(user)
        page.locator('button[type="submit"]').click()
        page.wait_for_url(lambda url: "/auth/" not in url, wait_until="commit")
        state = context.storage_state()
        context.close()
        return state
