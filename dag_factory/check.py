"""Runs every rule over a resolved experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .diagnostic import Collector, Diagnostic, catalogue
from .library import TypeNetwork
from .model import ProjectFile
from .network import Network
from .resolved import Resolved
from .rules.patterns import PatternRules
from .rules.seed import seed
from .rules.unused import unused
from .suggest import did_you_mean

Rule = Callable[[Resolved, Network, TypeNetwork, Collector], None]
RULES: tuple[Rule, ...] = (seed, unused)
_ALLOW = "mline: allow "


def check(resolved: Resolved, types: TypeNetwork, found: Collector) -> None:
    """Add the findings of all rules, those of the libraries too."""
    network = resolved.network
    if network is None:
        return
    for rule in RULES:
        rule(resolved, network, types, found)
    if resolved.experiment.complete:
        PatternRules(network, types, found).check()


def check_levels(project: ProjectFile, types: TypeNetwork, found: Collector) -> None:
    """Report codes under `rules` of a project that are not there, or that cannot be changed."""
    own = {rule.name.text.replace("_", "-"): rule.level for rule in types.rules}
    severities = {**{code: info.severity for code, info in catalogue().items()}, **own}
    for code, span in project.rule_places.items():
        if code not in severities:
            hint, fix = did_you_mean(code, severities, span)
            found.add("unknown-rule", span, f"there is no rule '{code}'{hint}", fix=fix)
        elif severities[code] == "error":
            message = (
                f"'{code}' is an error, and stays one: it says that a run would fail or mislead"
            )
            found.add("useless-key", span, message)


def apply_levels(
    diagnostics: tuple[Diagnostic, ...], levels: Mapping[str, str], text: str
) -> tuple[Diagnostic, ...]:
    """Apply a project's `rules` and `# mline: allow code` comments to warnings and infos.

    An error is never turned off: it says that the experiment cannot run, or that it would lie.
    """
    if not levels and _ALLOW not in text:
        return diagnostics
    result = []
    for diagnostic in diagnostics:
        if diagnostic.severity == "error":
            result.append(diagnostic)
            continue
        level = levels.get(diagnostic.code)
        if level == "off" or (_ALLOW in text and _allowed(diagnostic)):
            continue
        if level in ("info", "warning", "error"):
            result.append(diagnostic._replace(severity=level))  # type: ignore[arg-type]
        else:
            result.append(diagnostic)
    return tuple(result)


def _allowed(diagnostic: Diagnostic) -> bool:
    """Tell whether the line, or a comment line right above it, allows the code."""
    source = diagnostic.source
    number = source.position(diagnostic.span.start).line
    lines = [source.line(number)]
    if number > 1 and source.line(number - 1).lstrip().startswith("#"):
        lines.append(source.line(number - 1))
    return any(
        diagnostic.code in line.partition(_ALLOW)[2].replace(",", " ").split() for line in lines
    )
