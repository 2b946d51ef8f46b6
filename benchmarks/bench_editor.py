"""The editor with 1,000 nodes beside bare React Flow, a key in a long file, and the first load."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from editor_server import EditorServer
from measure import HERE, ROOT, Report, Samples
from playwright.sync_api import Browser, Page, sync_playwright

from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.project import Project

STATIC = ROOT / "ui_plugin" / "static"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SIZE = {"width": 1280, "height": 800}
STAGES, EDGES = 1000, 1500
FIRST_LOAD = 400
SHOWN = """() => new Promise((done) => {
  const count = (what) => document.querySelectorAll('.react-flow__' + what).length;
  let drawn = '';
  let last = 0;
  const look = () => {
    const mark = performance.getEntriesByName('graph')[0];
    const counts = [count('node'), count('edge-path')];
    if (counts.join() !== drawn) [drawn, last] = [counts.join(), performance.now()];
    const still = performance.now() - last > 1000;
    if (mark && still && counts.every(Boolean)) done(last - mark.startTime);
    else requestAnimationFrame(look);
  };
  look();
})"""
EMPTY = """() => {
  for (let y = 120; y < 700; y += 7) for (let x = 60; x < 900; x += 11) {
    if (document.elementFromPoint(x, y)?.classList.contains('react-flow__pane')) return [x, y];
  }
  throw new Error('there is no empty place');
}"""
FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def run(report: Report, folder: Path, rounds: int) -> None:
    """Measure all of it."""
    if not (STATIC / "index.html").is_file():
        sys.exit("the editor is not built: `make web` builds it")
    bare = folder / "bare"
    _build_bare(bare)
    project = folder / "project"
    project.mkdir()
    (project / "mline.yaml").write_text("mline: 1\nproject: bench\n")
    (project / "large.mline.yaml").write_text(large(STAGES, EDGES))
    (project / "long.mline.yaml").write_text(large(190, 280))
    (project / "small.mline.yaml").write_text(large(8, 10))
    folders = {"/editor/": STATIC, "/bare/": bare}
    with EditorServer(project, folders) as server, _chromium() as browser:
        _first_load(report, browser, server)
        _large(report, browser, server, bare, rounds)
        _key(report, browser, server, rounds)


def large(stages: int, edges: int) -> str:
    """An experiment of that many stages and data edges, five lines a stage."""
    lines = ["mline: 1", "experiment: large", "stages:"]
    more = edges - (stages - 1)
    for number in range(stages):
        takes = [f"a: s{(number - 1) // 3}.out"] if number else []
        if more > 0 and number > 3 and (number % 2 == 0 or number < 10):
            takes.append(f"b: s{(number - 2) // 2}.out")
            more -= 1
        lines += [
            f"  s{number}:",
            f"    takes: {{{', '.join(takes)}}}",
            "    gives: {out: TextFile}",
            "    run: 'true'",
            "    retries: 1",
        ]
    return "\n".join(lines) + "\n"


def _build_bare(out: Path) -> None:
    source = HERE / "bare_flow"
    command = ["npx", "vite", "build", str(source), "--outDir", str(out), "--logLevel", "error"]
    subprocess.run(command, cwd=ROOT, check=True)


@contextmanager
def _chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        sys.exit("there is no chromium: `tests/engines/browser.sh prepare` installs Debian's")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    # The canvas alone, as large as the window, in both.
    context.add_init_script(
        "localStorage.setItem('mline.choice.panels',"
        " JSON.stringify({left: false, inspector: false, source: false, problems: false}))"
    )
    page = context.new_page()
    yield page
    context.close()


def _first_load(report: Report, browser: Browser, server: EditorServer) -> None:
    server.sent.clear()
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    page = context.new_page()
    page.goto(f"{server.url}/editor/#/edit/small.mline.yaml")
    page.wait_for_selector(".canvas[data-ready=true]")
    page.wait_for_selector(".cm-content")
    page.wait_for_load_state("networkidle")
    context.close()
    # ELK's worker is asked for by the layout, after the page stands; forms when a node is chosen.
    lazy = {name: size for name, size in server.sent.items() if "elk" in name}
    first = sum(server.sent.values()) - sum(lazy.values())
    later = f"ELK's worker later: {sum(lazy.values()) / 1024:.0f} KiB"
    note = f"gzip; {len(server.sent) - len(lazy)} files; {later}"
    report.value("editor/first-load", first / 1024, "KiB", note)
    report.ratio("editor/first-load-to-400-KiB", first / 1024 / FIRST_LOAD, bar=1.0)


def _large(report: Report, browser: Browser, server: EditorServer, bare: Path, rounds: int) -> None:
    shown: dict[str, list[float]] = {"editor": [], "bare": []}
    panned: dict[str, list[float]] = {"editor": [], "bare": []}
    for _ in range(rounds):
        with _page(browser) as page:
            page.goto(f"{server.url}/editor/#/edit/large.mline.yaml")
            shown["editor"].append(page.evaluate(SHOWN))
            page.wait_for_timeout(1500)
            panned["editor"].append(_pan(page))
            kept = page.evaluate("() => localStorage.getItem('mline.layout.large.mline.yaml')")
        (bare / "graph.json").write_text(json.dumps(_same(server, json.loads(kept)["positions"])))
        with _page(browser) as page:
            page.goto(f"{server.url}/bare/index.html")
            shown["bare"].append(page.evaluate(SHOWN))
            page.wait_for_timeout(1500)
            panned["bare"].append(_pan(page))
    for what, found, unit in (("shown", shown, "ms"), ("panned", panned, "ms a frame")):
        for name, values in found.items():
            samples = Samples(values)
            report.value(
                f"editor/{what}/{name}", samples.median, unit, f"noise ±{samples.noise:.0%}"
            )
        ratio = Samples(found["editor"]) / Samples(found["bare"])
        report.ratio(
            f"editor/{what}/bare-react-flow", ratio, bar=1.3, note=f"{STAGES} nodes, {EDGES} edges"
        )


def _same(server: EditorServer, positions: dict[str, Any]) -> dict[str, Any]:
    """The editor's graph as bare React Flow takes it."""
    project = Project.open(server.project)
    view = graph_view(project.analyze(server.project / "large.mline.yaml"))
    nodes = [
        {"id": node["id"], "position": positions[node["id"]], "data": {"label": node["name"]}}
        for node in view["nodes"]
    ]
    edges = [
        {"id": edge["id"], "source": edge["from"]["node"], "target": edge["to"]["node"]}
        for edge in view["edges"]
    ]
    assert (len(nodes), len(edges)) == (STAGES, EDGES), (len(nodes), len(edges))
    return {"nodes": nodes, "edges": edges}


