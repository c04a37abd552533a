"""Settings of backbones that a user may bring, ready to be given with the file.

The numbers are those of the networks' authors. Their real weights were not at hand where this was written: what is
tested is that graphs of the same inputs and outputs are fed and read as the authors describe. What a spec leaves out,
`earmark.backbones.adding` reads out of the graph.
"""

from collections.abc import Mapping
from typing import Any, Final

from earmark.audio.frontend_spectra import ClapMel, KaldiMel
from earmark.audio.frontends import FrontEnd, MusicnnMel, Waveform, front_end_to_json
from earmark.errors import UnknownNameError

_ESSENTIA: Final = "CC BY-NC-SA 4.0 (not for commercial use)"


def _spec(front_end: FrontEnd, **settings: object) -> dict[str, Any]:
    return {"front_end": front_end_to_json(front_end), **settings}


SPECS: Final[Mapping[str, Mapping[str, Any]]] = {
    # Trained on which releases share a record label; those for artist, release and track take the same input.
    "essentia-discogs-label": _spec(
        MusicnnMel(),
        patch_rows=128,
        patch_hop=62,
        max_patches=64,
        layout="rows,bands",
        batch=64,
        licence=_ESSENTIA,
        source="discogs_label_embeddings-effnet-bs64-1.onnx, https://essentia.upf.edu/models.html",
    ),
    "essentia-discogs-effnet": _spec(
        MusicnnMel(),
        patch_rows=128,
        patch_hop=62,
        max_patches=64,
        layout="rows,bands",
        output_name="embeddings",
        embedding_size=1280,
        licence=_ESSENTIA,
        source="discogs-effnet-bsdynamic-1.onnx, https://essentia.upf.edu/models.html",
    ),
    "clap-music": _spec(
        ClapMel(),
        patch_rows=1001,
        patch_hop=1000,
        max_patches=12,
        layout="1,rows,bands",
        embedding_size=512,
        licence="Apache-2.0",
        source="the audio part of laion/larger_clap_music, exported to ONNX with its projection",
    ),
    "efficientat-mn10": _spec(
        KaldiMel(),
        patch_rows=1000,
        patch_hop=1000,
        max_patches=12,
        layout="1,bands,rows",
        embedding_size=960,
        licence="MIT",
        source="mn10_as of https://github.com/fschmid56/EfficientAT, its features exported to ONNX",
    ),
    "mert": _spec(
        Waveform(normalise=True),
        patch_rows=5 * 24_000,
        patch_hop=5 * 24_000,
        max_patches=12,
        layout="rows",
        licence="CC BY-NC 4.0 (not for commercial use)",
        source="a hidden layer of m-a-p/MERT-v1, exported to ONNX",
    ),
    "muq": _spec(
        Waveform(),
        patch_rows=10 * 24_000,
        patch_hop=10 * 24_000,
        max_patches=12,
        layout="rows",
        licence="CC BY-NC 4.0 (not for commercial use)",
        source="a hidden layer of OpenMuQ/MuQ-large-msd-iter, exported to ONNX",
    ),
}
"""Every ready spec by name; each is what ``earmark backbones add FILE.onnx --spec`` takes."""


def spec(name: str) -> dict[str, Any]:
    """Return a ready spec as plain values.

    Raises:
        UnknownNameError: There is no such spec; the message lists those there are.
    """
    if name not in SPECS:
        raise UnknownNameError("spec of a backbone", name, SPECS)
    return {"name": name, **SPECS[name]}
