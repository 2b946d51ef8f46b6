"""The language server: a whole conversation, in memory, in one request, and over standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mline_airflow.cli.checking import Target, check
from mline_airflow.dag_factory.project import Project, kind_of
from mline_airflow.language_server import RefusedError, Session, Workspace, answer
from mline_airflow.language_server.features import FEATURES
from mline_airflow.reporters.json_report import as_json

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
FILES = sorted([*CASES.rglob("*.mline.yaml"), *(ROOT / "examples").rglob("*.mline.yaml")])
TEXT = """\
mline: 1
experiment: x
stages:
  say: {run: echo, gives: {text: TextFile}}
  hear: {takes: {text: say.text}, run: cat}
defaults: {image: alpine:3}
"""


class Client:
    """Sends messages and keeps what comes back."""

    def __init__(self, root: Path, capabilities: dict | None = None, **params: object) -> None:
        self.root = root
        self.session = Session(Workspace(None))
        self.number = 0
        self.hello = self.ask(
            "initialize",
            {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities or {}}
            | params,
        )
        self.tell("initialized", {})

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def ask(self, method: str, params: dict | None = None) -> dict:
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params or {}}
        (reply,) = self.session.handle(message)
        assert reply["id"] == self.number
        return reply

    def tell(self, method: str, params: dict) -> list[dict]:
        return self.session.handle({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, name: str, text: str) -> list[dict]:
        item = {"uri": self.uri(name), "languageId": "mline", "version": 1, "text": text}
        return self.tell("textDocument/didOpen", {"textDocument": item})

    def change(self, name: str, *changes: dict, version: int = 2) -> list[dict]:
        item = {"uri": self.uri(name), "version": version}
        params = {"textDocument": item, "contentChanges": list(changes)}
        return self.tell("textDocument/didChange", params)


def diagnostics(messages: list[dict]) -> list[dict]:
    (message,) = messages
    assert message["method"] == "textDocument/publishDiagnostics"
    return message["params"]["diagnostics"]


def place(line: int, start: int, end: int) -> dict:
    return {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


# -- lifecycle -----------------------------------------------------------------------------------


def test_nothing_is_answered_before_initialize(tmp_path: Path) -> None:
    session = Session(Workspace(tmp_path))
    (reply,) = session.handle({"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover"})
    assert reply["error"]["code"] == -32002
    assert session.handle({"jsonrpc": "2.0", "method": "textDocument/didOpen"}) == []


def test_initialize_says_what_can_be_asked(client: Client) -> None:
    capabilities = client.hello["result"]["capabilities"]
    assert capabilities["positionEncoding"] == "utf-16"
    assert capabilities["textDocumentSync"]["change"] == 2
    assert client.hello["result"]["serverInfo"]["name"] == "mline"


def test_initialize_comes_once(client: Client) -> None:
    assert client.ask("initialize", {"capabilities": {}})["error"]["code"] == -32600


@pytest.mark.parametrize("encodings", [["utf-8"], ["utf-32", "utf-16"], ["ebcdic"]])
def test_position_encodings_are_negotiated(tmp_path: Path, encodings: list[str]) -> None:
    client = Client(tmp_path, {"general": {"positionEncodings": encodings}})
    chosen = client.hello["result"]["capabilities"]["positionEncoding"]
    assert chosen == (encodings[0] if encodings != ["ebcdic"] else "utf-16")
    text = "mline: 1\nexperiment: x\nstages: {s: {doc: é😀, runn: x}}\n"
    found = diagnostics(client.open("a.mline.yaml", text))
    width = {"utf-8": 6, "utf-16": 3, "utf-32": 2}[chosen]
    (key,) = [d for d in found if d["code"] == "unknown-key"]
    assert key["range"] == place(2, 18 + width + 2, 18 + width + 6)


def test_exit_after_shutdown_is_clean(client: Client) -> None:
    assert client.ask("shutdown")["result"] is None
    assert client.ask("textDocument/hover", {})["error"]["code"] == -32600
    client.tell("exit", {})
    assert client.session.exit_code == 0


def test_exit_without_shutdown_is_not(client: Client) -> None:
    client.tell("exit", {})
    assert client.session.exit_code == 1


def test_unknown_methods_are_refused_and_unknown_notifications_ignored(client: Client) -> None:
    assert client.ask("textDocument/brew")["error"]["code"] == -32601
    assert client.ask("$/brew")["error"]["code"] == -32601
    assert client.tell("$/cancelRequest", {"id": 7}) == []
    assert client.tell("textDocument/brewed", {}) == []


@pytest.mark.parametrize(
    "message",
    [None, 3, "x", [], {}, {"jsonrpc": "1.0", "id": 1, "method": "x"}, {"jsonrpc": "2.0", "id": 1}],
)
def test_what_is_no_message_is_refused(client: Client, message: object) -> None:
    (reply,) = client.session.handle(message)
    assert reply["error"]["code"] == -32600


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"textDocument": None},
        {"textDocument": {"uri": 3}},
        {"textDocument": {"uri": "file:///nowhere"}},
        [],
        "x",
    ],
)
def test_wrong_params_are_refused(client: Client, params: object) -> None:
    for method in FEATURES:
        (reply,) = client.session.handle(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        )
        assert reply["error"]["code"] == -32602


def test_a_wrong_notification_is_logged(client: Client) -> None:
    (reply,) = client.tell("textDocument/didOpen", {})
    assert reply["method"] == "window/logMessage"


def test_an_answer_of_the_client_is_taken(client: Client) -> None:
    assert client.session.handle({"jsonrpc": "2.0", "id": 9, "result": None}) == []


# -- documents -----------------------------------------------------------------------------------


def test_diagnostics_come_with_each_change(client: Client) -> None:
    assert diagnostics(client.open("a.mline.yaml", TEXT)) == []
    broken = TEXT.replace("say.text", "say.txet")
    (found,) = diagnostics(client.change("a.mline.yaml", {"text": broken}))
    assert found["code"] == "unknown-port"
    assert found["source"] == "mline"
    assert found["severity"] == 1
    assert found["range"] == place(4, 23, 31)
    (related,) = found["relatedInformation"]
    assert related["location"] == {"uri": client.uri("a.mline.yaml"), "range": place(3, 2, 5)}


def test_changes_of_ranges_count_utf16_units_and_come_one_after_another(client: Client) -> None:
    client.open("a.mline.yaml", "mline: 1\r\nexperiment: x\r\ntitle: 😀😀x\r\n")
    client.change(
        "a.mline.yaml",
        {"range": place(2, 9, 11), "text": "é"},
        {"range": place(2, 7, 7), "text": "> "},
        {"range": {"start": place(9, 0, 0)["start"], "end": place(99, 9, 9)["end"]}, "text": "#"},
    )
    text = client.session.documents[client.uri("a.mline.yaml")].text
    assert text == "mline: 1\r\nexperiment: x\r\ntitle: > 😀éx\r\n#"


def test_a_closed_document_has_no_diagnostics_and_is_read_from_disk_again(client: Client) -> None:
    (client.root / "a.mline.yaml").write_text(TEXT, "utf-8")
    client.open("a.mline.yaml", "nonsense")
    closed = client.tell(
        "textDocument/didClose", {"textDocument": {"uri": client.uri("a.mline.yaml")}}
    )
    assert diagnostics(closed) == []
    path = client.root / "a.mline.yaml"
    assert client.session.workspace.project(path).analyze(path).ok


def test_an_open_library_counts_before_it_is_saved(client: Client) -> None:
    text = (
        "mline: 1\nexperiment: x\nuse: [./l.types.mline.yaml]\n"
        "stages: {s: {run: x, image: i, gives: {o: Thing}}}\n"
    )
    found = diagnostics(client.open("a.mline.yaml", text))
    assert [d["code"] for d in found] == ["unknown-library"]
    library = "mline: 1\nlibrary: l\ntypes: {Thing: {is: Dataset}}\n"
    sent = client.open("l.types.mline.yaml", library)
    by_uri = {m["params"]["uri"]: m["params"]["diagnostics"] for m in sent}
    assert by_uri == {client.uri("a.mline.yaml"): [], client.uri("l.types.mline.yaml"): []}


def test_an_open_project_file_counts_before_it_is_saved(client: Client) -> None:
    client.open("a.mline.yaml", TEXT + "params: {unused: 1}\n")
    sent = client.open("mline.yaml", "mline: 1\nrules: {unused-param: off}\n")
    by_uri = {m["params"]["uri"]: m["params"]["diagnostics"] for m in sent}
    assert by_uri[client.uri("a.mline.yaml")] == []


def test_unused_things_are_tagged_and_codes_have_links(tmp_path: Path) -> None:
    client = Client(
        tmp_path, initializationOptions={"diagnosticsUrl": "https://example.org/d#{code}"}
    )
    (found,) = diagnostics(client.open("a.mline.yaml", TEXT + "params: {unused: 1}\n"))
    assert found["tags"] == [1]
    assert found["codeDescription"] == {"href": "https://example.org/d#unused-param"}


def test_a_byte_order_mark_counts_for_the_client_only(client: Client) -> None:
    found = diagnostics(client.open("a.mline.yaml", "\ufeffmlin: 1\n"))
    (key,) = [d for d in found if d["code"] == "unknown-key"]
    assert key["range"] == place(0, 1, 5)


def test_files_of_others_have_no_diagnostics(client: Client) -> None:
    assert client.open("notes.yaml", "a: [") == []


# -- the same as the command line ----------------------------------------------------------------


def told_by_check(path: Path, project: Project) -> list[dict]:
    report = as_json(check([Target(path, project)]))["diagnostics"]
    shown = project.sources.display(path)
    return [d for d in report if d["file"] == shown]


@pytest.mark.cases
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_diagnostics_are_those_of_mline_check(path: Path) -> None:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pytest.skip("an editor has text; what is not UTF-8 is found when the file is read")
    workspace = Workspace(path.parent)
    project = workspace.project(path)
    expected = told_by_check(path, project)
    session = Session(Workspace(path.parent), initialized=True)
    session.encoding = "utf-32"
    item = {"uri": path.as_uri(), "version": 1, "text": text}
    found = diagnostics(
        session.handle(
            {
                "jsonrpc": "2.0",
                "method": "textDocument/didOpen",
                "params": {"textDocument": item},
            }
        )
    )
    severity = {"error": 1, "warning": 2, "info": 3}
    assert [(d["code"], d["severity"], d["message"]) for d in found] == [
        (d["code"], severity[d["severity"]], d["message"]) for d in expected
    ]
    if "\r" not in text and not text.startswith("\ufeff"):
        assert [(d["range"]["start"], d["range"]["end"]) for d in found] == [
            tuple(
                {"line": d[end]["line"] - 1, "character": d[end]["column"] - 1}
                for end in ("start", "end")
            )
            for d in expected
        ]
    assert kind_of(path) in ("experiment", "library")


# -- reading and renaming ------------------------------------------------------------------------


def at(client: Client, name: str, line: int, character: int, **more: object) -> dict:
    position = {"line": line, "character": character}
    return {"textDocument": {"uri": client.uri(name)}, "position": position} | more


def test_hover_explains_a_place_in_markdown(client: Client) -> None:
    client.open("a.mline.yaml", TEXT)
    found = client.ask("textDocument/hover", at(client, "a.mline.yaml", 4, 24))["result"]
    assert found["range"] == place(4, 23, 26)
    assert found["contents"]["kind"] == "markdown"
    assert found["contents"]["value"].startswith("**say**")
    assert client.ask("textDocument/hover", at(client, "a.mline.yaml", 99, 0))["result"] is None


def test_definition_and_references_are_locations(client: Client) -> None:
    client.open("a.mline.yaml", TEXT)
    uri = client.uri("a.mline.yaml")
    found = client.ask("textDocument/definition", at(client, "a.mline.yaml", 4, 24))["result"]
    assert found == [{"uri": uri, "range": place(3, 2, 5)}]
    where = at(client, "a.mline.yaml", 3, 3, context={"includeDeclaration": False})
    found = client.ask("textDocument/references", where)["result"]
    assert found == [{"uri": uri, "range": place(4, 23, 26)}]
    found = client.ask("textDocument/documentHighlight", where)["result"]
    assert [f["range"] for f in found] == [place(3, 2, 5), place(4, 23, 26)]


def test_a_built_in_type_is_a_file_that_can_be_opened(client: Client) -> None:
    client.open("a.mline.yaml", TEXT)
    where = at(client, "a.mline.yaml", 3, 36)
    (found,) = client.ask("textDocument/definition", where)["result"]
    path = Path(found["uri"].removeprefix("file://"))
    line = path.read_text("utf-8").splitlines()[found["range"]["start"]["line"]]
    assert line.strip() == "TextFile:"


def test_rename_is_prepared_made_and_refused(client: Client) -> None:
    client.open("a.mline.yaml", TEXT)
    where = at(client, "a.mline.yaml", 4, 24)
    prepared = client.ask("textDocument/prepareRename", where)["result"]
    assert prepared == {"range": place(4, 23, 26), "placeholder": "say"}
    made = client.ask("textDocument/rename", where | {"newName": "tell"})["result"]
    assert made == {
        "changes": {
            client.uri("a.mline.yaml"): [
                {"range": place(3, 2, 5), "newText": "tell"},
                {"range": place(4, 23, 26), "newText": "tell"},
            ]
        }
    }
    refused = client.ask("textDocument/rename", where | {"newName": "hear"})["error"]
    assert refused == {"code": -32803, "message": "there is 'hear' already"}
    type_ = at(client, "a.mline.yaml", 3, 36)
    refused = client.ask("textDocument/prepareRename", type_)["error"]
    assert "built in" in refused["message"]
    nothing = at(client, "a.mline.yaml", 0, 0)
    assert client.ask("textDocument/prepareRename", nothing)["result"] is None


def test_the_outline_has_sections_things_and_ports(client: Client) -> None:
    client.open("a.mline.yaml", TEXT)
    where = at(client, "a.mline.yaml", 0, 0)
    found = client.ask("textDocument/documentSymbol", where)["result"]
    assert [f["name"] for f in found] == ["mline", "experiment", "stages", "defaults"]
    say, hear = found[2]["children"]
    assert (say["name"], hear["children"][0]["name"]) == ("say", "text")
    folds = client.ask("textDocument/foldingRange", where)["result"]
    assert folds == [{"startLine": 2, "endLine": 4}]


def test_tokens_are_relative_and_in_units_of_the_client(client: Client) -> None:
    client.open("a.mline.yaml", TEXT.replace("run: echo", "doc: 😀, run: echo"))
    where = at(client, "a.mline.yaml", 0, 0)
    data = client.ask("textDocument/semanticTokens/full", where)["result"]["data"]
    tokens = [data[i : i + 5] for i in range(0, len(data), 5)]
    assert tokens[0] == [1, 12, 1, 5, 1]
    assert tokens[1] == [2, 2, 3, 2, 1]
    assert tokens[2] == [0, 34, 4, 3, 1]


# -- writing -------------------------------------------------------------------------------------


def test_completion_is_an_edit_of_the_word(client: Client) -> None:
    client.open("a.mline.yaml", TEXT.replace("say.text", "sa"))
    found = client.ask("textDocument/completion", at(client, "a.mline.yaml", 4, 25))["result"]
    assert found["isIncomplete"] is False
    item = found["items"][0]
    assert item["label"] == "say.text"
    assert item["textEdit"] == {"range": place(4, 23, 25), "newText": "say.text"}
    assert item["detail"] == "TextFile"
    assert item["sortText"] < found["items"][-1]["sortText"] or len(found["items"]) == 1


def test_completion_brings_edits_elsewhere_along(client: Client) -> None:
    client.open("a.mline.yaml", TEXT + "entities: {m: Tor}\n")
    found = client.ask("textDocument/completion", at(client, "a.mline.yaml", 6, 17))["result"]
    (item,) = [i for i in found["items"] if i["label"] == "TorchModel"]
    assert item["additionalTextEdits"] == [{"range": place(1, 13, 13), "newText": "\nuse: [torch]"}]


def test_code_actions_mend_what_they_are_asked_about(client: Client) -> None:
    client.open("a.mline.yaml", TEXT.replace("say.text", "say.txet"))
    where = {"textDocument": {"uri": client.uri("a.mline.yaml")}, "range": place(4, 25, 25)}
    context = {"context": {"diagnostics": []}}
    (action,) = client.ask("textDocument/codeAction", where | context)["result"]
    assert action["kind"] == "quickfix"
    assert action["isPreferred"] is True
    assert action["diagnostics"][0]["code"] == "unknown-port"
    edit = {"range": place(4, 27, 31), "newText": "text"}
    assert action["edit"] == {"changes": {client.uri("a.mline.yaml"): [edit]}}
    other = {"context": {"diagnostics": [], "only": ["refactor"]}}
    assert client.ask("textDocument/codeAction", where | other)["result"] == []
    everything = {"context": {"diagnostics": [], "only": ["source.fixAll"]}}
    (action,) = client.ask("textDocument/codeAction", where | everything)["result"]
    assert action["edit"] == {"changes": {client.uri("a.mline.yaml"): [edit]}}


def test_signature_help_follows_the_value(client: Client) -> None:
    text = "mline: 1\nexperiment: x\nuse: [sklearn]\n"
    text += "stages: {f: {is: sklearn.Train, with: {seed: }}}\n"
    client.open("a.mline.yaml", text)
    found = client.ask("textDocument/signatureHelp", at(client, "a.mline.yaml", 3, 45))["result"]
    (shown,) = found["signatures"]
    names = [p["label"].partition(":")[0] for p in shown["parameters"]]
    assert names[found["activeParameter"]] == "seed"
    assert all(p["label"] in shown["label"] for p in shown["parameters"])


# -- formatting ----------------------------------------------------------------------------------


def test_formatting_touches_only_lines_that_differ(client: Client) -> None:
    client.open("a.mline.yaml", TEXT.replace("  hear: {takes", "  hear:   {takes"))
    params = {"textDocument": {"uri": client.uri("a.mline.yaml")}, "options": {}}
    edits = client.ask("textDocument/formatting", params)["result"]
    assert [e["range"]["start"]["line"] for e in edits] == [4]


def test_formatting_a_broken_file_is_refused_with_the_reason(client: Client) -> None:
    client.open("a.mline.yaml", "a: [")
    params = {"textDocument": {"uri": client.uri("a.mline.yaml")}, "options": {}}
    refused = client.ask("textDocument/formatting", params)["error"]
    assert refused["code"] == -32803
    assert "left as it is" in refused["message"]


# -- whatever is sent ----------------------------------------------------------------------------

POSITIONS = st.fixed_dictionaries(
    {"line": st.integers(-3, 9) | st.just(10**12), "character": st.integers(-3, 60)}
) | st.sampled_from([None, {}, [], "x", {"line": None, "character": 0}])


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(sorted(FEATURES)),
    position=POSITIONS,
    end=POSITIONS,
    text=st.sampled_from(
        [TEXT, TEXT[:-9], "", "a: [", "\ufeff😀: {", "- - -", TEXT.replace("\n", "\r")]
    ),
)
def test_no_request_breaks_the_session(
    method: str, position: object, end: object, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client = Client(tmp_path_factory.getbasetemp())
    client.open("a.mline.yaml", text)
    params = {
        "textDocument": {"uri": client.uri("a.mline.yaml")},
        "position": position,
        "range": {"start": position, "end": end},
        "newName": "new",
        "context": {},
    }
    reply = client.ask(method, params)
    assert "result" in reply or reply["error"]["code"] in (-32602, -32803), reply


# -- one request ---------------------------------------------------------------------------------


def test_one_request_holds_documents_and_messages(tmp_path: Path) -> None:
    (tmp_path / "l.types.mline.yaml").write_text(
        "mline: 1\nlibrary: l\ntypes: {Thing: {is: Dataset}}\n", "utf-8"
    )
    text = TEXT + "use: [l]\n"
    document = {"uri": "mline:/a.mline.yaml", "text": text, "version": 4}
    params = {"textDocument": {"uri": document["uri"]}, "options": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "textDocument/formatting", "params": params}
    published, reply = answer([document], [message], tmp_path)
    assert published["params"] == {"uri": document["uri"], "version": 4, "diagnostics": []}
    assert reply["id"] == 1
    assert not (tmp_path / "a.mline.yaml").exists()


def test_nothing_is_kept_of_a_request(tmp_path: Path) -> None:
    library = {
        "uri": "mline:/l.types.mline.yaml",
        "text": "mline: 1\nlibrary: l\ntypes: {Thing: {is: Dataset}}\n",
        "version": 1,
    }
    user = {"uri": "mline:/a.mline.yaml", "text": TEXT + "use: [l]\n", "version": 1}
    both = answer([library, user], [], tmp_path)
    assert [m["params"]["diagnostics"] for m in both] == [[], []]
    (alone,) = answer([user], [], tmp_path)
    assert [d["code"] for d in alone["params"]["diagnostics"]] == ["unknown-library"]


@pytest.mark.parametrize("profile", [None, "boxes", "nope"])
def test_a_request_is_checked_under_a_profile(tmp_path: Path, profile: str | None) -> None:
    profiles = "{here: {runner: process}, boxes: {runner: docker}}"
    (tmp_path / "mline.yaml").write_text(f"mline: 1\nproject: p\nprofiles: {profiles}\n")
    text = TEXT.replace("defaults: {image: alpine:3}\n", "")
    document = {"uri": "mline:/x.mline.yaml", "text": text, "version": 1}
    (published,) = answer([document], [], tmp_path, profile=profile)
    found = {one["code"] for one in published["params"]["diagnostics"]}
    assert ("missing-image" in found) == (profile == "boxes")


def test_many_requests_at_once_keep_their_texts_apart(tmp_path: Path) -> None:
    def codes(number: int) -> list[str]:
        text = TEXT if number % 2 else TEXT.replace("say.text", f"say.t{number}")
        document = {"uri": "mline:/a.mline.yaml", "text": text, "version": number}
        (published,) = answer([document], [], tmp_path)
        assert published["params"]["version"] == number
        return [d["code"] for d in published["params"]["diagnostics"]]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(codes, range(40)))
    assert found == [["unknown-port"], []] * 20


@pytest.mark.parametrize(
    "uri",
    [
        "mline:/../a.mline.yaml",
        "mline:/x/../../a.mline.yaml",
        "mline:/link/a.mline.yaml",
        "mline:/%2e%2e/a.mline.yaml",
        "mline:/a%00.mline.yaml",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_uri_leads_out_of_the_workspace(tmp_path: Path, uri: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path)
    with pytest.raises(RefusedError):
        answer([{"uri": uri, "text": "", "version": 1}], [], inside)


def test_a_request_has_limits(tmp_path: Path) -> None:
    document = {"uri": "mline:/a.mline.yaml", "text": "", "version": 1}
    with pytest.raises(RefusedError):
        answer([document] * 51, [], tmp_path)


# -- standard input and output -------------------------------------------------------------------


class Program:
    """`mline lsp` as an editor starts it."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mline_airflow.cli", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )

    def send(self, message: object) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def raw(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> dict:
        assert self.process.stdout is not None
        header = self.process.stdout.readline()
        assert header.startswith(b"Content-Length: "), header
        assert self.process.stdout.readline() == b"\r\n"
        return json.loads(self.process.stdout.read(int(header.split(b":")[1])))

    def end(self) -> tuple[int, bytes, bytes]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def test_an_editor_starts_the_program_and_ends_it(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.send(
        {
            "id": 1,
            "method": "initialize",
            "params": {"rootUri": tmp_path.as_uri(), "capabilities": {}},
        }
    )
    assert program.read()["result"]["serverInfo"]["name"] == "mline"
    program.send({"method": "initialized", "params": {}})
    uri = (tmp_path / "ä b.mline.yaml").as_uri()
    item = {"uri": uri, "languageId": "mline", "version": 1, "text": TEXT + "# 😀\nowner: [\n"}
    program.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
    published = program.read()["params"]
    assert published["uri"] == uri
    assert [d["severity"] for d in published["diagnostics"]] == [1]
    program.raw(b"{nonsense")
    assert program.read()["error"]["code"] == -32700
    program.send({"id": 2, "method": "shutdown"})
    assert program.read() == {"jsonrpc": "2.0", "id": 2, "result": None}
    program.send({"method": "exit"})
    assert program.end() == (0, b"", b"")


def test_the_program_ends_when_the_editor_is_gone(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.send({"id": 1, "method": "initialize", "params": {"capabilities": {}}})
    program.read()
    code, out, err = program.end()
    assert (code, out, err) == (1, b"", b"")


def test_a_broken_frame_ends_the_program_with_a_reason(tmp_path: Path) -> None:
    program = Program(tmp_path)
    assert program.process.stdin is not None
    program.process.stdin.write(b"Content-Length: many\r\n\r\n")
    program.process.stdin.flush()
    assert program.read()["error"]["code"] == -32700
    assert program.end()[0] == 1
