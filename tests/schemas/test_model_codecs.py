"""Codecs of models: what they refuse, and that no foreign code runs."""

from __future__ import annotations

import pytest


def test_a_model_of_scikit_learn_is_an_estimator(function_of, tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("skops")
    for name in ("joblib", "skops"):
        with pytest.raises(TypeError, match="an estimator, not dict"):
            function_of("sklearn", f"sklearn_codecs:save_{name}")({}, tmp_path / "model")


class Unknown:
    """Looks like an estimator; skops has never heard of it."""

    def get_params(self):
        return {}


def test_a_skops_model_with_unknown_types_is_not_loaded(function_of, tmp_path):
    skops = pytest.importorskip("skops.io")
    skops.dump(Unknown(), tmp_path / "model")
    with pytest.raises(ValueError, match="types that are not trusted"):
        function_of("sklearn", "sklearn_codecs:load_skops")(tmp_path / "model")


def test_weights_are_what_safetensors_reads_and_writes(function_of, tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    load = function_of("torch", "torch_codecs:load_weights")
    save = function_of("torch", "torch_codecs:save_weights")
    kinds = (
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "bfloat16",
        "float32",
        "float64",
    )
    state = {
        f"{kind}.{i}": torch.ones(shape).to(getattr(torch, kind))
        for kind in kinds
        for i, shape in enumerate([(), (3,), (2, 3), (0, 4)])
    }
    save(state, tmp_path / "ours")
    safetensors.save_file(state, tmp_path / "theirs")
    for path in ("ours", "theirs"):
        for read in (load, safetensors.load_file):
            found = read(tmp_path / path)
            assert set(found) == set(state)
            for name, tensor in state.items():
                assert found[name].dtype == tensor.dtype
                assert torch.equal(found[name], tensor), name


def test_weights_that_do_not_fit_are_refused(function_of, tmp_path):
    torch = pytest.importorskip("torch")
    load = function_of("torch", "torch_codecs:load_weights")
    save = function_of("torch", "torch_codecs:save_weights")
    module = torch.nn.Linear(2, 1)
    save(module, tmp_path / "model")
    torch.nn.Linear(2, 1).load_state_dict(load(tmp_path / "model"))
    transposed = torch.arange(6.0).reshape(2, 3).t()
    save({"t": transposed}, tmp_path / "model")
    assert torch.equal(load(tmp_path / "model")["t"], transposed)
    for wrong in ({"epoch": 3}, [1], {"c": torch.zeros(1, dtype=torch.complex64)}):
        with pytest.raises(TypeError, match=r"tensor|the format lacks"):
            save(wrong, tmp_path / "model")
    for data in (b"", b"\xff" * 20, b"pickle"):
        (tmp_path / "model").write_bytes(data)
        with pytest.raises(ValueError, match="no safetensors file"):
            load(tmp_path / "model")


def test_a_checkpoint_runs_no_code(function_of, tmp_path):
    torch = pytest.importorskip("torch")
    import pickle

    torch.save({"x": Unknown()}, tmp_path / "model")
    with pytest.raises(pickle.UnpicklingError):
        function_of("torch", "torch_codecs:load_checkpoint")(tmp_path / "model")