def _pan(page: Page) -> float:
    """The mean time of a frame, in ms, while the mouse drags the graph about."""
    x, y = page.evaluate(EMPTY)
    page.evaluate(FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    start = page.evaluate("() => window.frames_.length")
    for step in range(80):
        page.mouse.move(x + (step % 40) * 6, y + (step % 20) * 5)
        page.wait_for_timeout(16)
    frames: list[float] = page.evaluate("() => window.frames_")
    page.mouse.up()
    return statistics.mean(frames[start:])


def _key(report: Report, browser: Browser, server: EditorServer, rounds: int) -> None:
    """From a key in the source to the node that it renames, in a file of about 1,000 lines."""
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    page = context.new_page()
    page.goto(f"{server.url}/editor/#/edit/long.mline.yaml?node=stage%3As0")
    page.wait_for_selector(".canvas[data-ready=true]")
    page.wait_for_selector(".cm-node-range")
    lines = len(large(190, 280).splitlines())
    page.wait_for_timeout(2500)
    page.locator(".cm-line", has_text="s0:").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    values: list[Any] = []
    for number in range(rounds * 3):
        letter = "abcdefghijklmnopqrstuvwxyz"[number % 26]
        page.evaluate(
            """() => {
              window.key_ = new Promise((done) => {
                let begun = 0;
                const begin = () => { begun = performance.now(); };
                addEventListener('keydown', begin, {once: true, capture: true});
                const what = {childList: true, subtree: true, characterData: true};
                new MutationObserver((_, watch) => {
                  if (!begun) return;
                  watch.disconnect();
                  requestAnimationFrame(() => done(performance.now() - begun));
                }).observe(document.querySelector('.react-flow__nodes'), what);
              });
            }"""
        )
        page.keyboard.press(letter)
        values.append(page.evaluate("() => window.key_"))
        page.wait_for_timeout(400)
    context.close()
    samples = Samples(values)
    report.value(
        "editor/key-to-graph", samples.median, "ms", f"{lines} lines, noise ±{samples.noise:.0%}"
    )
