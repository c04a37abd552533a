"""Judgements of search as Markdown."""

from collections.abc import Iterable, Sequence

from earmark.similarity.judging.judged import Line, SearchJudgement

TESTED = ("MAP", "P@10", "nDCG@10")
"""Measures of which every difference is told; those of the others stand in the full results."""


def study_text(title: str, judgement: SearchJudgement) -> list[str]:
    """Everything about one study, as lines of Markdown.

    Args:
        title: Its heading.
        judgement: What came of it.
    """
    return [
        f"### {title}",
        "",
        f"Queries: {judgement.asked}. Candidates: all other of {judgement.tracks} songs.",
        *(f"{told}" for told in judgement.notes),
        "",
        *(line for task in dict.fromkeys(one.task for one in judgement.lines) for line in _task(judgement, task)),
        *_hubs(judgement),
        "On which lines ours is first:",
        "",
        *(f"- {told}" for told in judgement.verdict),
        "",
    ]


def _task(judgement: SearchJudgement, task: str) -> list[str]:
    lines = [line for line in judgement.lines if line.task == task]
    first = lines[0]
    left_out = judgement.left_out.get(task, 0)
    told = (
        f"**{task.capitalize()}**: {first.n_questions} questions in {first.differences[0].n_groups} groups of artists"
    )
    told += f", {left_out} songs left out that nothing answers." if left_out else "."
    columns = ["", f"{first.ours} (95 %)", *(name for name in first.means if name != first.ours)]
    rivals = ["", *(one.second for one in first.differences)]
    return [
        told,
        "",
        *_table(columns, [_means(line) for line in lines]),
        "",
        f"{first.ours} minus each rival, in points (95 %), p after Holm's correction over the rivals of a line:",
        "",
        *_table(rivals, [_tested(one) for one in lines if one.measure in TESTED]),
        "",
    ]


def _means(line: Line) -> list[str]:
    best = max(line.means.values())
    cells = {name: f"**{mean:.3f}**" if mean == best else f"{mean:.3f}" for name, mean in line.means.items()}
    ours = f"{cells.pop(line.ours)} ({line.intervals[line.ours]})"
    return [line.measure, ours, *cells.values()]


def _tested(line: Line) -> list[str]:
    return [
        line.measure,
        *(
            f"{100 * one.mean:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f}), p = {one.p_corrected:.2g}"
            for one in line.differences
        ),
    ]


def _hubs(judgement: SearchJudgement) -> list[str]:
    rows = [
        [name, f"{one.skewness:.2f}", f"{one.orphans:.1%}", f"{one.largest:.1f}", f"{one.over:.1%}"]
        for name, one in judgement.hubs.items()
    ]
    k = next(iter(judgement.hubs.values())).k
    columns = [f"among the {k} nearest", "skew", "never", "most often, of the mean", "over twice the mean"]
    return ["How unevenly songs come up, all songs asked:", "", *_table(columns, rows), ""]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(columns)} |", f"|{'|'.join(['---', *('--:' for _ in columns[1:])])}|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]
