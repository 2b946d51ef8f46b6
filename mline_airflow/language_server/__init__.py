"""The language server: what `dag_factory.ide` answers, in the Language Server Protocol."""

from .messages import RefusedError
from .session import Session
from .stateless import answer
from .workspace import Workspace

__all__ = ["RefusedError", "Session", "Workspace", "answer"]
