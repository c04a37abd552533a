from earmark.evaluation.splits import PartCounts, Split
from earmark.report.split_figures import split_counts
from earmark.report.theme import label_styles, rgba

LABELS = ("Amber", "The very long name of a label, first", "The very long name of a label, second")


def test_each_label_has_its_parts_in_its_colour() -> None:
    counts = (PartCounts(9, 2, 5), PartCounts(4, 0, 3), PartCounts(1, 1, 1))
    split = Split(
        mode="song", seed=0, test_fraction=0.1, validation_fraction=0.1, train=(), validation=(), test=(),
        labels=LABELS, counts=counts,
    )  # fmt: skip
    styles = label_styles(LABELS)
    figure = split_counts(split, styles=styles)
    train, validation, test = [trace for trace in figure.data if trace.type == "bar"]
    assert [list(part.x) for part in (train, validation, test)] == [[9, 4, 1], [2, 0, 1], [5, 3, 1]]
    assert test.marker.color[0] == rgba(styles["Amber"].colour, 1)
    assert train.marker.color[0] == rgba(styles["Amber"].colour, 0.25)
    assert len(set(test.y)) == 3, "names that would be shortened alike keep their places"
    numbers = [trace for trace in figure.data if trace.type == "scatter"]
    assert list(numbers[1].text) == ["2", "", "1"], "no part, no number"
    assert [trace.x[0] for trace in numbers] == [4.5, 10, 13.5], "each in the middle of its bar"
