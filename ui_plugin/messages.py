"""What goes over the wire: requests that are checked, answers that OpenAPI describes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

MOST_TEXT = 1_000_000
MOST_DEPTH = 50
Text = Annotated[str, StringConstraints(max_length=MOST_TEXT)]
Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    Field(description="Relative to the workspace, with `/`.", examples=["iris/iris.mline.yaml"]),
]
Revision = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{40}$"),
    Field(
        description="Git's id of the file's bytes.",
        examples=["0f2c1f4c5c1d3ff2cf0e3c1e8d0a6c3a6f6b1e9d"],
    ),
]
State = Literal["waiting", "ready", "import-error", "absent"]
EXAMPLE = "mline: 1\nexperiment: hello\nstages:\n  greet:\n    run: echo hello\n"
_COMMIT = "5be3a1c0f5d3c8a7f1e09b6e7d2c4a90b1d8e3f2"
_REVISION = "0f2c1f4c5c1d3ff2cf0e3c1e8d0a6c3a6f6b1e9d"
_AT = "2026-02-03T09:15:00+00:00"


class Strict(BaseModel):
    """A request: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class ErrorText(BaseModel):
    """Why a request was not done."""

    model_config = ConfigDict(extra="allow")
    code: str = Field(description="For programs.", examples=["not-found"])
    message: str = Field(
        description="A sentence for people.",
        examples=["there is no file 'iris.mline.yaml' in the workspace"],
    )


class Error(BaseModel):
    """The shape of every answer that is no success."""

    model_config = ConfigDict(extra="allow")
    error: ErrorText


class May(Answer):
    """What the user may do to some experiment; a single one may be closed to them."""

    read: bool
    edit: bool
    run: bool
    create: bool


class WorkspaceInfo(Answer):
    """Where the experiments lie."""

    kind: Literal["git", "folder"]
    branch: str | None = Field(description="Null when the working copy is at no branch.")
    remote: str | None = Field(description="Where saves are pushed to, without credentials.")
    unpushed: int = Field(description="Commits that the remote does not have yet.")
    problem: str = Field(description="Why nothing can be saved or pushed; empty when all is well.")


class Session(Answer):
    """Who asks, and what they may do."""

    user: str
    may: May
    bundle: str
    project: str
    version: str
    workspace: WorkspaceInfo
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user": "ada",
                "may": {"read": True, "edit": True, "run": True, "create": True},
                "bundle": "experiments",
                "project": "lab",
                "version": "0.1.0",
                "workspace": {
                    "kind": "git",
                    "branch": "main",
                    "remote": "https://git.example.org/lab.git",
                    "unpushed": 0,
                    "problem": "",
                },
            }
        }
    )


class Problems(Answer):
    """How much is wrong with a file."""

    error: int
    warning: int


class Dag(Answer):
    """What Airflow has of an experiment."""

    state: State
    dag_id: str
    paused: bool


class Run(Answer):
    """A run of an experiment's DAG."""

    run_id: str
    state: str
    started: str | None


class Experiment(Answer):
    """An experiment in the list, valid or not."""

    path: str
    experiment: str = Field(description="Its id; empty when the text gives none.")
    title: str
    owner: str
    tags: list[str]
    revision: str
    stages: int
    problems: Problems
    dag: Dag
    runs: list[Run] = Field(description="The last five, the newest first.")
    may_edit: bool


class LibraryFile(Answer):
    """A type library, or the project's settings."""

    path: str
    kind: Literal["library", "project"]
    name: str
    revision: str
    problems: Problems


class Experiments(Answer):
    """All that the user may read."""

    experiments: list[Experiment]
    libraries: list[LibraryFile]


class Modified(Answer):
    """Who changed a file last."""

    by: str
    at: str
    commit: str


class ExperimentText(Answer):
    """A file."""

    path: str
    text: str
    revision: str
    modified: Modified | None
    may_edit: bool
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "path": "hello.mline.yaml",
                "text": EXAMPLE,
                "revision": _REVISION,
                "modified": {"by": "Ada Lovelace", "at": _AT, "commit": _COMMIT},
                "may_edit": True,
            }
        }
    )


class Save(Strict):
    """A text to save, and the revision that it began with."""

    text: Text
    base: Revision
    message: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="", description="The commit's message; empty for one that says what was saved."
    )
    model_config = ConfigDict(
        json_schema_extra={"example": {"text": EXAMPLE, "base": _REVISION}}, extra="forbid"
    )


class Saved(Answer):
    """A save: the file's new revision and the commit that made it."""

    revision: str
    commit: str
    pushed: bool | None = Field(description="Null where there is nothing to push to.")
    notice: str = Field(description="Why it was not pushed; empty when all is well.")
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"revision": _REVISION, "commit": _COMMIT, "pushed": True, "notice": ""}
        }
    )


class Template(Strict):
    """Begin with a template of MLine."""

    template: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Example(Strict):
    """Begin with an example of MLine."""

    example: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Copy(Strict):
    """Begin with another experiment of the workspace."""

    experiment: Path


class FromText(Strict):
    """Begin with a text."""

    text: Text


class Create(Strict):
    """A new file."""

    path: Path
    from_: Template | Example | Copy | FromText = Field(alias="from")
    model_config = ConfigDict(
        json_schema_extra={"example": {"path": "hello.mline.yaml", "from": {"text": EXAMPLE}}},
        extra="forbid",
    )


class Rename(Strict):
    """A file's new path, and the experiment's new id when that changes too."""

    path: Path
    to: Path
    experiment: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = None
    base: Revision | None = None
    model_config = ConfigDict(
        json_schema_extra={"example": {"path": "hello.mline.yaml", "to": "greet.mline.yaml"}},
        extra="forbid",
    )


class Renamed(Answer):
    """A rename, with the other files that it changed."""

    path: str
    revision: str
    commit: str
    dependents: list[str]
    pushed: bool | None
    notice: str


class Removed(Answer):
    """A removal, and the commit that made it."""

    commit: str
    pushed: bool | None
    notice: str


class Dependents(Answer):
    """Files that stop working when this one goes."""

    dependents: list[str]


class Commit(Answer):
    """One commit of a file."""

    commit: str
    by: str
    at: str
    message: str
    path: str


class DagStatus(Answer):
    """Whether a saved text is the DAG that Airflow has."""

    state: State
    dag_id: str
    paused: bool
    revision_seen: str | None = Field(description="The revision that the DAG was made from.")
    error: str | None = Field(description="Airflow's import error of the saved text.")


def _depth(value: Any) -> int:
    """Return how deep a value of JSON is."""
    deepest, level = 0, [value]
    while level and deepest <= MOST_DEPTH:
        deepest += 1
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return deepest


class Trigger(Strict):
    """A run to start."""

    params: dict[str, Any] = Field(default_factory=dict, max_length=1000)

    @field_validator("params")
    @classmethod
    def _not_too_deep(cls, params: dict[str, Any]) -> dict[str, Any]:
        if _depth(params) > MOST_DEPTH:
            raise ValueError(f"params are nested at most {MOST_DEPTH} deep")
        return params

    unpause: bool = Field(default=False, description="Let a paused DAG run from now on.")
    model_config = ConfigDict(json_schema_extra={"example": {"params": {}}}, extra="forbid")


class Triggered(Answer):
    """The run that was started, and its page in Airflow, relative to Airflow's root."""

    run_id: str
    url: str


class TemplateInfo(Answer):
    """Something to begin with."""

    id: str
    title: str
    doc: str
    kind: Literal["template", "example"]
