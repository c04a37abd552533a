import json
import shutil
from pathlib import Path

import pytest
from cli_runs import LABELS, Run, run_apart, write_track

pytestmark = pytest.mark.usefixtures("small_forests")


def test_training_tells_scores_with_intervals_and_baselines(scanned: Path, run: Run) -> None:
    ran = run("train", "--model", "mfcc", "--max-epochs", "30", "--name", "small", "--seed", "1", library=scanned)
    assert ran.code == 0, ran.err
    for told in ("mfcc", "majority", "artist look-up", "95 %", *LABELS):
        assert told in ran.out
    assert "artist-disjoint" in ran.err
    assert (scanned / "bundles" / "small" / "card.json").is_file()
    assert not list((scanned / "runs").glob("*")), "a finished run leaves no checkpoints"


def test_the_same_seed_gives_the_same_weights(scanned: Path, run: Run) -> None:
    cards = []
    for runs, name in ((run, "twin-a"), (run_apart, "twin-b")):
        cards.append(runs("train", "-m", "crnn", "--max-epochs", "1", "--name", name, "--json", library=scanned).json)
    assert cards[0]["files"]["weights.safetensors"] == cards[1]["files"]["weights.safetensors"]
    other = run("train", "-m", "crnn", "--max-epochs", "1", "--name", "c", "--seed", "5", "--json", library=scanned)
    assert other.json["files"]["weights.safetensors"] != cards[0]["files"]["weights.safetensors"]
    for name in ("twin-a", "twin-b", "c"):
        shutil.rmtree(scanned / "bundles" / name)


def test_evaluate_puts_bundles_beside_each_other(trained: Path, run: Run) -> None:
    ran = run("evaluate", "metadata", "crnn", "--details", library=trained)
    assert ran.code == 0, ran.err
    assert "cannot be told apart" in ran.err or "can be told apart" in ran.err
    assert "truth \\ verdict" in ran.out
    assert "speaks for it" in ran.out
    assert "BPM +" in ran.out, "the tempo is what tells these labels"
    told = run_apart("evaluate", "metadata", "crnn", "--json", library=trained).json
    metadata, crnn = told["bundles"]
    assert metadata["split"]["digest"] == crnn["split"]["digest"]
    assert crnn["readings"].keys() == {"mean", "vote", "slice"}
    assert metadata["readings"]["mean"]["row"]["accuracy"] == 1.0, "the tempo tells these labels"
    assert [0 < one["p"] <= 1 for one in told["paired_tests"]] == [True]


def test_evaluation_gives_what_training_told(trained: Path, run: Run) -> None:
    from earmark.models.bundle import load_card

    card = load_card(trained / "bundles" / "crnn")
    [told] = run("evaluate", "crnn", "--json", library=trained).json["bundles"]
    assert told["readings"]["mean"]["confusion"] == card.scores["test"]["mean"]["confusion"]


def test_one_file_gets_a_table_and_a_sentence(trained: Path, collection: Path) -> None:
    ran = run_apart("predict", collection / "demo", "--bundle", trained / "bundles" / "metadata")
    assert ran.code == 0, ran.err
    assert "It sounds most like Mid Avenue" in ran.out
    assert "it had never heard" in ran.out


def test_many_files_with_a_broken_one(trained: Path, collection: Path, run: Run) -> None:
    ran = run("predict", collection / "demo", collection / "labels" / "High Road", "-b", "crnn", library=trained)
    assert ran.code == 3
    assert "broken.mp3" in ran.out
    assert "was in training" in ran.out
    told = run("predict", collection / "labels" / "High Road", "-b", "crnn", "--json", library=trained)
    assert told.code == 3
    assert len(told.json["predictions"]) == 8
    assert len(told.json["failures"]) == 1
    one = told.json["predictions"][0]
    assert sum(one["probabilities"].values()) == pytest.approx(1.0)
    assert one["readings"].keys() == {"mean", "vote"}
    assert len(one["slices"]["starts_seconds"]) == len(one["slices"]["log_probabilities"]) == 6


