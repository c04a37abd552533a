"""CRNN training steps a second: Earmark against Keras 3 on TensorFlow, same model, machine and run.

    python benchmarks/training.py --rounds 7
    python benchmarks/training.py --keras-python /path/to/venv/bin/python

A step is forward, backward and Adam on a batch of 16 slices of 94 frames by 128 mel bands. Each variant lives in a
process of its own, since allocator and threads are set per process; the processes take turns, round by round, and the
medians over rounds are compared, so that a busy machine slows all of them alike. Beside wall time stands the
processor time (user and system), which other processes disturb less. Keras compiles as it chooses by default, which on
a CPU is without XLA; with it, its step takes four times as long. Without ``--keras-python`` and without Keras in this
interpreter, an environment with Keras is made in a cache folder.
"""

import argparse
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

BATCH, FRAMES, MELS, LABELS = 16, 94, 128, 20
Step = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table: what it is called and the settings of its worker."""

    title: str
    library: str
    bf16: bool = False
    allocator: bool = False
    huge_pages: bool = False
    calm: bool = True


TRAINING = {
    "keras": Variant("Keras 3 on TensorFlow, fp32", "keras"),
    "textbook": Variant("torch fp32, as one would write it", "textbook", calm=False),
    "plain-fp32": Variant("  channels_last, allocator tuned", "plain", allocator=True),
    "plain-bf16": Variant("  the same, bf16 autocast", "plain", allocator=True, bf16=True),
    "earmark-fp32": Variant("Earmark, fp32", "earmark", allocator=True),
    "earmark-untuned": Variant("Earmark, bf16, allocator as it is", "earmark", bf16=True),
    "earmark-spin": Variant("Earmark, bf16, threads that spin", "earmark", bf16=True, allocator=True, calm=False),
    "earmark-huge": Variant("Earmark, bf16, huge pages", "earmark", bf16=True, allocator=True, huge_pages=True),
    "earmark": Variant("Earmark, bf16", "earmark", bf16=True, allocator=True),
}
PREDICTION = {
    "keras": Variant("Keras 3 on TensorFlow, fp32", "predict-keras"),
    "onnx": Variant("ONNX Runtime, fp32", "predict-onnx"),
    "torch-fp32": Variant("torch, fp32", "predict-torch", allocator=True),
    "torch-bf16": Variant("torch, bf16", "predict-torch", allocator=True, bf16=True),
}


def keras_model() -> object:
    """The same network as its paper's script builds it: frequency first, channels last."""
    import keras
    from keras import layers

    image = keras.Input((MELS, FRAMES, 1))
    x = layers.BatchNormalization(axis=1)(image)
    for filters, pool in zip((64, 128, 128, 128), ((2, 2), (4, 2), (4, 2), (4, 2)), strict=True):
        x = layers.Conv2D(filters, 3, padding="same", activation="elu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dropout(0.1)(layers.MaxPooling2D(pool)(x))
    x = layers.Reshape((FRAMES // 16, 128))(layers.Permute((2, 1, 3))(x))
    x = layers.GRU(32)(layers.GRU(32, return_sequences=True)(x))
    model = keras.Model(image, layers.Dense(LABELS, activation="softmax")(layers.Dropout(0.3)(x)))
    if model.count_params() != 394_516:
        sys.exit(f"Keras' network has {model.count_params()} parameters, not 394,516: the models differ")
    adam = keras.optimizers.Adam(1e-3)
    model.compile(optimizer=adam, loss="sparse_categorical_crossentropy")
    return model


def keras_step(variant: Variant, threads: int) -> Step:
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((BATCH, MELS, FRAMES, 1)) * 15 - 40).astype(np.float32)
    y = rng.integers(0, LABELS, BATCH)
    model = keras_model()
    if variant.library == "predict-keras":
        return functools.partial(model.predict_on_batch, x)  # type: ignore[attr-defined]  # Keras is not typed
    return functools.partial(model.train_on_batch, x, y)  # type: ignore[attr-defined]  # Keras is not typed


def torch_step(variant: Variant, threads: int) -> Step:
    from earmark.training.allocator import limit_spinning, request_huge_pages, tune_allocator

    if (variant.calm and not limit_spinning()) or (variant.huge_pages and not request_huge_pages()):
        sys.exit("this process cannot take the settings")
    import torch

    from earmark.models.crnn import CRNN

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if variant.allocator:
        tune_allocator()
    network = CRNN(LABELS)
    if variant.library in {"textbook", "plain"}:
        for block in network.blocks:
            block.forward = block.forward_plain  # type: ignore[assignment]  # modules are typed as tensors or modules
    if variant.library == "textbook":  # channels first in memory, as torch does if not told otherwise
        network.blocks[0].register_forward_pre_hook(
            lambda _block, inputs: (inputs[0].clone(memory_format=torch.contiguous_format),)
        )
    x, y = torch.randn(BATCH, FRAMES, MELS) * 15 - 40, torch.randint(0, LABELS, (BATCH,))
    autocast = functools.partial(torch.autocast, "cpu", dtype=torch.bfloat16, enabled=variant.bf16)
    if variant.library == "predict-torch":
        network.eval()

        def predict() -> object:
            with torch.no_grad(), autocast():
                return network(x)

        return predict
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, fused=variant.library == "earmark")

    def train() -> object:
        with autocast():
            loss = torch.nn.functional.cross_entropy(network(x), y)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        return float(loss.detach())

    return train


def onnx_step(_variant: Variant, threads: int) -> Step:
    import tempfile
    import warnings

    import numpy as np
    import onnxruntime
    import torch

    from earmark.models.crnn import CRNN

    network = CRNN(LABELS).eval()
    x = torch.zeros(BATCH, FRAMES, MELS)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own notices of deprecation
        path = Path(folder) / "model.onnx"
        torch.onnx.export(network, (x,), path, input_names=["x"], dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = {"x": np.asarray(x)}
    return lambda: session.run(None, inputs)


STEPS: dict[str, Callable[[Variant, int], Step]] = {
    "keras": keras_step,
    "predict-keras": keras_step,
    "textbook": torch_step,
    "plain": torch_step,
    "earmark": torch_step,
    "predict-torch": torch_step,
    "predict-onnx": onnx_step,
}


def work(variant: Variant, threads: int) -> None:
    """Answer each line of standard input, a number of steps, by a line with their wall and processor seconds."""
    answers = os.fdopen(os.dup(1), "w")  # libraries print to standard output
    os.dup2(2, 1)
    step = STEPS[variant.library](variant, threads)
    for _ in range(3):
        step()
    names = ("torch", "keras", "tensorflow", "tensorflow-cpu", "onnxruntime")
    print(json.dumps(versions(names)), file=answers, flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            step()
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), file=answers, flush=True)


def versions(names: tuple[str, ...]) -> dict[str, str]:
    installed = {
        dist.metadata["Name"].replace("_", "-").lower(): dist.version for dist in importlib.metadata.distributions()
    }
    return {name: installed[name] for name in names if name in installed}


class Worker:
    """A variant in a process of its own."""

    def __init__(self, key: str, python: Path, *, predict: bool, threads: int) -> None:
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
        mode = "predict" if predict else "train"
        self._command = [str(python), __file__, "--worker", f"{mode}:{key}", "--threads", str(threads)]
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **quiet},
        )
        self._key = key
        self.versions = cast(dict[str, str], self._answer())

    def run(self, steps: int) -> tuple[float, float]:
        """Wall and processor seconds of so many steps."""
        stdin = cast(IO[str], self._process.stdin)
        print(steps, file=stdin, flush=True)
        wall, cpu = cast(list[float], self._answer())
        return wall, cpu

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> object:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            sys.exit(f"worker {self._key!r} ended; to see why, run: {' '.join(self._command)}")
        return json.loads(line)


