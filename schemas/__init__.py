"""The vocabulary: JSON Schemas, diagnostic codes and the built-in type libraries."""

from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the files are; `importlib.resources` would cost every start of `mline` 25 ms."""
