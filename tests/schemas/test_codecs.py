"""Codecs of the built-in types: what is saved is what is loaded; what does not fit is refused."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreters import VERSIONS, interpreter

from mline_airflow.dag_factory.builtin import LIBRARIES, builtin

TYPES = Path(__file__).resolve().parents[2] / "schemas" / "types"
NEEDS = {"ParquetTable": "pandas", "SkopsModel": "skops"}
WITH_SAMPLE = [
    f"{library}.{decl.name.text}"
    for library in LIBRARIES
    for decl in builtin(library)[0].types.values()
    if decl.sample
]


def content(path: Path):
    """Return the bytes of a file, or of all files of a folder by relative path."""
    if path.is_file():
        return path.read_bytes()
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def comparable(value):  # noqa: PLR0911 - one line a kind of value
    """Return the value in a form that `==` compares by content."""
    if hasattr(value, "get_params"):
        return {k: str(v) for k, v in value.get_params().items()}, value.n_features_in_
    if hasattr(value, "module") and hasattr(value, "graph"):
        return {k: v.tolist() for k, v in value.state_dict.items()}
    if hasattr(value, "to_dict"):
        return value.to_dict("records"), list(value.dtypes)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return str(value.dtype), value.tolist()
    if isinstance(value, Path):
        return content(value)
    if isinstance(value, dict):
        return {key: comparable(child) for key, child in value.items()}
    return value


@pytest.mark.parametrize("name", WITH_SAMPLE)
def test_a_sample_survives_loading_and_saving(name, types, function_of, tmp_path):
    library, _, bare = name.partition(".")
    # Imported here, because a sample may be written without what its codec needs.
    needed = NEEDS.get(bare, {"sklearn": "sklearn", "torch": "torch"}.get(library))
    if needed is not None:
        pytest.importorskip(needed)
    type_ = types.types[name]
    load = function_of(type_.codec_library, type_.load)
    save = function_of(type_.codec_library, type_.save)
    # Paths of a stage have no suffix: no codec may depend on one, or add one.
    first, second = tmp_path / "first", tmp_path / "second"
    function_of(type_.sample_library, type_.sample)(first)
    value = load(first)
    save(value, second)
    assert second.is_dir() == bool(type_.format.get("folder"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["first", "second"]
    assert comparable(load(second)) == comparable(value)


PLAIN = """
import importlib, json, sys
from pathlib import Path
for folder, cases in json.loads(sys.argv[1]).items():
    sys.path.insert(0, folder)
    for number, (sample, load, save) in enumerate(cases):
        get = lambda ref: getattr(importlib.import_module(ref.split(":")[0]), ref.split(":")[1])
        one, two = (Path(sys.argv[2], "%s-%d-%d" % (Path(folder).name, number, i)) for i in (1, 2))
        get(sample)(one)
        value = get(load)(one)
        get(save)(value, two)
        again = get(load)(two)
        assert again == value or isinstance(value, Path), (sample, value, again)
        sys.stdout.write(sample + "\\n")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_codecs_of_plain_files_need_the_standard_library_only(version, types, tmp_path):
    python = interpreter(version)
    cases: dict[str, list[list[str]]] = {}
    for name in WITH_SAMPLE:
        type_ = types.types[name]
        library = name.partition(".")[0]
        if library in ("core", "text") and type_.codec_library == library and "Parquet" not in name:
            cases.setdefault(str(TYPES / library), []).append(
                [type_.sample, type_.load, type_.save]
            )
    ran = subprocess.run(
        [python, "-I", "-B", "-S", "-c", PLAIN, json.dumps(cases), tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()) == sum(map(len, cases.values())) > 15


# -- tables ----------------------------------------------------------------------------------------


@pytest.fixture
def without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)


def core(function_of, name):
    module = {
        "csv": "table_codecs",
        "parquet": "table_codecs",
        "png": "figure_codecs",
        "svg": "figure_codecs",
        "metric": "measurement_codecs",
        "curve": "measurement_codecs",
        "confusion_matrix": "measurement_codecs",
    }.get(name, "file_codecs")
    return (
        function_of("core", f"{module}:load_{name}"),
        function_of("core", f"{module}:save_{name}"),
    )


