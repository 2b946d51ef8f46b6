"""What a stage finds, may do and must leave: the same for every runner."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from workbench import gives, takes

from mline_airflow.failures import MLineError, OutputError, StageError

if TYPE_CHECKING:
    from workbench import Workbench

OUT = {"out": gives("made")}


# -- call ----------------------------------------------------------------------------------------


def test_a_function_gets_ports_params_and_output_paths_by_name(bench: Workbench) -> None:
    bench.write("words.json", '["b", "a"]')
    bench.call(
        "s",
        "def f(notes, words, times, *, suffix='!'):\n"
        "    notes.write_text('noted')\n"
        "    return sorted(words) * times + [suffix]\n",
        inputs={"words": takes("words.json", "core.Json")},
        outputs={"out": gives("out", "core.Json"), "notes": gives("notes")},
        params={"times": 2},
    )
    record = bench.run("s")
    assert json.loads(bench.output(record)) == ["a", "b", "a", "b", "!"]
    assert bench.text(record, "notes") == "noted"


@pytest.mark.parametrize(
    "value",
    [
        "{'b': 'B', 'a': 'A'}",
        "('A', 'B')",
        "['A', 'B']",
        "__import__('collections').namedtuple('T', 'b a')('B', 'A')",
    ],
)
def test_several_outputs_come_as_a_dict_or_in_order(bench: Workbench, value: str) -> None:
    bench.call("s", f"def f(): return {value}", outputs={"a": gives("a"), "b": gives("b")})
    record = bench.run("s")
    assert (bench.text(record, "a"), bench.text(record, "b")) == ("A", "B")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("'text ü'", "text ü"),
        ("b'bytes'", "bytes"),
        ("{'x': [1, None]}", '{"x": [1, null]}\n'),
        ("{'out': 'inner'}", "inner"),
        ("float('nan')", "null\n"),
        ("[1, float('inf')]", "[1, null]\n"),
        ("__import__('pathlib').Path(__file__)", None),
    ],
)
def test_a_value_without_codec_is_written_plainly(
    bench: Workbench, value: str, written: str | None
) -> None:
    source = f"def f(): return {value}"
    bench.call("s", source, outputs=OUT)
    assert bench.text(bench.run("s")) == (source if written is None else written)


def test_a_folder_that_a_function_returns_is_copied(bench: Workbench) -> None:
    bench.call(
        "s",
        "import pathlib, tempfile\n"
        "def f():\n"
        "    here = pathlib.Path(tempfile.mkdtemp()); (here / 'a').write_text('A'); return here\n",
        outputs={"out": gives("out", "core.Folder")},
    )
    assert bench.run("s")["outputs"]["out"]["kind"] == "folder"


def test_a_function_with_keyword_arguments_gets_everything(bench: Workbench) -> None:
    bench.write("a.txt", "text of a")
    bench.call(
        "s",
        "def f(**all): return sorted(f'{k}={v}' for k, v in all.items())",
        inputs={"a": takes("a.txt", "core.Text")},
        params={"n": 1},
        outputs={"out": gives("out", "core.Json")},
    )
    assert json.loads(bench.output(bench.run("s"))) == ["a=text of a", "n=1"]


def test_all_instances_of_a_sweep_come_as_a_dict_and_lists_as_lists(bench: Workbench) -> None:
    bench.plan["groups"] = [
        {
            "id": "g",
            "stage": "fit",
            "search": "grid",
            "points": [{"name": f"d={d}", "values": {"d": d}} for d in (4, 2)],
            "tasks": ["fit"],
        }
    ]
    bench.call(
        "fit",
        "def f(d): return {'d': d}",
        group="g",
        params={"d": {"$ref": "point.d"}},
        outputs={"out": gives("fit.out", "core.Json")},
    )
    bench.call(
        "all",
        "def f(models, both): return [models, both]",
        inputs={
            "models": takes({"task": "fit", "port": "out", "each": True}, "core.Json"),
            "both": {
                **takes({}, "core.Json"),
                "items": [
                    takes({"task": "fit", "port": "out", "instance": 1}, "core.Json"),
                    takes("one.txt", "core.Text"),
                ],
            },
        },
        outputs={"out": gives("out", "core.Json")},
    )
    bench.write("one.txt", "one")
    for index in (0, 1):
        bench.run("fit", index=index)
    found = json.loads(bench.output(bench.run("all")))
    assert found == [{"d=4": {"d": 4}, "d=2": {"d": 2}}, [{"d": 2}, "one"]]
    assert list(found[0]) == ["d=4", "d=2"]


# -- run and command -----------------------------------------------------------------------------


def test_a_script_finds_its_ports_params_and_names_in_the_environment(bench: Workbench) -> None:
    bench.write("data/in put.txt", "content")
    bench.task(
        "s",
        {
            "run": 'cat "$IN_TABLE" > "$OUT_OUT"\n'
            'echo "$PARAM_NAME|$PARAM_N|$PARAM_LIST|$EXTRA" >> "$OUT_OUT"\n'
            'echo "$MLINE_STAGE|$MLINE_RUN_ID" >> "$OUT_OUT"\n'
        },
        inputs={"table": takes("data/in put.txt")},
        params={"name": "plain text", "n": 3, "list": [1, "ü"]},
        env={"EXTRA": {"$ref": "params.p"}},
        outputs=OUT,
    )
    bench.plan["params"] = {"p": {"type": "boolean", "default": True}}
    text = bench.text(bench.run("s"))
    assert text == 'contentplain text|3|[1, "ü"]|true\ns|run-1\n'


def test_a_script_stops_at_its_first_error(bench: Workbench) -> None:
    bench.task("s", {"run": "false\necho on\n"})
    with pytest.raises(StageError, match="exit status 1"):
        bench.run("s")
    assert "on" not in bench.lines


def test_a_script_may_name_its_interpreter(bench: Workbench) -> None:
    bench.task(
        "s",
        {
            "run": "#!/usr/bin/env python3\n"
            "import os\nopen(os.environ['OUT_OUT'], 'w').write('py')\n"
        },
        outputs=OUT,
    )
    assert bench.text(bench.run("s")) == "py"


def test_a_command_gets_paths_and_values_without_a_shell(bench: Workbench) -> None:
    bench.write("a b", "A")
    bench.task(
        "s",
        {"command": ["cp", "--", {"$ref": "in.data"}, {"$ref": "out.out"}]},
        inputs={"data": takes("a b")},
        outputs=OUT,
    )
    assert bench.text(bench.run("s")) == "A"
    bench.task("t", {"command": ["echo", "$HOME;", {"$ref": "params.n"}, {"$ref": "run.id"}]})
    bench.plan["params"] = {"n": {"default": 1.5}}
    bench.run("t")
    assert "$HOME; 1.5 run-1" in bench.lines


def test_an_entrypoint_stands_before_the_command(bench: Workbench) -> None:
    bench.task("s", {"command": ["b"]}, entrypoint=["echo", "a"])
    bench.run("s")
    assert "a b" in bench.lines


def test_documents_say_what_runs(bench: Workbench) -> None:
    bench.write("a", "A")
    bench.task(
        "s",
        {"run": 'cp "$MLINE_ROOT/params.json" "$OUT_P"; cp "$MLINE_ROOT/stage.json" "$OUT_S"'},
        inputs={"data": takes("a")},
        params={"depth": 3},
        outputs={"p": gives("p"), "s": gives("s")},
    )
    record = bench.run("s")
    assert json.loads(bench.output(record, "p")) == {"depth": 3}
    stage = json.loads(bench.output(record, "s"))
    assert (stage["stage"], stage["run"], stage["experiment"]) == ("s", "run-1", "exp")
    assert stage["inputs"]["data"]["lineage"] == ["core.File", "core.Entity"]


# -- code ----------------------------------------------------------------------------------------


def test_code_is_the_working_directory_and_on_the_path(bench: Workbench) -> None:
    bench.write("src/pack/__init__.py", "")
    bench.write("src/pack/part.py", "VALUE = 'imported'")
    bench.write("src/data.txt", "beside")
    bench.write("tool.sh", "#!/bin/sh\necho tool\n").chmod(0o755)
    bench.task(
        "s",
        {
            "run": "python3 -c 'import pack.part as p; print(p.VALUE)' > line\n"
            "cat line data.txt > $OUT_OUT\n"
            "./tool.sh"
        },
        code=[{"path": "src"}, {"path": "tool.sh"}, {"to": "inline/a.txt", "text": "i"}],
        outputs=OUT,
    )
    record = bench.run("s")
    assert bench.text(record) == "imported\nbeside"
    assert "tool" in bench.lines
    assert [file["path"] for file in record["manifest"]] == [
        "code/data.txt",
        "code/inline/a.txt",
        "code/pack/__init__.py",
        "code/pack/part.py",
        "code/tool.sh",
        "run.sh",
    ]


def test_inputs_are_read_only_and_folders_come_whole(bench: Workbench) -> None:
    bench.write("in/a/b.txt", "B")
    bench.task(
        "s",
        {"run": 'find "$IN_DATA" -perm /222 | wc -l; cat "$IN_DATA/a/b.txt"'},
        inputs={"data": takes("in", "core.Folder")},
    )
    bench.run("s")
    assert [line.strip() for line in bench.lines[:2]] == ["0", "B"]


# -- failing -------------------------------------------------------------------------------------


def test_a_failing_stage_tells_its_status_and_its_last_lines(bench: Workbench) -> None:
    bench.task("s", {"run": "echo first; echo the reason >&2; exit 3"})
    with pytest.raises(StageError) as caught:
        bench.run("s")
    assert caught.value.exit_status == 3
    assert str(caught.value) == "stage 's' failed with exit status 3\n  first\n  the reason"
    assert bench.lines == ["first", "the reason"]


def test_a_failing_function_shows_the_users_traceback_only(bench: Workbench) -> None:
    bench.write(
        "src/train.py",
        "def f(depth):\n    return inner(depth)\n"
        "def inner(depth):\n    raise ValueError(f'bad {depth}')\n",
    )
    bench.task("s", {"call": "train:f"}, code=[{"path": "src"}], params={"depth": 3}, outputs=OUT)
    with pytest.raises(StageError) as caught:
        bench.run("s")
    assert caught.value.exit_status == 1
    lines = [line for line in bench.lines if "^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        '  File "src/train.py", line 2, in f',
        "    return inner(depth)",
        '  File "src/train.py", line 4, in inner',
        "    raise ValueError(f'bad {depth}')",
        "ValueError: bad 3",
    ]


def test_a_module_that_fails_at_import_shows_its_own_lines(bench: Workbench) -> None:
    bench.call("s", "import json\nimport no_such_thing\n", outputs=OUT)
    with pytest.raises(StageError):
        bench.run("s")
    shown = [line for line in bench.lines if "File" in line]
    assert shown == ['  File "exp.mline.yaml (code)", line 2, in <module>']
    assert bench.lines[-1] == "ModuleNotFoundError: No module named 'no_such_thing'"


def test_causes_and_contexts_are_shown_clean(bench: Workbench) -> None:
    bench.call(
        "s",
        "def f():\n"
        "    try:\n        1 / 0\n"
        "    except ZeroDivisionError as error:\n        raise RuntimeError('outer') from error\n",
    )
    with pytest.raises(StageError):
        bench.run("s")
    assert "mline_shim" not in bench.log
    assert "ZeroDivisionError: division by zero" in bench.lines
    assert "RuntimeError: outer" in bench.lines


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "def f(date): pass",
            (
                "parameter 'date' of work:f is neither a port of stage 's' nor a value of `with`; "
                "inputs: 'data'; with: 'depth'; outputs: 'out'"
            ),
        ),
        ("def g(): pass", "module 'work' has no function 'f'"),
        ("f = 3", "'f' of module 'work' is not a function"),
        ("def f(): return {'ou': 1, 'x': 2}, 3", None),
        ("def f(): return object()", "has no way to save a value of type object"),
        (
            "import pathlib\ndef f(): return pathlib.Path('nowhere')",
            "the function returned the path 'nowhere', where there is nothing",
        ),
    ],
)
def test_a_function_that_does_not_fit_its_stage_is_told_how(
    bench: Workbench, source: str, message: str | None
) -> None:
    bench.write("data", "D")
    bench.call("s", source, inputs={"data": takes("data")}, params={"depth": 1}, outputs=OUT)
    if message is None:
        bench.run("s")
        return
    with pytest.raises(StageError) as caught:
        bench.run("s")
    assert caught.value.exit_status == 2
    assert message in bench.log
    assert "Traceback" not in bench.log


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{'a': 1}", "work:f returned a dict with 'a'; stage 's' gives 'a', 'b'"),
        (
            "(1, 2, 3)",
            "work:f returned a tuple of 3; stage 's' gives 'a', 'b': return a dict by port",
        ),
        ("1", "work:f returned a value of type int; stage 's' gives 'a', 'b'"),
    ],
)
def test_a_return_value_that_does_not_fill_the_outputs_is_told_how(
    bench: Workbench, value: str, message: str
) -> None:
    bench.call("s", f"def f(): return {value}", outputs={"a": gives("a"), "b": gives("b")})
    with pytest.raises(StageError):
        bench.run("s")
    assert message in bench.log


def test_a_missing_module_says_what_the_code_has(bench: Workbench) -> None:
    bench.task("s", {"call": "wrok:f"}, code=[{"to": "work.py", "text": ""}])
    with pytest.raises(StageError):
        bench.run("s")
    assert "there is no module 'wrok' in the stage's code; it has 'work.py'" in bench.log


def test_a_value_of_with_that_the_function_does_not_take_is_noted(bench: Workbench) -> None:
    bench.call("s", "def f(a): pass", params={"a": 1, "seed": 2})
    bench.run("s")
    assert "mline: work:f has no parameter for 'seed' of `with`" in bench.lines


def test_a_missing_output_names_port_and_path(bench: Workbench) -> None:
    bench.task("s", {"run": "true"}, outputs={"model": gives("model")})
    with pytest.raises(
        OutputError, match=r"output 'model' is missing: .* /mline/out/model \(OUT_MODEL\)"
    ):
        bench.run("s")


def test_a_file_where_a_folder_is_declared_is_refused(bench: Workbench) -> None:
    bench.task("s", {"run": 'echo > "$OUT_D"'}, outputs={"d": gives("d", "core.Folder")})
    with pytest.raises(OutputError, match=r"'d' of stage 's' is a file; core\.Folder is a folder"):
        bench.run("s")


def test_an_output_that_links_out_is_refused(bench: Workbench) -> None:
    bench.task("s", {"run": 'ln -s /etc/hosts "$OUT_OUT"'}, outputs=OUT)
    with pytest.raises(MLineError, match="output 'out' of stage 's' cannot be kept"):
        bench.run("s")


def test_a_program_that_is_not_there_is_told(bench: Workbench) -> None:
    bench.task("s", {"command": ["no-such-program-here"]})
    with pytest.raises(StageError, match="'no-such-program-here' is not a program"):
        bench.run("s")


def test_a_stage_that_runs_too_long_is_ended(bench: Workbench) -> None:
    bench.task("s", {"run": "echo begun; sleep 600 & wait"}, timeout=0.5)
    with pytest.raises(StageError, match=r"ran longer than 0.5 s and was ended\n  begun"):
        bench.run("s")


# -- adapt ---------------------------------------------------------------------------------------


def test_adapt_converts_the_values_of_a_function(bench: Workbench) -> None:
    bench.write("a.json", "[1, 2]")
    source = (
        "def double(v): return v * 2\ndef up(v): return v.upper()\ndef f(a): return f'got {a}'\n"
    )
    bench.call(
        "s",
        source,
        inputs={"a": takes("a.json", "core.Json", adapt="work:double")},
        outputs={"out": gives("out", "core.Text", adapt="work:up")},
    )
    assert bench.text(bench.run("s")) == "GOT [1, 2, 1, 2]"


def test_adapt_converts_the_files_of_a_command(bench: Workbench) -> None:
    bench.write("a.json", "[1, 2]")
    source = (
        "def lines(v): return '\\n'.join(map(str, v))\n"
        "def count(path): return len(path.read_text())\n"
    )
    bench.task(
        "s",
        {"command": ["cp", {"$ref": "in.a"}, {"$ref": "out.out"}]},
        code=[{"to": "work.py", "text": source}],
        inputs={"a": {**takes("a.json", "core.Json", adapt="work:lines"), "type": "core.Text"}},
        outputs={"out": gives("out", "core.Json", adapt="work:count")},
    )
    assert json.loads(bench.output(bench.run("s"))) == 3


def test_a_failing_command_between_conversions_keeps_its_status(bench: Workbench) -> None:
    bench.task(
        "s",
        {"run": "exit 7"},
        code=[{"to": "work.py", "text": "def f(v): return v"}],
        outputs={"out": gives("out", adapt="work:f")},
    )
    with pytest.raises(StageError) as caught:
        bench.run("s")
    assert caught.value.exit_status == 7


# -- logs, secrets, metrics ----------------------------------------------------------------------


def test_both_streams_are_logged_in_order_and_whatever_they_hold(bench: Workbench) -> None:
    bench.task("s", {"run": "echo a; echo b >&2; printf 'c\\377\\000d\\n'; printf 'no end'"})
    bench.run("s")
    assert bench.lines[:4] == ["a", "b", "c\ufffd\ufffdd", "no end"]


def test_secrets_reach_the_stage_and_neither_its_log_nor_its_record(bench: Workbench) -> None:
    bench.task(
        "s",
        {"run": 'echo "key is $KEY and $COPY $PARAM_P"; printf "%s" "$KEY" | wc -c'},
        secrets={"KEY": "connection.db.password"},
        env={"COPY": {"$ref": "secrets.KEY"}},
        params={"p": {"$ref": "secrets.KEY"}},
    )
    looked_up: list[str] = []

    def secret(reference: str) -> str:
        looked_up.append(reference)
        return "s3cr3t-value"

    record = bench.run("s", secret=secret)
    assert bench.lines[0] == "key is *** and *** ***"
    assert bench.lines[1].strip() == "12"
    assert looked_up == ["connection.db.password"]
    assert record["params"] == {"p": {"$ref": "secrets.KEY"}}
    assert "s3cr3t" not in json.dumps(record) + "".join(
        found.key + bench.store.files.read(found.key).decode("utf-8", "replace")
        for found in bench.store.files.walk("")
    )


def test_a_failing_stage_does_not_tell_its_secrets(bench: Workbench) -> None:
    bench.task("s", {"run": 'echo "$KEY"; exit 1'}, secrets={"KEY": "variable.key"})
    with pytest.raises(StageError) as caught:
        bench.run("s", secret=lambda _: "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.93", 0.93), ('{"value": 3, "n": 5}', 3), ("NaN", None), ("null", None), ("1e3\n", 1000.0)],
)
def test_a_metrics_value_is_in_the_record(bench: Workbench, text: str, value: float | None) -> None:
    bench.task(
        "s",
        {"run": f"printf '%s' '{text}' > $OUT_VALUE"},
        outputs={"value": gives("accuracy", "core.Accuracy")},
    )
    record = bench.run("s")
    assert record["metrics"] == {"accuracy": value}
    assert record["outputs"]["value"]["value"] == value


@pytest.mark.parametrize("text", ["high", "true", '{"accuracy": 1}', "[1]", ""])
def test_a_metric_that_is_no_number_is_told(bench: Workbench, text: str) -> None:
    bench.task(
        "s",
        {"run": f"printf '%s' '{text}' > $OUT_VALUE"},
        outputs={"value": gives("accuracy", "core.Accuracy")},
    )
    with pytest.raises(OutputError, match="output 'value' of stage 's' must hold a JSON number"):
        bench.run("s")
