from dataclasses import replace

import numpy as np
from tiny_library import make_track

from earmark.similarity.judging.questions import artist_groups, label_questions, played_questions
from earmark.similarity.vectors.filters import Columns, columns_of

# Rows:      0            1               2           3           4              5
CREDITS = [("Amber", "Ada"), ("Amber", "Ada & Bo"), ("Amber", "Cy"), ("Basalt", "Bo"), ("Basalt", "Dee"), (None, "Ada")]


def made_columns() -> Columns:
    return columns_of([make_track(at, label, credit) for at, (label, credit) in enumerate(CREDITS)])


def test_the_labels_tracks_among_all_others() -> None:
    asked = label_questions(made_columns(), range(6), other_artists=False)
    assert (len(asked), asked.left_out, asked.task) == (5, 1, "label")
    first = next(iter(asked))
    assert first.query == 0
    assert first.candidates.tolist() == [1, 2, 3, 4, 5]
    assert first.relevant.tolist() == [True, True, False, False, False]


def test_tracks_that_share_an_artist_are_no_candidates() -> None:
    asked = list(label_questions(made_columns(), range(6), other_artists=True))
    by_query = {one.query: one for one in asked}
    assert by_query[0].candidates.tolist() == [2, 3, 4]
    assert by_query[0].relevant.tolist() == [True, False, False]
    # Ada & Bo: tracks of either are out.
    assert by_query[1].candidates.tolist() == [2, 4]
    assert by_query.keys() == {0, 1, 2, 3, 4}


def test_a_label_of_one_artist_has_nothing_to_ask_and_is_counted() -> None:
    tracks = [make_track(1, "Amber", "Ada"), make_track(2, "Amber", "Ada"), make_track(3, "Basalt", "Bo")]
    assert len(label_questions(columns_of(tracks), range(3), other_artists=False)) == 2
    asked = label_questions(columns_of(tracks), range(3), other_artists=True)
    assert (len(asked), asked.left_out) == (0, 3)


def test_tracks_without_a_credit_may_be_by_anybody() -> None:
    tracks = [make_track(1, "Amber", "Ada"), make_track(2, "Amber", "Bo"), make_track(3, "Amber", "Cy")]
    nameless = replace(tracks[2], artists=type(tracks[2].artists)(), artist_credit=None)
    asked = label_questions(columns_of([*tracks[:2], nameless]), range(3), other_artists=True)
    assert asked.left_out == 1
    assert [one.candidates.tolist() for one in asked] == [[1], [0]]


def test_groups_are_chains_of_shared_artists() -> None:
    groups = artist_groups(made_columns())
    assert len({groups[0], groups[1], groups[3], groups[5]}) == 1
    assert len(np.unique(groups)) == 3


def test_what_was_played_next() -> None:
    columns = made_columns()
    ids = columns.audio_ids.tolist()
    lists = [[ids[0], ids[3], ids[3], ids[1]], [ids[4], "a file that is not there", ids[2]], [ids[2], ids[5]]]
    asked = played_questions(columns, lists, queries=[0, 3])
    # 3 after 3 is the same track, what follows a gap is not known, and 2 may not be asked about.
    assert [(one.query, one.candidates[one.relevant].tolist(), one.group) for one in asked] == [
        (0, [3], 0),
        (3, [1], 0),
    ]
    assert asked.left_out == 1
    assert all(one.query not in one.candidates for one in asked)
    assert len(played_questions(columns, [], queries=[0])) == 0
