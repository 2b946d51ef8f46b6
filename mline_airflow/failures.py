"""What can go wrong while an experiment runs: one exception a kind, each with a stable code.

A wrong file is a diagnostic, never one of these. The text of each is written for the person who
runs the experiment, in the words of the file: stages, ports, entities.
"""

from __future__ import annotations

from collections.abc import Sequence


class MLineError(Exception):
    """Something that running could not do. `code` is stable and in kebab-case."""

    code = "failed"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class StoreError(MLineError):
    """The artifact store could not do what was asked."""

    code = "store-failed"


class ArtifactMissingError(StoreError):
    """The store has no such artifact."""

    code = "artifact-missing"


class ArtifactCorruptError(StoreError):
    """What the store holds is not what its digest says."""

    code = "artifact-corrupt"


class StoreFullError(StoreError):
    """There is no space left; nothing was lost."""

    code = "store-full"


class BadTreeError(StoreError):
    """A file or folder that cannot be an artifact: with a link out of it, a socket, a bad name."""

    code = "bad-artifact"


class InputError(MLineError):
    """An input of a stage is not there or may not be read."""

    code = "missing-input"


class OutputError(MLineError):
    """A stage ended well without what it declares."""

    code = "missing-output"


class ParamsError(MLineError):
    """Values for the experiment's params that its schemas do not allow."""

    code = "bad-params"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class ConditionError(MLineError):
    """A condition compares what cannot be compared, or a metric has no value."""

    code = "bad-condition"


class StageError(MLineError):
    """A stage's own process failed.

    `exit_status` is what the process returned, negative for a signal, None when it never ended by
    itself. `last_lines` are the last lines of its log: the user's own error.
    """

    code = "stage-failed"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        exit_status: int | None = None,
        last_lines: Sequence[str] = (),
    ) -> None:
        super().__init__(message, code=code)
        self.exit_status = exit_status
        self.last_lines = tuple(last_lines)


class StageSkippedError(MLineError):
    """Not a failure: a condition said that the task has nothing to do."""

    code = "skipped"


class NotAllowedError(MLineError):
    """The settings of this place forbid it."""

    code = "not-allowed"
