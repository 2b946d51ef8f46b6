"""What is large, odd or hostile: the same for every runner."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

import pytest
from workbench import gives, takes

from mline_airflow.failures import MLineError, OutputError, StageError

if TYPE_CHECKING:
    from workbench import Workbench

FOLDER = {"out": gives("made", "core.Folder")}
GIB = 1 << 30


def paths(bench: Workbench, output: dict[str, object]) -> list[tuple[str, str]]:
    return [(entry.kind, entry.path) for entry in bench.store.entries(bench.artifact(output))]


def test_names_with_spaces_and_unicode_come_and_go(bench: Workbench) -> None:
    for name in ("a b/ü ñ.txt", "日本/語.txt", "-dash", "tab\there", "quote'\"$x", "new\nline"):
        bench.write(f"in/{name}", name)
    bench.task(
        "s",
        {"command": ["cp", "-r", {"$ref": "in.data"}, {"$ref": "out.out"}]},
        inputs={"data": takes("in", "core.Folder")},
        outputs=FOLDER,
    )
    record = bench.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]


def test_empty_folders_and_links_inside_come_and_go(bench: Workbench) -> None:
    (bench.root / "in/empty/deep").mkdir(parents=True)
    bench.write("in/file", "F")
    (bench.root / "in/link").symlink_to("file")
    bench.write("in/tool", "#!/bin/sh\n").chmod(0o755)
    bench.task(
        "s",
        {"run": 'cp -r "$IN_DATA" "$OUT_OUT"; mkdir "$OUT_NONE"'},
        inputs={"data": takes("in", "core.Folder")},
        outputs={**FOLDER, "none": gives("none", "core.Folder")},
    )
    record = bench.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]
    assert paths(bench, record["outputs"]["out"]) == [
        ("folder", "empty/deep"),
        ("file", "file"),
        ("link", "link"),
        ("exec", "tool"),
    ]
    assert record["outputs"]["none"]["files"] == 0


def test_a_file_with_two_names_comes_as_two_files(bench: Workbench) -> None:
    script = 'mkdir "$OUT_OUT"; echo A > "$OUT_OUT/a"; ln "$OUT_OUT/a" "$OUT_OUT/b"'
    bench.task("s", {"run": script}, outputs=FOLDER)
    assert bench.run("s")["outputs"]["out"]["files"] == 2


@pytest.mark.parametrize(
    "script",
    [
        'ln -s /etc/passwd "$OUT_OUT/evil"',
        'ln -s ../../params.json "$OUT_OUT/evil"',
        'ln -s nowhere "$OUT_OUT/evil"',
        'mkfifo "$OUT_OUT/evil"',
    ],
    ids=["absolute", "out", "nowhere", "pipe"],
)
def test_what_cannot_be_kept_is_refused(bench: Workbench, script: str) -> None:
    bench.task("s", {"run": f'mkdir "$OUT_OUT"; {script}'}, outputs=FOLDER)
    with pytest.raises(OutputError, match="output 'out' of stage 's' cannot be kept") as caught:
        bench.run("s")
    assert caught.value.code == "bad-output"
    assert "evil" in str(caught.value)


def test_five_thousand_small_files_come_and_go(bench: Workbench) -> None:
    for number in range(5000):
        bench.write(f"in/{number % 50}/{number}.txt", f"{number}\n")
    bench.task(
        "s",
        {"command": ["cp", "-r", {"$ref": "in.data"}, {"$ref": "out.out"}]},
        inputs={"data": takes("in", "core.Folder")},
        outputs=FOLDER,
    )
    record = bench.run("s")
    assert record["outputs"]["out"]["files"] == 5000
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_file_of_two_gibibytes_comes_and_goes(bench: Workbench) -> None:
    with bench.write("big", os.urandom(1 << 20)).open("r+b") as file:
        file.truncate(2 * GIB)
    bench.task(
        "s",
        {"command": ["cp", {"$ref": "in.data"}, {"$ref": "out.out"}]},
        inputs={"data": takes("big")},
        outputs={"out": gives("made")},
    )
    with MostMemory() as most:
        record = bench.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]
    assert most() < GIB // 4


class MostMemory:
    """How much more memory this process had at most than at the beginning, in bytes."""

    def __enter__(self) -> Self:
        # Linux forgets the peak when it is asked to.
        with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
            file.write("5")
        self._before = self._peak()
        return self

    def __exit__(self, *_: object) -> None:
        self._after = self._peak()

    def __call__(self) -> int:
        return self._after - self._before

    @staticmethod
    def _peak() -> int:
        with open("/proc/self/status") as file:  # noqa: PTH123
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


def test_a_huge_log_arrives_whole(bench: Workbench) -> None:
    count = 200_000
    source = f"def f():\n    for i in range({count}): print(i, 'x' * 100)\n"
    bench.call("s", source)
    bench.run("s")
    assert bench.lines[count - 1].startswith(f"{count - 1} x")
    assert bench.lines[count:] == ["gave no artifacts"]


def test_a_line_without_end_comes_in_pieces(bench: Workbench) -> None:
    bench.call("s", "import sys\ndef f(): sys.stdout.write('y' * 3_000_000)\n")
    bench.run("s")
    assert "".join(bench.lines[:-1]) == "y" * 3_000_000
    assert len(bench.lines) > 100


def test_a_log_of_bytes_is_shown_as_text(bench: Workbench) -> None:
    bench.call("s", "import os\ndef f(): os.write(1, bytes(range(256)) * 1000 + b'\\nend\\n')\n")
    bench.run("s")
    assert bench.lines[-2] == "end"
    shown = set("".join(bench.lines)) - {"\t", "\x1b"}
    assert all(character.isprintable() or character > "\x7f" for character in shown)


def test_a_program_that_a_signal_ended_says_so(bench: Workbench) -> None:
    bench.task("s", {"run": "sh -c 'kill -9 $$'"})
    with pytest.raises(StageError, match="exit status 137") as caught:
        bench.run("s")
    assert caught.value.exit_status == 137


def test_a_stage_that_is_killed_from_outside_ends_soon(bench: Workbench) -> None:
    bench.task("s", {"run": "echo begun; sleep 600"})
    runner = bench.make_runner()
    begun = threading.Event()

    def log(line: str) -> None:
        if line == "begun":
            begun.set()

    killer = threading.Thread(target=lambda: (begun.wait(60), runner.kill()))
    killer.start()
    with pytest.raises(StageError, match="stage 's' was ended") as caught:
        bench.run("s", runner=runner, log=log)
    killer.join()
    assert caught.value.code == "stage-killed"


def test_a_stage_that_is_killed_before_it_begins_does_not_run(bench: Workbench) -> None:
    bench.task("s", {"run": "sleep 600"})
    runner = bench.make_runner()
    runner.kill()
    with pytest.raises(StageError) as caught:
        bench.run("s", runner=runner)
    assert caught.value.code == "stage-killed"


def test_a_damaged_input_is_told_before_the_stage_runs(bench: Workbench) -> None:
    bench.write("a", b"A" * 100_000)
    bench.task(
        "first",
        {"run": 'cp "$IN_A" "$OUT_OUT"'},
        inputs={"a": takes("a")},
        outputs={"out": gives("first.out")},
    )
    bench.task("s", {"run": "echo ran"}, inputs={"a": takes({"task": "first", "port": "out"})})
    output = bench.run("first")["outputs"]["out"]
    artifact = bench.artifact(output)
    bench.store.files.write(artifact.key, b"B" * 100_000)
    with pytest.raises(MLineError, match="is not what its name says") as caught:
        bench.run("s")
    assert caught.value.code == "artifact-corrupt"
    assert "ran" not in bench.lines


def test_a_stage_may_write_beside_its_code(bench: Workbench) -> None:
    bench.task("s", {"run": 'echo A > beside; cp beside "$OUT_OUT"'}, outputs={"out": gives("o")})
    assert bench.text(bench.run("s")) == "A\n"


def test_the_dates_of_inputs_can_be_put_into_a_zip_file(bench: Workbench) -> None:
    bench.write("in/a", "A")
    bench.call(
        "s",
        "import shutil\n"
        "def f(data, out):\n    shutil.make_archive('z', 'zip', data); shutil.copy('z.zip', out)\n",
        inputs={"data": takes("in", "core.Folder")},
        outputs={"out": gives("o")},
    )
    assert bench.output(bench.run("s"))[:2] == b"PK"
