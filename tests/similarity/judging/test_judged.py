import numpy as np
import pytest

from earmark.errors import InputError
from earmark.evaluation.hubness import hubness
from earmark.similarity.judging.judged import SearchJudgement, TaskScores, joined, lines_of, verdict
from earmark.similarity.judging.questions import Task

RNG = np.random.default_rng(0)


def made_scores(n: int = 40, task: Task = "label") -> TaskScores:
    base = RNG.random(n) * 0.4
    scores = {
        "ours": {"AP": base + 0.3, "P@1": base, "RR": base, "hit@1": base, "nDCG@1": base},
        "weak": {"AP": base, "P@1": base - 0.1 * (np.arange(n) % 2), "RR": base, "hit@1": base, "nDCG@1": base},
        "strong": {"AP": base + 0.1, "P@1": base + 0.2, "RR": base + 0.1, "hit@1": base, "nDCG@1": base},
    }
    return TaskScores(task, np.arange(n) // 2, 3, scores)


def test_lines_say_who_is_first_and_who_is_not() -> None:
    lines = lines_of(made_scores(), ours="ours", rivals=["weak", "strong"])
    by_name = {line.measure: line for line in lines}
    assert list(by_name) == ["MAP", "P@1"]
    assert by_name["MAP"].ahead == ()
    [worst] = by_name["P@1"].ahead
    assert (worst.second, worst.better, worst.n_groups) == ("strong", "strong", 20)
    assert worst.mean == pytest.approx(-0.2)
    told = verdict(lines)
    assert told[0] == "Ours (ours) is first on 1 of 2 lines; not on:"
    assert told[1].startswith("label, P@1: strong has ")
    assert "(-20.0 points" in told[1]
    assert "can be told apart on 40 questions in 20 groups." in told[1]


def test_of_what_was_played_next_other_measures_are_told() -> None:
    lines = lines_of(made_scores(task="played next"), ours="ours", rivals=["weak"])
    assert [line.measure for line in lines] == ["MRR", "hit@1"]
    assert verdict(lines) == ("Ours (ours) is first on 2 of 2 lines, level with another on 2 of these.",)


def test_intervals_hold_the_mean_and_go_by_groups() -> None:
    scores = made_scores()
    [line, _] = lines_of(scores, ours="ours", rivals=[])
    interval = line.intervals["ours"]
    assert interval.low < line.means["ours"] < interval.high
    alone = TaskScores(scores.task, np.zeros(len(scores), dtype=np.int64), 0, scores.scores)
    assert lines_of(alone, ours="ours", rivals=[])[0].intervals["ours"].high == 1


def test_corrections_grow_with_the_number_of_rivals() -> None:
    scores = made_scores()
    few = lines_of(scores, ours="ours", rivals=["weak"])[0].differences[0]
    many = lines_of(scores, ours="ours", rivals=["weak", "strong"])[0].differences[0]
    assert few.p == many.p
    assert many.p_corrected == pytest.approx(2 * few.p_corrected)


def test_folds_are_joined_question_by_question() -> None:
    first, second = made_scores(10), made_scores(6)
    both = joined([first, second])
    assert (len(both), both.left_out) == (16, 6)
    assert both.scores["weak"]["AP"].tolist() == [*first.scores["weak"]["AP"], *second.scores["weak"]["AP"]]
    empty = TaskScores("label", np.zeros(0, dtype=np.int64), 1, {"ours": {}})
    assert len(joined([empty, first])) == 10
    with pytest.raises(InputError, match="one task"):
        joined([first, made_scores(task="played next")])


def test_a_judgement_as_plain_values() -> None:
    lines = lines_of(made_scores(), ours="ours", rivals=["strong"])
    judgement = SearchJudgement(
        lines=lines, hubs={"ours": hubness([[1], [0]], 2)}, left_out={"label": 3}, tracks=40, learnt=False, asked="all"
    )
    plain = judgement.to_json()
    assert plain["lines"][0]["rankers"]["ours"]["mean"] == pytest.approx(lines[0].means["ours"])
    assert plain["lines"][1]["differences"][0]["better"] == "strong"
    assert plain["verdict"] == list(judgement.verdict)
    assert verdict([]) == ("There was no question to judge by.",)
    assert lines_of(TaskScores("label", np.zeros(0, dtype=np.int64), 0, {}), ours="ours", rivals=[]) == ()
