"""One spelling for each label."""

from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.names import normalise
from earmark.catalog.spellings import unify_labels
from earmark.catalog.track import Track


def unified(labels: list[str | None]) -> list[str | None]:
    tracks = [Track(audio_id=str(n), path="x", seconds=1.0, label=label) for n, label in enumerate(labels)]
    after = unify_labels(tracks)
    assert [track.audio_id for track in after] == [track.audio_id for track in tracks]
    return [track.label for track in after]


def test_the_most_frequent_spelling_stands() -> None:
    assert unified(["ARMIND", "Armind", "Armind", None, "Über", "uber", "über"]) == [
        *(["Armind"] * 3), None, *(["uber"] * 3),
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["Armind", "ARMIND", "armind ", "Purple", "Púrple", "!!!", None])))
def test_labels_that_differ_stay_apart_and_nothing_else(labels: list[str | None]) -> None:
    after = unified(labels)
    assert [label and normalise(label) for label in after] == [label and normalise(label) for label in labels]
    assert len(set(after)) == len({label and normalise(label) for label in labels})
    assert unified(after) == after