@pytest.mark.usefixtures("without_pandas")
def test_a_csv_table_without_pandas_is_a_list_of_dicts_with_numbers(function_of, tmp_path):
    load, save = core(function_of, "csv")
    path = tmp_path / "table"
    rows = [
        {"n": 1, "x": 0.5, "code": "007", "note": 'a "b",\nc'},
        {"n": None, "x": 2.0, "code": "1", "note": "é"},
    ]
    save(rows, path)
    assert load(path) == rows
    path.write_text("a,b\n1,2\n3\n", "utf-8")
    with pytest.raises(ValueError, match="record 3 has 1 values, the header 2"):
        load(path)


@pytest.mark.usefixtures("without_pandas")
@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "count": st.integers(-(10**12), 10**12),
                "size": st.floats(allow_nan=False, allow_infinity=False),
                "text": st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(
                    "t".__add__
                ),
            }
        ),
        min_size=1,
    )
)
def test_rows_survive_csv(tmp_path_factory, function_of, rows):
    load, save = core(function_of, "csv")
    path = tmp_path_factory.mktemp("rows") / "table"
    save(rows, path)
    assert load(path) == rows


def test_tables_come_in_every_form(function_of, tmp_path):
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    frame = pandas.DataFrame(rows)
    for name in ("csv", "parquet"):
        load, save = core(function_of, name)
        for value in (rows, {"a": [1, 2], "b": ["x", "y"]}, frame, pyarrow.table(frame)):
            save(value, tmp_path / "table")
            assert load(tmp_path / "table").to_dict("records") == rows
        named = frame.set_index("b")
        save(named, tmp_path / "table")
        loaded = load(tmp_path / "table")
        assert loaded.reset_index()[["a", "b"]].to_dict("records") == rows
        for wrong in ("a,b", 3, [1, 2], {"a": [1], "b": [1, 2]}):
            with pytest.raises(TypeError, match="table"):
                save(wrong, tmp_path / "table")


# -- measurements ----------------------------------------------------------------------------------


def test_a_metric_is_a_number_in_any_form(function_of, tmp_path):
    load, save = core(function_of, "metric")
    path = tmp_path / "metric"
    for value, text in (
        (0.5, {"value": 0.5}),
        (3, {"value": 3}),
        ({"value": 0.5, "deviation": 0.1}, {"value": 0.5, "deviation": 0.1}),
        (math.nan, {"value": None}),
        (math.inf, {"value": None}),
    ):
        save(value, path)
        assert json.loads(path.read_text("utf-8")) == text
    assert math.isnan(load(path))
    path.write_text("0.25", "utf-8")
    assert load(path) == 0.25
    for text in ("true", '"0.5"', "{}", "[1]"):
        path.write_text(text, "utf-8")
        with pytest.raises((TypeError, ValueError), match="a metric"):
            load(path)
    for wrong in (True, "0.5", [1], {"score": 1}, None):
        with pytest.raises((TypeError, ValueError), match="number"):
            save(wrong, path)


def test_numbers_of_numpy_are_numbers(function_of, tmp_path):
    numpy = pytest.importorskip("numpy")
    load, save = core(function_of, "metric")
    path = tmp_path / "value"
    save(numpy.float32(0.5), path)
    assert load(path) == 0.5
    load, save = core(function_of, "curve")
    save(numpy.array([[0, 1], [1, numpy.nan]]), path)
    assert load(path) == [[0, 1], [1, None]]
    load, save = core(function_of, "confusion_matrix")
    save(numpy.array([[3, 1], [0, 2]]), path)
    assert load(path) == {"labels": ["0", "1"], "matrix": [[3, 1], [0, 2]]}
    load, save = core(function_of, "json")
    save({"a": numpy.arange(2), numpy.int64(3): float("nan"), "t": (1, 2)}, path)
    assert load(path) == {"a": [0, 1], "3": None, "t": [1, 2]}


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ([0.5, 0.25], [[0, 0.5], [1, 0.25]]),
        ([(0, 1), (1, math.inf)], [[0, 1], [1, None]]),
        ({"x": [1, 2], "y": [3, 4]}, [{"x": 1, "y": 3}, {"x": 2, "y": 4}]),
        ([{"x": 1, "y": 2, "series": "train"}], [{"x": 1, "y": 2, "series": "train"}]),
        ([], []),
    ],
)
def test_a_curve_comes_in_every_form(value, points, function_of, tmp_path):
    load, save = core(function_of, "curve")
    save(value, tmp_path / "curve")
    assert load(tmp_path / "curve") == points


