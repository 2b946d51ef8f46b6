"""Stages as containers of a Docker Engine, on Airflow's own DockerOperator.

DockerOperator mounts folders of the host, which a remote engine does not have, and has no place
between creating a container and starting it. So a stage runs as `docker_runner` runs it everywhere;
the operator gives the connection, the settings that a cluster policy may have changed, and the end.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.docker.hooks.docker import DockerHook
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk.exceptions import AirflowException

from mline_airflow.connections import log_in_before_it_asks
from mline_airflow.dag_factory.quantities import cpu, memory
from mline_airflow.operators.tasks import PlannedTask
from mline_airflow.policy import configured_policy
from mline_airflow.runners.docker_client import (
    TIMEOUT,
    EngineError,
    api_version,
    certificates,
    check_address,
    keep_alive,
    of_context,
    telling,
    tls_config,
)
from mline_airflow.runners.docker_limits import Limits
from mline_airflow.runners.docker_runner import DockerRunner
from mline_airflow.runners.docker_settings import DockerSettings
from mline_airflow.runners.docker_spec import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from mline_airflow.dag_factory.emit import Arguments
    from mline_airflow.dag_factory.plan import Plan, Task
    from mline_airflow.operators.copies import Construct
    from mline_airflow.operators.tasks import MakeStage

_USUAL = "unix://var/run/docker.sock"
"""What DockerOperator takes where neither its arguments nor DOCKER_HOST name an engine."""
_FIXED: dict[str, Any] = {
    "mount_tmp_dir": False,
    # The record says what happened; a container that is kept would only fill the engine's disk.
    "auto_remove": "force",
}


class DockerStageOperator(DockerOperator, PlannedTask):
    """Runs a stage in a container.

    DockerOperator stands first: Airflow wraps a constructor once more when the first parent has
    another one.
    """

    template_fields: Sequence[str] = ("image", "does", "values")
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = PlannedTask.template_fields_renderers
    ui_color = "#e0f2fe"

    def execute(self, context: Context) -> dict[str, Any]:  # type: ignore[override]  # our record
        """Run the stage by the stage protocol and return its record."""
        return PlannedTask.execute(self, context)

    @cached_property
    def hook(self) -> DockerHook:
        """Airflow's hook, with a TLS that the worker's own certificates do not stand in for."""
        url, tls = self.engine
        return DockerHook(
            docker_conn_id=None,  # `_client` logs in when it must, as services do
            base_url=url,
            version=self._version(),
            tls=tls,
            timeout=int(TIMEOUT),
        )

    @cached_property
    def engine(self) -> tuple[Any, Any]:
        """The engine's address and TLS: where nothing names one, those of `docker`'s context.

        DockerOperator itself knows DOCKER_HOST only, and would leave stages elsewhere than their
        services.
        """
        for url in [self.docker_url] if isinstance(self.docker_url, str) else self.docker_url:
            check_address(url)
        wanted = DockerSettings.from_profile(self.plan["profile"]).url
        named = self.docker_url != _USUAL or bool(wanted or os.environ.get("DOCKER_HOST"))
        context = {} if named else of_context()
        ca, cert, key = certificates(
            self.tls_ca_cert, self.tls_client_cert, self.tls_client_key, named=named
        )
        tls = tls_config(ca, cert, key) if ca or cert else context.get("tls", False)
        return context.get("base_url", self.docker_url), tls

    def _version(self) -> str | None:
        """Return the version to speak; one that is left to the engine is asked for quickly.

        Which one of several engines it is, the hook finds out.
        """
        url, tls = self.engine
        if self.api_version not in (None, "auto") or not isinstance(url, str):
            return self.api_version
        return api_version(base_url=url, tls=tls, timeout=TIMEOUT)

    def runner(self, context: Context) -> DockerRunner:  # noqa: ARG002 - for subclasses
        """Return what runs the stage, over this operator's connection."""
        runner = DockerRunner(self._settings(), self._client, limits=self._limits())
        self.__dict__["_runner"] = runner
        return runner

    def on_kill(self) -> None:
        """Stop the container and remove it: this process may not live to do so later."""
        runner = self.__dict__.get("_runner")
        if runner is not None:
            runner.kill()
            runner.discard()

    def _client(self) -> Any:
        """Return the hook's client, or the reason why there is none in our words."""
        where = f"the Docker Engine at {self.engine[0]}"
        try:
            with telling(where):
                client = keep_alive(self.hook.api_client)
        except AirflowException as error:
            # The hook has logged what the engine's address answered.
            raise EngineError(f"{where} does not answer; is it running?") from error
        if self.docker_conn_id:
            return log_in_before_it_asks(client, self.docker_conn_id)
        return client

    def _settings(self) -> DockerSettings:
        """Return the profile's settings, as far as this operator has not been given others."""
        profile = DockerSettings.from_profile(self.plan["profile"])
        settings = DockerSettings(
            network=self.network_mode,
            user=None if self.user is None else str(self.user),
            dns=tuple(self.dns or ()),
            extra_hosts=self.extra_hosts or {},
            shm_size=self.shm_size or profile.shm_size,
            read_only=profile.read_only,
            pull="always" if self.force_pull else profile.pull,
            files=profile.files,
            shared=profile.shared,
        )
        settings.check()
        return settings

    def _limits(self) -> Limits:
        """Return what the container may take; one CPU is DockerOperator's word for no limit."""
        unlimited = self.cpus == 1 and "cpu" not in self.planned.get("resources", {})
        from docker.utils import parse_bytes

        # What names no limit may not take more than what names the greatest.
        most = configured_policy().limited({})
        return Limits(
            cpu(most.get("cpu", "")) if unlimited else self.cpus,
            int(parse_bytes(self.mem_limit)) if self.mem_limit else memory(most.get("memory", "")),
            tuple(self.device_requests or ()),
        )


def operators_of(plan: Plan) -> MakeStage:
    """Return what makes the stages of a plan: Airflow's arguments and what the engine needs."""
    common = {**_FIXED, **_of_profile(DockerSettings.from_profile(plan["profile"]))}

    def make(task: Task, arguments: Arguments, construct: Construct) -> DockerStageOperator:
        arguments |= common
        arguments["image"] = task.get("image", "")
        if "resources" in task:
            arguments |= _of_limits(Limits.of(task["resources"]))
        operator = construct(DockerStageOperator, arguments)
        # Not by the constructor: it would be copied. The run's own labels come when it starts.
        operator.__dict__["labels"] = labels(plan, task)
        return operator

    return make


def _of_profile(settings: DockerSettings) -> Arguments:
    return {
        "docker_url": settings.url,
        "docker_conn_id": settings.connection,
        "tls_ca_cert": settings.ca,
        "tls_client_cert": settings.cert,
        "tls_client_key": settings.key,
        "network_mode": settings.network,
        "user": settings.user,
        "dns": list(settings.dns) or None,
        "extra_hosts": dict(settings.extra_hosts) or None,
        "shm_size": settings.shm_size,
        "force_pull": settings.pull == "always",
    }


def _of_limits(limits: Limits) -> Arguments:
    known = {
        "cpus": limits.cpus,
        "mem_limit": limits.memory,
        "device_requests": list(limits.devices),
    }
    return {key: value for key, value in known.items() if value}
