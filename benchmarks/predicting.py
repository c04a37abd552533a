"""How long `earmark predict` takes for a 6-minute MP3: cold, in a batch, and where the time goes.

    python benchmarks/predicting.py LIBRARY/bundles/ensemble LIBRARY/bundles/earmark LIBRARY/bundles/crnn

Every command runs in a process of its own in which ``import torch`` fails, as it does where only the light part of
Earmark is installed; ``--python`` names the interpreter of an environment without torch instead. Cold is from the start
of the process to its end, with files in the system's cache. The batch is copies of the file (a worker decodes and hears
each of them anew), less what a cold start takes, a track. Beside wall time stands processor time (user and system, all
processes): it is what remains comparable where the machine does other work, and a lower bound of what wall time can be.
The parts are measured in this process on one thread.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from earmark.audio.decode import decode
from earmark.audio.features import extract
from earmark.audio.settings import FeatureSettings
from earmark.backbones.embed import embed_with, patches_of
from earmark.backbones.settings import BackboneSettings
from earmark.inference.open import ENGINE_VARIABLE, open_graph
from earmark.inference.with_openvino import openvino_installed
from earmark.models.bundle import Bundle, load_bundle
from earmark.models.inputs import OneSong, SongMetadata

SECONDS = 360
COLD_BAR, WARM_BAR = 3.0, 1.5
"""Seconds that the ensemble may take: cold, and for a track of a batch."""
BLOCKED = """import sys
for name in ("torch", "pytorch_lightning", "sklearn", "onnx"):
    sys.modules[name] = None
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took, in seconds of wall time and of processors."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.processor:.2f} s of processors)"


@dataclass(frozen=True, slots=True)
class Setting:
    """How commands are run.

    Attributes:
        python: The interpreter.
        blocked: Folder of the module that makes imports fail.
        jobs: Worker processes of a batch.
    """

    python: str
    blocked: Path
    jobs: int

    def predict(self, bundle: Path, files: Sequence[Path], *, engine: str) -> Cost:
        """Run the command on files and return what it took; ends the benchmark where it fails."""
        command = [
            self.python,
            "-m",
            "earmark.cli.main",
            "predict",
            *map(str, files),
            "--bundle",
            str(bundle),
            "--json",
        ]
        if len(files) > 1:
            command += ["--jobs", str(self.jobs)]
        environment = os.environ | {"PYTHONPATH": str(self.blocked), ENGINE_VARIABLE: engine}
        before, started = _children(), time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"predicting failed: {done.stderr.decode()}")
        return Cost(time.perf_counter() - started, _children() - before)


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sitecustomize.py").write_text(BLOCKED, "utf-8")
        setting = Setting(options.python, folder, options.jobs)
        files = make_files(folder / "music", options.files)
        engines = ("onnxruntime", "auto") if openvino_installed() else ("onnxruntime",)
        for path in options.bundles:
            for engine in engines:
                report(setting, path, files, engine=engine, runs=options.runs)
        bundles = {path.name: load_bundle(path, threads=1) for path in options.bundles}
        parts(bundles, files[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Time `earmark predict` on a 6-minute MP3, without torch.")
    parser.add_argument("bundles", type=Path, nargs="+", help="folders of bundles")
    parser.add_argument("--files", type=int, default=20, help="files of a batch (default: 20)")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes of a batch (default: 2)")
    parser.add_argument("--runs", type=int, default=3, help="cold starts, of which the median is told (default: 3)")
    parser.add_argument("--python", default=sys.executable, help="another interpreter, with Earmark and without torch")
    return parser


def make_files(folder: Path, n: int) -> list[Path]:
    """Render six minutes of the demo's music as an MP3, and copy it."""
    from earmark.demo.encode import write_audio
    from earmark.demo.planning import plan_catalogue
    from earmark.demo.render import render_track

    folder.mkdir()
    pcm = render_track(plan_catalogue(0, tracks_per_label=1).tracks[0].sound, np.random.default_rng(0)).pcm
    samples = SECONDS * 44_100
    write_audio(folder / "00.mp3", np.resize(pcm, (samples, 2)), audio_format="mp3", bitrate=256)
    copies = [folder / f"{at:02d}.mp3" for at in range(n)]
    for copy in copies[1:]:
        shutil.copyfile(copies[0], copy)
    return copies


def report(setting: Setting, bundle: Path, files: Sequence[Path], *, engine: str, runs: int) -> None:
    """Print what a bundle takes cold and in a batch."""
    setting.predict(bundle, files[:1], engine=engine)  # the engine is chosen once for a machine, and files are cached
    costs = [setting.predict(bundle, files[:1], engine=engine) for _ in range(runs)]
    cold = Cost(statistics.median(one.wall for one in costs), statistics.median(one.processor for one in costs))
    whole = setting.predict(bundle, files, engine=engine)
    per_track = Cost(whole.wall / len(files), whole.processor / len(files))
    _say(f"{bundle.name}, {engine}: cold {cold}; in a batch of {len(files)} {per_track} a track")
    _say(f"  bars for the ensemble: {COLD_BAR:g} s and {WARM_BAR:g} s")


def parts(bundles: dict[str, Bundle], file: Path) -> None:
    """Print how many times faster than the music each part is, on one thread, by processor time."""
    audio = decode(file)
    _rate("decoding", lambda: decode(file))
    networks = {}
    for name, bundle in _singles(bundles).items():
        stored = {}
        for needs in bundle.spec.stored:
            stored[needs.key] = _heard(name, bundle, needs, file)
        source = OneSong(stored, tags=SongMetadata(bpm=None, key=None, seconds=audio.facts.seconds))
        networks[name] = _rate(f"{name}: from what it reads to a verdict", partial(bundle.predict_song, source))
    if "crnn" in networks and "earmark" in networks:
        _say(f"crnn / earmark: {networks['crnn'] / networks['earmark']:.1f} times the time for the same music")


def _singles(bundles: dict[str, Bundle]) -> dict[str, Bundle]:
    """Every single model by name, those of ensembles too."""
    found: dict[str, Bundle] = {}
    for bundle in bundles.values():
        found |= {part.spec.name: part for part in (bundle.parts.values() if bundle.parts else (bundle,))}
    return found


def _heard(
    name: str, bundle: Bundle, needs: FeatureSettings | BackboneSettings, file: Path
) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    """What a model reads of the file, each step timed."""
    audio = decode(file)
    if isinstance(needs, FeatureSettings):
        _rate(f"{name}: resampling and log-mel", lambda: extract(audio, needs))
        return extract(audio, needs)
    _rate(f"{name}: the backbone's front-end", lambda: patches_of(audio, needs))
    folder = bundle.backbone_folders[needs.key]
    for engine in ("onnxruntime", "openvino") if openvino_installed() else ("onnxruntime",):
        graphs = tuple(open_graph((folder / one.name).read_bytes(), threads=1, engine=engine) for one in needs.files)
        _rate(f"{name}: front-end and backbone, {engine}", partial(embed_with, graphs, audio, needs))
    return embed_with(graphs, audio, needs)


def _rate(told: str, work: Callable[[], object], *, runs: int = 3) -> float:
    """Print and return the least processor seconds of some runs."""
    times = []
    for _ in range(runs):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    _say(f"{told}: {min(times):.2f} s, {SECONDS / min(times):,.0f} x real time")
    return min(times)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
