"""The engine of the tests is what the other tests take it for."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from docker_engine import DockerEngine

SCRIPT = Path(__file__).with_name("docker.sh")


def _run(engine: DockerEngine, image: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "--host", engine.host, "run", "--rm", engine.image(image), *command],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("image", "command", "status"),
    [
        ("busybox", ["sh", "-c", "! command -v python3"], 0),
        ("static", ["sh", "-c", "true"], 127),
        ("static", ["true"], 0),
        ("python", ["python3", "-c", "import ssl, sqlite3, lzma"], 0),
        ("nonroot", ["sh", "-c", 'test "$(id -u)" = 1000 && touch "$HOME/mine"'], 0),
        ("sklearn", ["python3", "-c", "import sklearn.svm, pandas, pyarrow, matplotlib.figure"], 0),
    ],
)
def test_an_image_has_what_it_promises(
    docker_engine: DockerEngine, image: str, command: list[str], status: int
):
    assert _run(docker_engine, image, *command).returncode == status


def test_an_image_is_pulled_from_the_registry_by_its_digest(docker_engine: DockerEngine):
    if docker_engine.registry is None:
        pytest.skip("another engine has no registry of ours")
    name = docker_engine.publish("busybox")
    client = docker_engine.client()
    try:
        client.remove_image(name)
        client.pull(name)
        assert name in client.inspect_image(name)["RepoDigests"]
    finally:
        client.close()


def test_an_engine_of_our_own_leaves_the_tables_of_iptables_alone(docker_engine: DockerEngine):
    if docker_engine.registry is None:
        pytest.skip("this is another engine")
    told = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    status = subprocess.run([SCRIPT, "status"], check=True, capture_output=True, text=True).stdout
    assert "dockerd: up" in status
    assert "mline-t" not in told
