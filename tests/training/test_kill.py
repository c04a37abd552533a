"""kill -9 in the middle of a training, for real: nothing is lost but the epoch that was under way."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from earmark.models.registry import MODELS
from earmark.training.checkpoint import newest_checkpoint
from earmark.training.fit import fit
from earmark.training.songs import SongSet

# The child kills itself with SIGKILL at its n-th call of a function: while a checkpoint's bytes are synced to disk,
# when it takes its name, or in the middle of an epoch. Its threads are the test's own, for the last bit's sake.
CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import torch
from toy_songs import make_songs
from earmark.models.registry import MODELS
from earmark.training.fit import fit

torch.set_num_threads(1)
where, left = sys.argv[3], int(sys.argv[4])

def killing(function):
    def killed(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return killed

progress = None
if where == "step":
    progress = killing(lambda p: None)
elif where == "fsync":
    os.fsync = killing(os.fsync)
else:
    Path.replace = killing(Path.replace)
spec = MODELS["mfcc"].with_training(max_epochs=5, batch_size=5)
fit(spec, make_songs(12, 0), make_songs(6, 1), labels=("a", "b", "c"), seed=2,
    run_dir=Path(sys.argv[2]), progress=progress)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_kill_9_loses_nothing(train_songs: SongSet, validation_songs: SongSet, tmp_path: Path) -> None:
    spec = MODELS["mfcc"].with_training(max_epochs=5, batch_size=5)
    labels = ("a", "b", "c")
    whole = fit(spec, train_songs, validation_songs, labels=labels, seed=2, run_dir=tmp_path / "whole")

    rng, run_dir, epochs = np.random.default_rng(), tmp_path / "killed", 0
    for where in ("fsync", "step", "replace"):
        call = int(rng.integers(2, 7))
        here = str(Path(__file__).parents[1] / "helpers")
        command = [sys.executable, "-c", CHILD, here, str(run_dir), where, str(call)]
        child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert child.returncode in (-signal.SIGKILL, 0), (where, call, child.stderr)
        found = newest_checkpoint(run_dir)
        done = 0 if found is None else len(found[1]["callbacks"]["Recorder"]["curves"])
        assert done >= epochs, (where, call)
        epochs = done

    result = fit(spec, train_songs, validation_songs, labels=labels, seed=2, run_dir=run_dir)
    ours, theirs = whole.network.state_dict(), result.network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert [r["val_loss"] for r in result.curves] == [r["val_loss"] for r in whole.curves]
    written = json.loads((run_dir / "curves.json").read_text())
    assert [record["epoch"] for record in written] == [1, 2, 3, 4, 5]