def test_a_short_file_is_padded_and_marked(trained: Path, run: Run, tmp_path: Path) -> None:
    write_track(tmp_path / "blip.mp3", 700.0, 5, seconds=0.3)
    [one] = run("predict", tmp_path / "blip.mp3", "-b", "crnn", "--json", library=trained).json["predictions"]
    assert one["padded"] is True


def test_the_newest_bundle_is_the_default(trained: Path, collection: Path, run: Run) -> None:
    from earmark.library.library import Library
    from earmark.models.shelf import bundle_paths

    newest = bundle_paths(Library.open(trained))[0]
    told = run("predict", collection / "demo", "--json", library=trained).json
    assert Path(told["bundle"]) == newest


def test_bad_requests_say_what_to_do(trained: Path, collection: Path, run: Run, tmp_path: Path) -> None:
    unknown = run("train", "--model", "transformer", library=trained)
    assert (unknown.code, "crnn-paper" in unknown.err) == (2, True)
    no_slices = run("train", "--model", "mfcc", "--slice-seconds", "3", library=trained)
    assert (no_slices.code, "no slice length" in no_slices.err) == (2, True)
    no_bundle = run("predict", collection / "demo", "-b", "best", library=trained)
    assert (no_bundle.code, "metadata" in no_bundle.err) == (2, True)
    one_label = run("train", "--labels", "Low Street", library=trained)
    assert (one_label.code, "two labels" in one_label.err) == (2, True)
    damaged = tmp_path / "damaged"
    shutil.copytree(trained / "bundles" / "crnn", damaged)
    (damaged / "model.onnx").write_bytes(b"nothing")
    ran = run("predict", collection / "demo", "-b", damaged)
    assert (ran.code, "damaged" in ran.err) == (2, True)


def test_a_label_with_too_few_artists_is_left_out_and_told(collection: Path, run: Run, tmp_path: Path) -> None:
    for number in range(4):
        tags = {"TIT2": f"Solo {number}", "TPE1": "The Only One", "TPUB": "One Man Label"}
        write_track(tmp_path / "more" / f"{number}.mp3", 1500, 50 + number, seconds=2, tags=tags)
    library = tmp_path / "library"
    run("scan", collection / "labels", tmp_path / "more", library=library)
    ran = run("train", "-m", "metadata", library=library)
    assert ran.code == 0, ran.err
    assert "label One Man Label left out" in ran.err
    named = run("train", "-m", "metadata", "--labels", "One Man Label,Low Street", library=library)
    assert named.code == 2
    assert "One Man Label" in named.err


def test_a_split_can_be_kept_and_used_again(scanned: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "split.json"
    first = run("train", "-m", "metadata", "--split", "song", "--seed", "7", "--split-file", file, library=scanned)
    assert first.code == 0, first.err
    kept = json.loads(file.read_text())
    assert (kept["mode"], kept["seed"]) == ("song", 7)
    again = run("train", "-m", "metadata", "--split-file", file, "--seed", "1", "--json", library=scanned)
    assert again.json["split"]["test"] == kept["test"]
    other = run("train", "-m", "metadata", "--split", "artist", "--split-file", file, library=scanned)
    assert (other.code, "song-disjoint" in other.err) == (2, True)
    kept["train"], kept["mode"] = [*kept["train"], kept["test"][0]], "song"
    file.write_text(json.dumps(kept))
    leaking = run("train", "-m", "metadata", "--split-file", file, library=scanned)
    assert (leaking.code, "leaks" in leaking.err) == (2, True)


def test_one_bad_bundle_does_not_hide_the_others(trained: Path, run: Run) -> None:
    bad = trained / "bundles" / "bad"
    shutil.copytree(trained / "bundles" / "metadata", bad)
    (bad / "model.onnx").write_bytes(b"nothing")
    every = run("evaluate", library=trained)
    named = run("evaluate", "bad", library=trained)
    shutil.rmtree(bad)
    assert (every.code, "bad cannot be judged" in every.err, "crnn" in every.out) == (3, True, True)
    assert (named.code, "damaged" in named.err) == (2, True)
