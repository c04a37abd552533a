"""Puts a user's own ONNX file on the shelf, once its spec is seen to fit it.

A spec is JSON of `BackboneSettings`. It may leave out what the graph itself says: the file and its SHA-256, the names
of input and output where there is one of each, the size of the embedding, and a batch that is fixed.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from earmark.audio.decode import AudioFacts, DecodedAudio
from earmark.audio.frontends import FrontEnd
from earmark.backbones.embed import embed_with, laid_out
from earmark.backbones.settings import BackboneSettings, check_names
from earmark.backbones.shelf import put
from earmark.backbones.specs import SPECS, spec
from earmark.errors import InputError, UnknownNameError
from earmark.inference.graph import Graph, Port
from earmark.inference.open import open_graph

_TOLD_BY_GRAPH: Final = ("name", "files", "embedding_size")


def add(file: Path, *, spec: Mapping[str, Any], name: str | None = None) -> BackboneSettings:
    """Check a graph against its spec, run a made second of sound through it, and put it on the shelf.

    Args:
        file: The ONNX file; whole, with no weights in files beside it.
        spec: Its settings as plain values.
        name: What it is called on the shelf; the spec's name when None.

    Returns:
        Its settings, complete.

    Raises:
        InputError: The file is no ONNX model, the spec is wrong, or they do not fit each other.
        UnknownNameError: The graph has no such input or output.
        EarmarkError: The backbone gave numbers that are not finite.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"the ONNX file {file} cannot be read: {error.strerror}") from error
    # The engine that is always there, so that a verdict on speed is not formed on a made sound.
    graph = open_graph(content, engine="onnxruntime")
    settings = completed(spec, graph, content, name=name, file_name=file.name)
    check_fit(settings, graph)
    _try_out(settings, graph)
    put(settings, {settings.files[0].name: content})
    return settings


def read_spec(named: str) -> dict[str, Any]:
    """Return a spec: that of a JSON file, or a ready one by its name.

    Raises:
        UnknownNameError: It is neither a file nor the name of a ready spec.
        InputError: The file cannot be read or is no mapping in JSON.
    """
    path = Path(named)
    if not path.is_file() and path.suffix != ".json":
        return spec(named)
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        ready = ", ".join(SPECS)
        raise InputError(f"the spec {path} cannot be read ({error}); a ready spec is one of {ready}") from error
    if not isinstance(data, dict):
        raise InputError(f"the spec {path} has to hold a mapping, but holds {type(data).__name__}")
    return data


def completed(
    spec: Mapping[str, Any], graph: Graph, content: bytes, *, name: str | None, file_name: str
) -> BackboneSettings:
    """Fill in what a spec leaves out from the graph.

    Args:
        spec: The settings as plain values.
        graph: The opened graph.
        content: Its bytes.
        name: Overrides the spec's name.
        file_name: What the file is called.

    Raises:
        InputError: The spec has a wrong or unknown setting, or leaves out what the graph does not say.
        UnknownNameError: The graph has no such output.
    """
    check_names(spec, BackboneSettings, absent=_TOLD_BY_GRAPH)
    _check_given_files(spec, content)
    output = _kept_output(graph, spec.get("output_name"))
    told = {
        "name": name or spec.get("name") or file_name.removesuffix(".onnx").lower(),
        "files": [{"name": file_name, "sha256": hashlib.sha256(content).hexdigest()}],
        "input_name": graph.input.name,
        "output_name": output.name,
        "embedding_size": output.shape[-1] if output.shape else None,
        "batch": graph.input.shape[0] if graph.input.shape else None,
    }
    given = {key: value for key, value in spec.items() if key not in {"name", "files"}}
    return BackboneSettings.from_json({**told, **given})


def check_fit(settings: BackboneSettings, graph: Graph) -> None:
    """Check that a graph takes and gives what the settings say.

    Raises:
        UnknownNameError: The graph has no such input or output.
        InputError: A shape is another.
    """
    if graph.input.name != settings.input_name:
        raise UnknownNameError("input of the graph", settings.input_name, [graph.input.name])
    patch = np.zeros((1, settings.patch_rows, settings.front_end.bands), dtype=np.float32)
    made = (settings.batch or 1, *laid_out(patch, settings).shape[1:])
    if not graph.input.takes(made):
        raise InputError(
            f"the spec makes inputs of shape {made} ({settings.layout} behind the batch, "
            f"{settings.patch_rows} rows of {settings.front_end.bands}), but the graph takes {graph.input}"
        )
    output = _kept_output(graph, settings.output_name)
    if len(output.shape) not in {2, 3} or output.shape[-1] not in {None, settings.embedding_size}:
        raise InputError(
            f"the spec expects an output of (batch, {settings.embedding_size}), or (batch, time, "
            f"{settings.embedding_size}) to be averaged over time, but the graph gives {output}"
        )


def _check_given_files(spec: Mapping[str, Any], content: bytes) -> None:
    """Check a spec that names its file against the one that came."""
    if "files" not in spec:
        return
    found = hashlib.sha256(content).hexdigest()
    expected = [file.get("sha256") if isinstance(file, Mapping) else None for file in spec["files"]]
    if expected != [found]:
        raise InputError(
            f"the file is not the one that the spec names: its SHA-256 is {found}, the spec has {expected}"
        )


def _kept_output(graph: Graph, name: object) -> Port:
    names = [port.name for port in graph.outputs]
    if name is None and len(names) > 1:
        listed = ", ".join(map(str, graph.outputs))
        raise InputError(f"the graph has several outputs ({listed}); name the one to keep in the spec as output_name")
    if name is not None and name not in names:
        raise UnknownNameError("output of the graph", str(name), names)
    return graph.outputs[0 if name is None else names.index(str(name))]


def made_sound(front_end: FrontEnd, seconds: float = 1.0) -> DecodedAudio:
    """Return a chord with noise at a front-end's rate, to try a backbone with."""
    rate = front_end.sample_rate
    time = np.arange(max(1, round(seconds * rate))) / rate
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (110.0, 220.0, 330.0, 1320.0))
    noise = np.random.default_rng(0).standard_normal(len(time))
    samples = (0.1 * chord + 0.02 * noise).astype(np.float32)
    facts = AudioFacts(
        decoder="made",
        container="made",
        codec="made",
        channels=1,
        sample_rate=rate,
        seconds=len(samples) / rate,
        bit_rate=None,
        peak=float(np.abs(samples).max()),
        rms_db=float(10 * np.log10(np.mean(samples**2))),
        side_ratio=0.0,
        truncated=False,
    )
    return DecodedAudio(samples, rate, facts)


def _try_out(settings: BackboneSettings, graph: Graph) -> None:
    embedded = embed_with((graph,), made_sound(settings.front_end), settings)
    if embedded.shape[1] != settings.embedding_size:
        raise InputError(
            f"the graph gave rows of {embedded.shape[1]} for a second of sound, the spec says {settings.embedding_size}"
        )