def keras_python(given: Path | None, cache: Path) -> Path:
    """An interpreter that has Keras and TensorFlow: the one given, this one, or one made in the cache folder."""
    if given:
        return given
    if importlib.util.find_spec("keras") and importlib.util.find_spec("tensorflow"):
        return Path(sys.executable)
    python = cache / "keras" / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (cache / "keras" / "ready").exists():
        print(f"installing Keras and TensorFlow into {cache / 'keras'}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", cache / "keras"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "keras", "tensorflow-cpu"], check=True)
        (cache / "keras" / "ready").touch()
    return python


def compare(variants: dict[str, Variant], python: Path, arguments: argparse.Namespace, *, predict: bool) -> None:
    workers = {
        key: Worker(
            key,
            python if "keras" in variant.library else Path(sys.executable),
            predict=predict,
            threads=arguments.threads,
        )
        for key, variant in variants.items()
    }
    times: dict[str, list[tuple[float, float]]] = {key: [] for key in workers}
    for _ in range(arguments.rounds):
        for key, worker in workers.items():
            times[key].append(worker.run(arguments.steps))
    for worker in workers.values():
        worker.close()
    report(variants, times, arguments.steps, predict=predict)
    found = {name: version for worker in workers.values() for name, version in worker.versions.items()}
    print(", ".join(f"{name} {version}" for name, version in sorted(found.items())))


