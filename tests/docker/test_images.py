"""Stages in images that were not made for MLine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from workbench import Workbench, gives, takes

from mline_airflow.failures import MLineError, StageError

if TYPE_CHECKING:
    from docker_engine import DockerEngine

Bench = Callable[..., Workbench]
OUT = {"out": gives("made")}


def test_a_command_needs_no_shell_in_its_image(bench: Bench) -> None:
    here = bench("static")
    here.write("a", "A")
    here.task(
        "s",
        {"command": ["cp", {"$ref": "in.a"}, {"$ref": "out.out"}]},
        inputs={"a": takes("a")},
        outputs=OUT,
    )
    assert here.text(here.run("s")) == "A"


def test_a_script_in_an_image_without_a_shell_is_told(bench: Bench) -> None:
    here = bench("static")
    here.task("s", {"run": "true"})
    with pytest.raises(StageError) as caught:
        here.run("s")
    image = here.defaults["image"]
    assert str(caught.value) == (
        f"stage 's': `run` needs a shell, and '/bin/sh' is not a program of image '{image}'; "
        "name an interpreter in the script's first line, or use `command`"
    )


def test_a_call_in_an_image_without_python_is_told(bench: Bench) -> None:
    here = bench("busybox")
    here.call("s", "def f(): pass")
    with pytest.raises(StageError) as caught:
        here.run("s")
    assert str(caught.value) == (
        f"stage 's': `call` needs Python, and 'python3' is not a program of image "
        f"'{here.defaults['image']}'"
    )
    assert caught.value.code == "command-not-found"


def test_an_image_that_does_not_exist_is_told(bench: Bench) -> None:
    here = bench("mline-test/no-such-image:7")
    here.task("s", {"command": ["true"]})
    with pytest.raises(MLineError) as caught:
        here.run("s")
    assert caught.value.code == "no-image"
    assert "image 'mline-test/no-such-image:7' is not in the Docker Engine and cannot be " in str(
        caught.value
    )


def test_a_stage_without_an_image_is_told(bench: Bench) -> None:
    here = bench()
    here.task("s", {"command": ["true"]}, image="")
    with pytest.raises(MLineError, match="stage 's' names no image, and its profile none"):
        here.run("s")


def test_a_program_that_may_not_be_executed_is_told(bench: Bench) -> None:
    here = bench()
    here.task("s", {"command": ["/etc/passwd"]})
    with pytest.raises(StageError, match="'/etc/passwd' may not be executed in image"):
        here.run("s")


def test_a_user_who_is_not_root_reads_and_writes(bench: Bench) -> None:
    here = bench("nonroot")
    here.write("in/a", "A")
    here.call(
        "s",
        "import os\n"
        "def f(data, out):\n"
        "    assert os.getuid() == 1000\n"
        "    open('beside', 'w').write('b')\n"
        "    out.mkdir(); (out / 'a').write_text((data / 'a').read_text())\n",
        inputs={"data": takes("in", "core.Folder")},
        outputs={"out": gives("out", "core.Folder")},
    )
    record = here.run("s")
    assert record["outputs"]["out"]["digest"] == record["inputs"]["data"]["digest"]


def test_a_profile_may_say_who_the_user_is(bench: Bench) -> None:
    here = bench("busybox", user="1234:99")
    here.task("s", {"run": 'id -u > "$OUT_OUT"; id -g >> "$OUT_OUT"'}, outputs=OUT)
    assert here.text(here.run("s")) == "1234\n99\n"


def test_a_user_whom_the_image_does_not_know_is_told(bench: Bench) -> None:
    here = bench("busybox", user="grace")
    here.task("s", {"command": ["true"]})
    with pytest.raises(StageError, match=r"stage 's': image '.*' has no user 'grace'"):
        here.run("s")


@pytest.mark.parametrize("image", ["python", "nonroot"])
def test_a_read_only_root_has_its_folders_and_a_place_for_scratch(bench: Bench, image: str) -> None:
    here = bench(image, read_only=True)
    here.write("a", "A")
    here.call(
        "s",
        "import pathlib, tempfile\n"
        "def f(a):\n"
        "    try:\n        pathlib.Path('/etc/here').write_text('')\n"
        "    except OSError as error:\n        refused = error.errno\n"
        "    with tempfile.TemporaryFile() as file:\n        file.write(b'x')\n"
        "    return [refused in (13, 30), a.read_text()]\n",
        inputs={"a": takes("a")},
        outputs={"out": gives("o", "core.Json")},
    )
    assert json.loads(here.output(here.run("s"))) == [True, "A"]


def made_from(client: Any, base: str, name: str, *changes: str) -> str:
    """Make an image with a few lines of a Dockerfile."""
    made = client.create_container(base, ["true"])["Id"]
    client.commit(made, name, tag="1", changes=list(changes))
    client.remove_container(made)
    return f"{name}:1"


def test_a_command_alone_follows_the_entrypoint_of_the_image(bench: Bench, client: Any) -> None:
    here = bench()
    entry = 'ENTRYPOINT ["echo", "entry"]'
    image = made_from(client, here.defaults["image"], "mline-test/entry", entry)
    here.task("s", {"command": ["word"]}, image=image)
    here.task("t", {"command": ["word"]}, image=image, entrypoint=["echo", "own"])
    here.task("u", {"run": "echo script"}, image=image)
    for task in "stu":
        here.run(task)
    assert [line for line in here.lines if "gave" not in line] == [
        "entry word",
        "own word",
        "script",
    ]


def test_where_the_image_looks_for_modules_python_still_does(bench: Bench, client: Any) -> None:
    here = bench("python")
    image = made_from(
        client, here.defaults["image"], "mline-test/pythonpath", "ENV PYTHONPATH=/opt/modules"
    )
    here.call(
        "s",
        "import sys\ndef f(): return [p for p in sys.path if 'mline/code' in p or '/opt' in p]\n",
        image=image,
        outputs={"out": gives("o", "core.Json")},
    )
    assert json.loads(here.output(here.run("s"))) == ["/mline/code", "/mline/code", "/opt/modules"]


def test_an_image_is_pulled_and_named_by_its_digest(
    bench: Bench, client: Any, docker_engine: DockerEngine
) -> None:
    if docker_engine.registry is None:
        pytest.skip("another engine has no registry of ours")
    published = docker_engine.publish("busybox")
    name, digest = published.split("@")
    here = bench()
    for image in (f"{name}:1", published):
        client.remove_image(f"{name}:1", force=True)
        here.task(f"s{len(here.plan['tasks'])}", {"command": ["true"]}, image=image)
        record = here.run(here.plan["tasks"][-1]["id"])
        assert (record["image"], record["image_digest"]) == (image, digest)
        assert f"pulling image {image}" in here.lines


def test_a_stage_in_the_cache_pulls_no_image(
    bench: Bench, client: Any, docker_engine: DockerEngine
) -> None:
    if docker_engine.registry is None:
        pytest.skip("another engine has no registry of ours")
    name = docker_engine.publish("busybox").partition("@")[0] + ":1"
    here = bench()
    here.task("s", {"run": 'echo A > "$OUT_OUT"'}, image=name, outputs=OUT)
    here.run("s")
    client.remove_image(name, force=True)
    assert here.run("s", run="run-2")["cached"] == "run-1"
    assert client.images(name=name) == []
