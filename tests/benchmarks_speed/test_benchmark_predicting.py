import subprocess
import sys
from pathlib import Path

import benchmarks.predicting
import pytest
from benchmarks.predicting import BLOCKED, Setting, _rate, make_files

from earmark.audio.decode import decode


def test_torch_cannot_be_imported_where_predictions_are_timed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKED, "utf-8")
    code = "import earmark.models.bundle, torch"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "No module named 'torch'" in done.stderr or "import of torch halted" in done.stderr


def test_a_command_that_fails_ends_the_benchmark_and_says_why(tmp_path: Path) -> None:
    setting = Setting(sys.executable, tmp_path, jobs=1)
    with pytest.raises(SystemExit, match="predicting failed: earmark: expected a folder or an audio file"):
        setting.predict(tmp_path, [tmp_path / "gone.mp3"], engine="onnxruntime")


def test_the_music_lasts_as_long_as_told_and_its_copies_are_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks.predicting, "SECONDS", 20)
    files = make_files(tmp_path / "music", 2)
    assert [path.name for path in files] == ["00.mp3", "01.mp3"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert decode(files[0]).facts.seconds == pytest.approx(20, abs=0.2)


def test_a_rate_is_the_music_s_length_by_the_least_time(capsys: pytest.CaptureFixture[str]) -> None:
    calls = []
    seconds = _rate("counting", lambda: calls.append(sum(range(100_000))), runs=2)
    assert len(calls) == 2
    assert capsys.readouterr().out.startswith(f"counting: {seconds:.2f} s, ")
