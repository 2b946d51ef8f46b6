"""The contract that `lint-imports` checks: imports between folders go one way only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class DirectionContract(Contract):
    """A module imports only from its own layer and from the ones listed above it.

    `layers` are listed from the one that everybody may import. A module belongs to the longest
    listed name that it lies below, so `mline_airflow` stands for all that no other layer names:
    import-linter's own `layers` would want each of these modules listed.
    """

    type_name = "direction"

    layers = fields.ListField(subfield=fields.StringField())
    open_to_all = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - the base class calls it so
        """Collect the imports that go the wrong way."""
        wrong = [
            detail
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported not in (self.open_to_all or ())
            and self._rank(importer) < self._rank(imported)
            for detail in graph.get_import_details(importer=importer, imported=imported)
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each wrong import with its line."""
        for detail in check.metadata["wrong"]:
            output.print_error(
                f"{detail['importer']} -> {detail['imported']} (line {detail['line_number']})",
                bold=False,
            )

    def _rank(self, module: str) -> int:
        """Return the layer's place; what is not ours is below all of them."""
        own = [name for name in self.layers if f"{module}.".startswith(f"{name}.")]
        return list(self.layers).index(max(own, key=len)) if own else -1
