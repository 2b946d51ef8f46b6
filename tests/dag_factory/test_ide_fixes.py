"""Quick fixes: what they change, and that the finding is gone afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from golden import cases, name_of, project_of
from marked import opened

from mline_airflow.dag_factory.diagnostic import Diagnostic
from mline_airflow.dag_factory.ide.opened import Opened
from mline_airflow.dag_factory.ide.quick_fixes import QuickFix, quick_fixes
from mline_airflow.dag_factory.text import Span

HEAD = "mline: 1\nexperiment: x\n"


def applied(text: str, fix: QuickFix) -> str:
    for edit in sorted(fix.edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def fixes(tmp_path: Path, text: str) -> dict[str, str]:
    """Return what each fix makes of a text."""
    one = opened(tmp_path, text)
    found = quick_fixes(one, Span(0, len(text)), one.analysis.diagnostics)
    return {fix.title: applied(text, fix) for fix in found}


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        (
            "stages:\n  s: {run: x, gives: {o: TorchModel}}\n",
            "add 'torch' to 'use'",
            "use: [torch]\nstages:\n  s: {run: x, gives: {o: TorchModel}}\n",
        ),
        (
            "use: sklearn # why\nstages:\n  s: {run: x, gives: {o: TorchModel}}\n",
            "add 'torch' to 'use'",
            "use: [sklearn, torch] # why\nstages:\n  s: {run: x, gives: {o: TorchModel}}\n",
        ),
        (
            "use:\n  - sklearn\nstages: {s: {run: x, gives: {o: TorchModel}}}\n",
            "add 'torch' to 'use'",
            "use:\n  - sklearn\n  - torch\nstages: {s: {run: x, gives: {o: TorchModel}}}\n",
        ),
        (
            "stages: {s: {run: x, with: {depth: $params.deep}}}\n",
            "declare the parameter 'deep'",
            "stages: {s: {run: x, with: {depth: $params.deep}}}\nparams:\n  deep: {}\n",
        ),
        (
            (
                "params:\n  seed: 1  # kept\n"
                "stages: {s: {run: x, env: {A: $params.deep, B: $params.seed}}}\n"
            ),
            "declare the parameter 'deep'",
            (
                "params:\n  seed: 1  # kept\n  deep: {}\n"
                "stages: {s: {run: x, env: {A: $params.deep, B: $params.seed}}}\n"
            ),
        ),
        (
            "stages:\n  s: {is: Train, run: x, takes: {data: things}, gives: {model: Model}}\n",
            "add the entity 'things'",
            (
                "stages:\n  s: {is: Train, run: x, takes: {data: things}, gives: {model: Model}}\n"
                "entities:\n  things: {is: Dataset, at: ./data/things}\n"
            ),
        ),
        (
            "stages:\n  s:\n    run: x\n    takes: {data: prep.out}\n",
            "add the stage 'prep'",
            (
                "stages:\n  s:\n    run: x\n    takes: {data: prep.out}\n"
                "  prep: {run: 'true', gives: {out: Dataset}}\n"
            ),
        ),
        (
            "stages:\n  s:\n    after: prep\n    run: |\n      x\n",
            "add the stage 'prep'",
            "stages:\n  s:\n    after: prep\n    run: |\n      x\n  prep: {run: 'true'}\n",
        ),
        (
            "stages: {s: {command: [x, $services.db.sql.url]}}\n",
            "add the service 'db'",
            (
                "stages: {s: {command: [x, $services.db.sql.url]}}\n"
                "services:\n  db: {image: db, offers: {sql: 8080}}\n"
            ),
        ),
        (
            "stages: {s: {command: [x, $secrets.KEY]}}\n",
            "take 'KEY' from a variable of Airflow",
            "stages: {s: {command: [x, $secrets.KEY], secrets: {KEY: variable.key}}}\n",
        ),
        (
            (
                "entities: {t: {is: CsvTable, at: https://x.org/t}}\n"
                "stages: {s: {is: Train, run: x, gives: {model: Model}, with: {seed: 1}}}\n"
            ),
            "take 't' as 'data'",
            (
                "entities: {t: {is: CsvTable, at: https://x.org/t}}\n"
                "stages: {s: {is: Train, run: x, gives: {model: Model}, with: {seed: 1}, "
                "takes: {data: t}}}\n"
            ),
        ),
        (
            "params:\n  a: 1\n  b: 2 # x\nstages: {s: {command: [$params.a]}}\n",
            "remove 'b'",
            "params:\n  a: 1\nstages: {s: {command: [$params.a]}}\n",
        ),
        (
            "params:\n  # Nothing else.\n  a: 1\nstages: {s: {run: x}}\n",
            "remove 'a'",
            "stages: {s: {run: x}}\n",
        ),
        (
            "params: {a: 1}\nstages: {s: {run: x}}\n",
            "remove 'a'",
            "stages: {s: {run: x}}\n",
        ),
        (
            "params:\n  a: 1 # x\nstages: {s: {run: x}}\n",
            "allow 'unused-param' here",
            "params:\n  a: 1 # x mline: allow unused-param\nstages: {s: {run: x}}\n",
        ),
        (
            "params: {a: 1}\nstages: {s: {run: x}}\n",
            "allow 'unused-param' here",
            "params: {a: 1}  # mline: allow unused-param\nstages: {s: {run: x}}\n",
        ),
        (
            (
                "entities: {t: {is: CsvTable, at: https://x.org/t}}\n"
                "use: [./lab.types.mline.yaml]\n"
                "stages: {s: {is: Look, run: x, takes: {table: t}}}\n"
            ),
            "convert it by 'tabular.csv_to_parquet': add 'tabular' to 'use'",
            (
                "entities: {t: {is: CsvTable, at: https://x.org/t}}\n"
                "use: [./lab.types.mline.yaml, tabular]\n"
                "stages: {s: {is: Look, run: x, takes: {table: t}}}\n"
            ),
        ),
    ],
)
def test_a_fix_writes_what_is_missing(tmp_path: Path, text: str, title: str, expected: str) -> None:
    lab = "mline: 1\nlibrary: lab\ntypes:\n  Look: {is: Stage, takes: {table: ParquetTable}}\n"
    (tmp_path / "lab.types.mline.yaml").write_text(lab, "utf-8")
    assert fixes(tmp_path, HEAD + text)[title] == HEAD + expected
    windows = (HEAD + text).replace("\n", "\r\n")
    assert fixes(tmp_path, windows)[title] == (HEAD + expected).replace("\n", "\r\n")


def test_the_keys_that_begin_a_file_are_written(tmp_path: Path) -> None:
    text = "stages: {s: {run: x}}\n"
    assert fixes(tmp_path, text)["add 'mline: 1'"] == f"mline: 1\n{text}"
    assert fixes(tmp_path, text)["add 'experiment: x'"] == f"experiment: x\n{text}"


def counted(found: tuple[Diagnostic, ...]) -> Counter[tuple[str, str]]:
    return Counter((d.code, d.message) for d in found)


@pytest.mark.parametrize("case", [c for c in cases("err") if c.is_file()], ids=name_of)
def test_every_fix_of_a_case_ends_its_finding(case: Path) -> None:
    project = project_of(case)
    analysis, found = project.checked(case)
    text = analysis.source.text
    for fix in quick_fixes(Opened(project, case, analysis), Span(0, len(text)), found):
        _analysis, after = project.checked(case, applied(text, fix))
        key = (fix.diagnostic.code, fix.diagnostic.message)
        assert counted(after)[key] < counted(found)[key], fix.title
        assert all(d.code != "yaml-syntax" or d.code in {x.code for x in found} for d in after), (
            fix.title
        )