@pytest.mark.parametrize(
    "value", [[[1, 2, 3]], [{"x": 1}], {"a": [1]}, {"x": [1], "y": []}, ["a"], [None, True]]
)
def test_what_is_no_curve_is_refused(value, function_of, tmp_path):
    _load, save = core(function_of, "curve")
    with pytest.raises((TypeError, ValueError), match=r"point|number|curve|equally long"):
        save(value, tmp_path / "curve")


def test_a_confusion_matrix_is_square(function_of, tmp_path):
    load, save = core(function_of, "confusion_matrix")
    path = tmp_path / "matrix"
    save((["a", "b"], [[1.0, 0], [0.5, 2]]), path)
    assert load(path) == {"labels": ["a", "b"], "matrix": [[1, 0], [0.5, 2]]}
    for wrong in (
        {"labels": ["a"], "matrix": [[1, 2]]},
        {"labels": ["a", "b"], "matrix": [[1, 2]]},
    ):
        with pytest.raises(ValueError, match="one row and one column a label"):
            save(wrong, path)
    path.write_text('{"labels": []}', "utf-8")
    with pytest.raises(ValueError, match="labels and a matrix"):
        load(path)


# -- figures, texts, folders -----------------------------------------------------------------------


def test_a_figure_of_matplotlib_becomes_png_or_svg(function_of, tmp_path):
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    for name, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        load, save = core(function_of, name)
        for value in (figure, axes):
            save(value, tmp_path / name)
            assert (tmp_path / name).read_bytes().startswith(start)
        loaded = load(tmp_path / name)
        save(loaded, tmp_path / "again")
        assert load(tmp_path / "again") == loaded


def test_an_image_of_pillow_becomes_png(function_of, tmp_path):
    image = pytest.importorskip("PIL.Image")
    load, save = core(function_of, "png")
    save(image.new("RGB", (3, 2)), tmp_path / "figure")
    with image.open(tmp_path / "figure") as opened:
        assert (opened.size, opened.format) == ((3, 2), "PNG")
    assert load(tmp_path / "figure").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "wrong"), [("png", b"GIF89a"), ("png", 3), ("svg", "<html>"), ("svg", 3)]
)
def test_what_is_no_figure_is_refused(name, wrong, function_of, tmp_path):
    _load, save = core(function_of, name)
    with pytest.raises((TypeError, ValueError), match=r"figure|no PNG|no SVG"):
        save(wrong, tmp_path / "figure")
    assert not (tmp_path / "figure").exists()


def test_a_text_keeps_its_line_ends(function_of, tmp_path):
    load, save = core(function_of, "text")
    save("a\r\nb\n", tmp_path / "text")
    assert (tmp_path / "text").read_bytes() == b"a\r\nb\n"
    assert load(tmp_path / "text") == "a\r\nb\n"
    with pytest.raises(TypeError, match="not bytes"):
        save(b"a", tmp_path / "text")


def test_json_lines_are_a_list_of_values(function_of, tmp_path):
    load, save = core(function_of, "json_lines")
    path = tmp_path / "lines"
    save(iter([{"a": [1]}, "é", None]), path)
    assert path.read_text("utf-8") == '{"a": [1]}\n"é"\nnull\n'
    assert load(path) == [{"a": [1]}, "é", None]
    for wrong in ("abc", {"a": 1}, b"a"):
        with pytest.raises(TypeError, match="a list of values"):
            save(wrong, path)


def test_what_json_cannot_hold_is_refused(function_of, tmp_path):
    _load, save = core(function_of, "json")
    with pytest.raises(TypeError, match="object is not JSON"):
        save({"a": object()}, tmp_path / "json")


def test_a_folder_is_copied_or_written_and_nothing_leaves_it(function_of, tmp_path):
    _load, save = core(function_of, "folder")
    save({"a.txt": "one", "b/c.bin": b"\0"}, tmp_path / "first")
    save(tmp_path / "first", tmp_path / "second")
    assert content(tmp_path / "second") == {"a.txt": b"one", "b/c.bin": b"\0"}
    for name in ("../evil", "/tmp/evil", "a/../../evil"):
        with pytest.raises(ValueError, match="leads out of the folder"):
            save({name: "x"}, tmp_path / "third")
    with pytest.raises(TypeError, match="a folder is a path"):
        save([1], tmp_path / "fourth")
