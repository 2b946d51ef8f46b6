"""A real Airflow with the built editor, below a base path and behind nginx; Debian's Chromium."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "airflow"))
sys.path.insert(0, str(Path(__file__).parent))

from docker_engine import missing
from editor_airflow import EditorAirflow
from editor_page import EditorPage, Editors
from nginx import nginx

from mline_airflow.quickstart.state import free_ports

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STATIC = Path(__file__).parent.parent.parent / "ui_plugin" / "static"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pictures` writes the pictures of the documentation anew."""
    parser.addoption("--pictures", action="store_true", help="write docs/images/*.png anew")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # A machine that is busy with other tests answers late.
    expect.set_options(timeout=30_000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser; without one nothing of this folder can be tested here."""
    program = shutil.which("chromium")
    if program is None:
        missing("there is no chromium: `tests/engines/browser.sh prepare` installs Debian's")
    browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, root: Path, cache_folder: Path
) -> Iterator[EditorAirflow]:
    """An Airflow below `/air` of a proxy; its workspace holds the examples."""
    program = cache_folder / "unpacked/nginx/usr/sbin/nginx"
    if not program.exists():
        missing("there is no nginx: `tests/engines/browser.sh prepare` unpacks Debian's")
    assert (STATIC / "index.html").is_file(), "the editor is not built: `make web` builds it"
    folder, port = tmp_path_factory.mktemp("browser"), free_ports(usual=False)["api"]
    address = f"http://localhost:{port}/air"
    running = EditorAirflow(
        folder / "airflow",
        experiments=root / "examples",
        settings={"AIRFLOW__MLINE__API_RATE": "0", "AIRFLOW__API__BASE_URL": address},
        base_path="/air",
    )
    upstream = running.url.removesuffix("/air")
    with running, nginx(program, folder / "nginx", port, upstream, "/air"):
        running.url = address
        yield running


@pytest.fixture(scope="session")
def editors(airflow: EditorAirflow, chromium: Browser) -> Iterator[Editors]:
    """Pages of users who logged in through Airflow's own form."""
    with Editors(airflow, chromium) as made:
        yield made


@pytest.fixture
def open_editor(
    editors: Editors, airflow: EditorAirflow, request: pytest.FixtureRequest
) -> Iterator[Callable[..., EditorPage]]:
    """Write an experiment, commit it, and open it: `open_editor(text, user="user", dark=False)`."""
    name = request.node.name.split("[")[0].removeprefix("test_")[:48]
    opened: list[EditorPage] = []

    def make(
        text: str | None = None, *, path: str = "", user: str = "user", **options: bool
    ) -> EditorPage:
        where = path or f"made/{name}.mline.yaml"
        if text is not None:
            airflow.write(where, text)
        page = editors.page(user, **options)
        page.open(where)
        opened.append(page)
        return page

    yield make
    for page in opened:
        page.close()
