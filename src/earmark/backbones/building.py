"""Builds the backbones that Earmark can make by itself: musicnn's two networks, and their control with random weights.

The weights come out of a wheel on the Python package index whose SHA-256 is pinned. Nothing of the wheel is run or
installed: two checkpoints are read out of it, the network is rebuilt in torch, exported to ONNX, and held equal to what
torch computes. Needs the extra ``train``; what it makes needs ONNX Runtime only.
"""

import hashlib
import io
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from earmark.audio.frontends import MusicnnMel
from earmark.backbones.from_tf_checkpoint import read_variables
from earmark.backbones.musicnn_network import (
    BANDS,
    EMBEDDING_SIZE,
    PATCH_FRAMES,
    FoldedMusicnn,
    Musicnn,
    with_random_weights,
    with_variables,
)
from earmark.backbones.settings import BackboneFile, BackboneSettings
from earmark.backbones.shelf import put
from earmark.backbones.sources import WHEEL, check_source
from earmark.errors import EarmarkError, InputError
from earmark.inference.with_onnx_runtime import OnnxRuntimeGraph

OPSET: Final = 17
PARITY_TOLERANCE: Final = 1e-3
"""Largest difference between ONNX Runtime's and torch's embeddings, relative to the largest value, to be put up."""

PORT_VERSION: Final = 1
"""Raised whenever the network built from the same weights would give other numbers."""

_MAX_PATCHES: Final = 20
_CHECKPOINTS: Final = ("MSD_musicnn", "MTT_musicnn")
_CONTROL_SEEDS: Final = (1, 2)

FloatArray = npt.NDArray[np.float32]


def get(name: str, *, wheel: Path | None = None) -> list[BackboneSettings]:
    """Build a backbone and put it on the shelf.

    Args:
        name: ``"musicnn"``, which makes its control too, or ``"musicnn-random"``, which needs no download.
        wheel: The wheel of musicnn where it is at hand; downloaded by pip when None.

    Returns:
        What was put on the shelf.

    Raises:
        UnknownNameError: There is no such backbone to build.
        InputError: The wheel cannot be had, or is another one than the pinned.
        EarmarkError: The ONNX graph does not compute what torch does.
    """
    check_source(name)
    if name == "musicnn-random":
        return [_build_control()]
    content = read_wheel(wheel) if wheel is not None else download_wheel()
    return [_build_musicnn(content), _build_control()]


