"""What stands of a text that breaks off: everything but the lines that cannot be read.

The compiler cuts such a text where it breaks and reports no more than is certain; its findings stay
as they are. Editors show what stands behind as well. Places are those of the real text.
"""

from __future__ import annotations

from dataclasses import replace

from ..analysis import Analysis
from ..build_experiment import build_experiment
from ..diagnostic import Collector
from ..resolve import resolve
from ..text import SourceFile
from ..tree import Tree
from .mending import readable

_CUT_OFF = ("yaml-syntax", "several-documents", "invalid-character")


def standing(analysis: Analysis) -> Analysis:
    """Return the analysis with all of an experiment that can be read; the findings stay."""
    if analysis.kind != "experiment" or analysis.types is None:
        return analysis
    if not any(d.code in _CUT_OFF for d in analysis.diagnostics):
        return analysis
    read = readable(analysis.source.text)
    if read is None:
        return analysis
    text, root = read
    found = Collector(SourceFile(analysis.source.path, text))
    experiment = build_experiment(Tree(root, complete=False), found)
    if experiment is None:
        return analysis
    resolved = resolve(experiment, analysis.types, found)
    return replace(analysis, tree=root, model=experiment, resolved=resolved)
