"""Nothing in Earmark reads or writes a pickle: held by reading the source, not by trust."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import earmark

SOURCES = sorted(Path(earmark.__file__).parent.rglob("*.py"))
MODULES = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
CALLS = {
    "torch.save",
    "torch.load",
    "torch.jit.save",
    "torch.jit.load",
    "load_from_checkpoint",
    "read_pickle",
    "to_pickle",
    "hub.load",
}
NUMPY = {"np.load", "numpy.load", "np.save", "numpy.save", "format.read_array", "format.write_array"}


def offences(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"import {name}" for name in names if name.split(".")[0] in MODULES)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if any(called == call or called.endswith(f".{call}") for call in CALLS):
                yield called
            if any(called == call or called.endswith(f".{call}") for call in NUMPY):
                allowed = {k.arg: ast.unparse(k.value) for k in node.keywords}
                if allowed.get("allow_pickle") != "False":
                    yield f"{called} without allow_pickle=False"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import dump",
        "import os, cloudpickle.x",
        "torch.save(x, y)",
        "import torch as t; m = Model.load_from_checkpoint('x')",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "frame.to_pickle(p)",
    ],
)
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert list(offences(source))


def test_the_search_lets_plain_arrays_be() -> None:
    assert not list(offences("np.load(path, allow_pickle=False); json.load(f); # pickle\nx = 'import pickle'"))


def test_no_source_file_pickles() -> None:
    assert len(SOURCES) > 20
    found = {str(path): list(offences(path.read_text("utf-8"))) for path in SOURCES}
    assert {path: what for path, what in found.items() if what} == {}
