import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_models import small
from tiny_library import make_track, tiny_library, tiny_tracks

from earmark.audio.settings import FeatureSettings
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.models.bundle import Bundle, load_bundle
from earmark.models.explaining import explain_song
from earmark.models.from_library import LibrarySongs
from earmark.models.inputs import OneSong, SongMetadata
from earmark.models.predict import FilePrediction
from earmark.models.registry import model_spec
from earmark.models.saving import load_torch
from earmark.training.add_label import add_label, check_name
from earmark.training.train import TrainRequest, train

NEW = "Dune"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    settings = small(model_spec("earmark")).features
    assert settings is not None
    return tiny_library(tmp_path_factory.mktemp("add") / "library", tiny_tracks(16), settings=settings)


@pytest.fixture(scope="module")
def bundle(library: Library) -> Bundle:
    request = TrainRequest(spec=small(model_spec("earmark")), name="own", test_fraction=0.3)
    return train(library, request, executor=SerialExecutor()).bundle


def heard(bundle: Bundle, track: Track, *, band: int | None = 90) -> FilePrediction:
    """A file of noise with a loud band, as the bundle hears it; without one it sounds like the first label."""
    rng = np.random.default_rng(int(track.audio_id, 16))
    features = rng.normal(-40, 4, size=(100, 128))
    place = 0 if band is None else band
    features[:, place : place + 20] += 25
    [settings] = bundle.spec.stored
    assert isinstance(settings, FeatureSettings)
    tags = SongMetadata(bpm=track.bpm, key=track.key, seconds=track.seconds)
    song = bundle.predict_song(OneSong({settings.key: features.astype(np.float16)}, tags))
    return FilePrediction(track, bundle.labels, song, in_training=False)


def new_tracks(bundle: Bundle, n: int, *, band: int | None = 90, artist: str | None = None) -> list[FilePrediction]:
    tracks = [make_track(1000 + number, None, artist or f"New Act {number}") for number in range(n)]
    return [heard(bundle, track, band=band) for track in tracks]


def test_a_label_is_added_and_told(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 10), tmp_path / "more", library=library)
    newcomer = made.newcomer
    assert newcomer.told_apart
    assert newcomer.auroc.value > 0.95
    assert newcomer.recall >= 0.8
    assert (newcomer.songs, newcomer.artists) == (10, 10)
    assert newcomer.tested >= 10
    assert newcomer.after == newcomer.before
    assert newcomer.rival in bundle.labels
    assert made.bundle.labels == (*bundle.labels, NEW)
    fresh = heard(made.bundle, make_track(5000, None, "Somebody Else"))
    assert fresh.label == NEW
    assert fresh.song.slice_log_probs.shape[1] == 4
    assert fresh.song.vote.label == 3


def test_the_other_labels_keep_their_proportions(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 10), tmp_path / "more", library=library)
    source = LibrarySongs(library, tuple(library.tracks()[:5]))
    for index in range(5):
        before, after = (one.predict_song(source, index).verdict.probabilities for one in (bundle, made.bundle))
        np.testing.assert_allclose(after[:3] / after[:3].sum(), before, rtol=1e-6)
        assert after.argmax() == before.argmax()