def read_wheel(path: Path) -> bytes:
    """Return the content of musicnn's wheel.

    Raises:
        InputError: It cannot be read or has another SHA-256 than the pinned one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"the wheel {path} cannot be read: {error.strerror}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != WHEEL.sha256:
        raise InputError(
            f"{path} is not the wheel of {WHEEL.requirement}: its SHA-256 is {found}, expected {WHEEL.sha256}; "
            "nothing was read out of it"
        )
    return content


def download_wheel() -> bytes:
    """Download musicnn's wheel through pip, which asks whatever index the user has set.

    Raises:
        InputError: pip could not get it, or it is another one than the pinned.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--quiet"]
        done = subprocess.run(  # noqa: S603 - a fixed command
            [*command, "--only-binary=:all:", "--dest", folder, WHEEL.requirement],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = sorted(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            told = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise InputError(
                f"pip could not download {WHEEL.requirement} ({told}); download the wheel elsewhere with "
                f"`pip download --no-deps {WHEEL.requirement}` and name it with --wheel FILE"
            )
        return read_wheel(wheels[0])


def read_networks(wheel: bytes) -> list[Musicnn]:
    """Rebuild musicnn's networks out of its wheel, trained on the Million Song Dataset and on MagnaTagATune.

    Raises:
        InputError: The wheel does not hold their checkpoints.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            parts = [
                (archive.read(f"musicnn/{name}/.index"), archive.read(f"musicnn/{name}/.data-00000-of-00001"))
                for name in _CHECKPOINTS
            ]
    except (zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"expected musicnn's wheel with two checkpoints in it ({error})") from error
    return [with_variables(read_variables(index, data)) for index, data in parts]


def made_patches(seed: int, count: int = 24) -> FloatArray:
    """Return log-mel of made sound: coloured noise of all levels with beats in it.

    Args:
        seed: Of the sound.
        count: How many patches.

    Returns:
        Shape (count, 187, 96), float32.
    """
    rng = np.random.default_rng(seed)
    front_end = MusicnnMel()
    length = PATCH_FRAMES * front_end.hop_length
    time = np.arange(length) / front_end.sample_rate
    patches = []
    for _ in range(count):
        spectrum = np.fft.rfft(rng.standard_normal(length))
        spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** rng.uniform(0.2, 1.2)
        noise = np.fft.irfft(spectrum, length)
        beats = np.exp(-rng.uniform(3, 12) * (time % (60 / rng.uniform(80, 160))))
        sound = noise / np.abs(noise).max() * (rng.uniform(0.1, 1.0) + beats) * 10 ** rng.uniform(-2, -0.3)
        patches.append(front_end.rows(sound.astype(np.float32))[:PATCH_FRAMES])
    return np.stack(patches)


def export(network: Musicnn) -> bytes:
    """Return a network as an ONNX graph that is held equal to it.

    Raises:
        EarmarkError: The graph does not compute what torch does.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        file = Path(folder) / "musicnn.onnx"
        # The exporter warns of its own age and of what it traces; the check below tests what the warnings are about.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            FoldedMusicnn(network).eval(),
            (torch.zeros(2, PATCH_FRAMES, BANDS),),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=["patches"],
            output_names=["embedding"],
            dynamic_axes={"patches": {0: "batch"}, "embedding": {0: "batch"}},
        )
        graph = file.read_bytes()
    check_parity(network, graph)
    return graph


def check_parity(network: Musicnn, graph: bytes) -> float:
    """Return the largest difference between the graph and the network as its authors wrote it.

    Taken over made sound, silence and more than full scale, relative to the largest value.

    Raises:
        EarmarkError: It is above `PARITY_TOLERANCE`.
    """
    edges = [np.full((1, PATCH_FRAMES, BANDS), level, dtype=np.float32) for level in (0.0, 8.0)]
    patches = np.concatenate([made_patches(seed=0, count=4), *edges])
    with torch.no_grad():
        expected = network(torch.from_numpy(patches)).numpy()
    found = OnnxRuntimeGraph(graph).run(patches)["embedding"]
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    # Written so that a NaN on either side is refused too.
    if not difference <= PARITY_TOLERANCE:
        raise EarmarkError(
            f"the ONNX graph of musicnn differs from the network by {difference:g}, more than {PARITY_TOLERANCE:g}; "
            "it was not put on the shelf"
        )
    return difference


def _build_musicnn(wheel: bytes) -> BackboneSettings:
    return _put_networks(
        "musicnn",
        read_networks(wheel),
        stems=("msd", "mtt"),
        weights=f"{WHEEL.sha256} port {PORT_VERSION}",
        licence="ISC",
        source=f"{WHEEL.requirement} on PyPI",
    )


def _build_control() -> BackboneSettings:
    networks = [with_random_weights(seed, made_patches(seed)) for seed in _CONTROL_SEEDS]
    return _put_networks(
        "musicnn-random",
        networks,
        stems=tuple(f"seed-{seed}" for seed in _CONTROL_SEEDS),
        weights=f"random {_CONTROL_SEEDS} port {PORT_VERSION}",
        licence="Apache-2.0",
        source="weights drawn at random by Earmark: the control that a backbone has to beat",
    )


def _put_networks(
    name: str, networks: Sequence[Musicnn], *, stems: Sequence[str], weights: str, licence: str, source: str
) -> BackboneSettings:
    contents = {f"{stem}.onnx": export(network) for stem, network in zip(stems, networks, strict=True)}
    settings = BackboneSettings(
        name=name,
        files=tuple(BackboneFile(file, hashlib.sha256(content).hexdigest()) for file, content in contents.items()),
        front_end=MusicnnMel(),
        patch_rows=PATCH_FRAMES,
        patch_hop=PATCH_FRAMES,
        embedding_size=EMBEDDING_SIZE * len(networks),
        max_patches=_MAX_PATCHES,
        weights=weights,
        licence=licence,
        source=source,
    )
    put(settings, contents)
    return settings
