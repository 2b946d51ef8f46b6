"""Components, codecs and adapters of the built-in libraries, run together as one experiment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAB = """
mline: 1
library: lab
types:
  Columns:
    is: Stage
    doc: Wants Parquet, so that a CSV table needs an adapter.
    takes: {table: ParquetTable}
    gives: {report: Report}
    run: test "$(head -c 4 "$IN_TABLE")" = PAR1 && echo "# Parquet" > "$OUT_REPORT"
"""

EXPERIMENT = """
mline: 1
experiment: ready
use: [tabular, sklearn, text, ./lab.types.mline.yaml]
defaults: {runner: process}
entities:
  flowers: {is: CsvTable, at: ./iris.csv, target: species}
  mail: {is: TextFile, at: ./mail.txt}
  tuning: {is: Accuracy}
  accuracy: {is: Accuracy}
stages:
  check: {is: tabular.Check, takes: {data: flowers}, with: {rows: 100, filled: [species]}}
  split:
    is: tabular.Split
    takes: {table: flowers}
    gives: {train: CsvTable, valid: CsvTable, test: CsvTable}
    with: {stratify: species, seed: 1}
  describe: {is: tabular.Describe, takes: {table: split.train}}
  columns: {is: Columns, takes: {table: flowers}}
  fit:
    is: sklearn.Train
    takes: {data: split.train}
    with: {estimator: LogisticRegression, target: species, params: {C: 0.001}}
    sweep:
      over: {params: [{C: 0.001}, {C: 1}]}
      pick: max tuning
  tune:
    is: sklearn.Evaluate
    takes: {model: fit.model, data: split.valid}
    gives: {value: tuning}
    with: {target: species}
  score:
    is: sklearn.Evaluate
    takes: {model: fit.model, data: split.test}
    gives: {value: accuracy, matrix: ConfusionMatrix, report: Report}
    with: {target: species}
  predict: {is: sklearn.Predict, takes: {model: fit.model, data: split.test}}
  tokens: {is: text.Tokenize, takes: {data: mail}}
  words: {is: text.BuildVocabulary, takes: {tokens: tokens.data}, with: {special: [<unk>]}}
release: {gate: [accuracy > 0.8]}
"""


@pytest.mark.timeout(600)
def test_ready_stages_make_a_whole_experiment(tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("pyarrow")
    (tmp_path / "iris.csv").write_bytes((ROOT / "examples/iris/data/iris.csv").read_bytes())
    (tmp_path / "mail.txt").write_text("A rose is\na rose.\n\nA rose.\n", "utf-8")
    (tmp_path / "mline.yaml").write_text(
        "profiles: {local: {runner: process, store: ./store}}\n", "utf-8"
    )
    (tmp_path / "lab.types.mline.yaml").write_text(LAB, "utf-8")
    (tmp_path / "ready.mline.yaml").write_text(EXPERIMENT, "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "mline_airflow.cli", "run", "--json", "ready.mline.yaml"],
        cwd=tmp_path,
        env={**os.environ, "AIRFLOW__MLINE__ALLOW_PROCESS_RUNNER": "true", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    result = json.loads(ran.stdout)
    assert (result["status"], result["gate"]) == ("success", True)
    names = {stage["name"] for stage in result["stages"]}
    assert {"flowers__csv_to_parquet", "mail__text_to_corpus", "fit_pick"} <= names
    # A model that may hardly learn is worse than one that may, and was not picked.
    assert result["metrics"]["tuning"] > 0.9
    assert result["metrics"]["accuracy"] > 0.85
    types = {one["entity"]: one["type"] for one in result["artifacts"]}
    assert types["fit.model"] == "sklearn.SklearnPipeline"
    assert types["score.matrix"] == "core.ConfusionMatrix"
    assert types["words.vocabulary"] == "text.Vocabulary"