def test_the_new_bundle_is_whole(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    tracks = new_tracks(bundle, 8)
    made = add_label(bundle, NEW, tracks, tmp_path / "more", library=library)
    opened = load_bundle(tmp_path / "more")
    assert opened.card.songs["train"][NEW] == 8
    assert opened.card.songs["validation"][NEW] == 0
    [record] = opened.card.training["added"]
    assert record["name"] == NEW
    assert record["audio_ids"] == [one.track.audio_id for one in tracks]
    assert opened.references is not None
    assert bundle.references is not None
    assert len(opened.references) == len(bundle.references) + 8
    assert {song.part for song in opened.references.of_label(NEW)} == {"train"}
    assert opened.confidence is not None
    assert opened.confidence.n_labels == 4
    assert opened.confidence.songs == made.newcomer.tested + 8
    told = explain_song(heard(opened, tracks[0].track).song, tracks[0].track, opened.knowledge)
    assert told.label == NEW
    assert told.sure is not None
    assert load_torch(tmp_path / "more") is not None
    assert bundle.labels == load_bundle(bundle.path).labels


def test_labels_can_be_added_one_after_another(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    once = add_label(bundle, NEW, new_tracks(bundle, 8), tmp_path / "a", library=library).bundle
    tracks = [heard(once, make_track(2000 + number, None, f"Other Act {number}"), band=62) for number in range(8)]
    twice = add_label(once, "Ember", tracks, tmp_path / "a", library=library).bundle
    assert twice.path == once.path
    assert twice.labels == (*bundle.labels, NEW, "Ember")
    assert heard(twice, make_track(5001, None, "X"), band=62).label == "Ember"
    assert heard(twice, make_track(5002, None, "X")).label == NEW


def test_what_has_no_sound_of_its_own_is_said_so(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 6, band=None), tmp_path / "more", library=library)
    assert made.newcomer.auroc.value < 0.95
    assert made.newcomer.rival == bundle.labels[0]
    if not made.newcomer.told_apart:
        assert any("cannot be told from the other labels" in text for text in made.newcomer.notes)


def test_few_tracks_and_one_artist_are_warned_of(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 3, artist="Solo"), tmp_path / "more", library=library)
    notes = " ".join(made.newcomer.notes)
    assert "3 tracks say little" in notes
    assert "may be the artist and not the label" in notes
    assert made.newcomer.artists == 1


def test_without_the_library_nothing_is_promised(bundle: Bundle, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 6), tmp_path / "more")
    assert made.bundle.confidence is None
    assert made.newcomer.before is None
    assert any("--library" in text for text in made.newcomer.notes)


def test_known_and_repeated_tracks_are_left_out(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    tracks = new_tracks(bundle, 5)
    known = heard(bundle, library.tracks()[0])
    again = replace(tracks[1], track=replace(tracks[1].track, path="/nowhere/copy.mp3"))
    made = add_label(bundle, NEW, [*tracks, known, again], tmp_path / "more", library=library)
    assert made.newcomer.songs == 5
    assert any("in the catalogue already, as Amber" in text for text in made.newcomer.notes)
    assert any("same recording as /nowhere/1001.mp3" in text for text in made.newcomer.notes)


def test_too_little_is_refused(bundle: Bundle, library: Library, tmp_path: Path) -> None:
    for tracks in ([], new_tracks(bundle, 1), [heard(bundle, track) for track in library.tracks()[:4]]):
        with pytest.raises(InputError, match="a label is learnt from 2 tracks or more"):
            add_label(bundle, NEW, tracks, tmp_path / "more", library=library)
    assert not (tmp_path / "more").exists()


def test_names_that_are_taken_or_none(bundle: Bundle) -> None:
    with pytest.raises(InputError, match="knows the label Amber already"):
        check_name(bundle, "AMBER")
    for name in ("", " Dune"):
        with pytest.raises(InputError, match="without blanks"):
            check_name(bundle, name)
    with pytest.raises(InputError, match="carries no references"):
        check_name(replace(bundle, references=None), NEW)


def test_no_other_bundle_is_replaced(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="there already"):
        add_label(bundle, NEW, new_tracks(bundle, 4), tmp_path / "there")


def test_a_card_without_its_added_label_is_damaged(bundle: Bundle, tmp_path: Path) -> None:
    made = add_label(bundle, NEW, new_tracks(bundle, 4), tmp_path / "more").bundle
    card = made.path / "card.json"
    card.write_text(card.read_text().replace('"Cobalt",\n  "Dune"', '"Cobalt",\n  "Else"', 1))
    with pytest.raises(InputError, match="added labels are not those of its card"):
        load_bundle(made.path)


def test_it_needs_no_torch() -> None:
    blocked = "import sys\nfor name in ('torch', 'sklearn', 'onnx'): sys.modules[name] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + "import earmark.training.add_label"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