def report(
    variants: dict[str, Variant], times: dict[str, list[tuple[float, float]]], steps: int, *, predict: bool
) -> None:
    medians = {
        key: [statistics.median(column) for column in zip(*rounds, strict=True)] for key, rounds in times.items()
    }
    base = medians["keras"]
    what = "prediction" if predict else "training"
    print(f"\n{what:37s} {'samples/s      ratio  (lowest, highest)':45s} by processor time, ratio")
    for key, variant in variants.items():
        wall, cpu = medians[key]
        low, *_, high = sorted(base[0] / one for one, _ in times[key])
        by_wall = f"{BATCH * steps / wall:9.1f} {base[0] / wall:10.2f}  ({low:.2f}, {high:.2f})"
        print(f"{variant.title:37s} {by_wall:45s} {BATCH * steps / cpu:9.1f} {base[1] / cpu:6.2f}")


def processor() -> str:
    names = (
        [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        if Path("/proc/cpuinfo").exists()
        else []
    )
    return names[0].partition(":")[2].strip() if names else platform.processor()


def main() -> None:
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns that each variant takes")
    parser.add_argument("--steps", type=int, default=5, help="training steps, or batches predicted, a turn")
    parser.add_argument("--threads", type=int, default=threads, help="threads of each variant")
    parser.add_argument("--keras-python", type=Path, help="interpreter that has Keras and TensorFlow")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earmark-benchmarks")
    parser.add_argument("--only", nargs="+", choices=TRAINING, help="training variants beside keras; default: all")
    parser.add_argument("--predict", action="store_true", help="compare prediction too")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        mode, _, key = arguments.worker.partition(":")
        work((PREDICTION if mode == "predict" else TRAINING)[key], arguments.threads)
        return
    python = keras_python(arguments.keras_python, arguments.cache)
    print(f"{processor()}, {arguments.threads} threads, Python {platform.python_version()}, {platform.system()}")
    print(
        f"batch {BATCH}, {FRAMES} frames x {MELS} bands; {arguments.rounds} rounds of {arguments.steps} steps, medians"
    )
    chosen = {k: v for k, v in TRAINING.items() if not arguments.only or "keras" in k or k in arguments.only}
    compare(chosen, python, arguments, predict=False)
    if arguments.predict:
        compare(PREDICTION, python, arguments, predict=True)


if __name__ == "__main__":
    main()
