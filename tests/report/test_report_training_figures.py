from earmark.report.training_figures import accuracy_curves, loss_curves

EPOCHS = [
    {
        "epoch": n, "train_loss": 2.0 - n / 10, "val_loss": 1.9 - n / 20, "train_accuracy": n / 10,
        "val_slice_accuracy": n / 20, "val_song_accuracy": n / 15,
    }
    for n in range(1, 6)
]  # fmt: skip
PENALTIES = [{**record, "inverse_penalty": 0.1 * 10**at} for at, record in enumerate(EPOCHS)]


def test_losses_are_drawn_by_epoch_and_the_kept_one_is_marked() -> None:
    figure = loss_curves(EPOCHS, best=2)
    training, validation, mark = figure.data
    assert (training.name, validation.name) == ("training", "validation")
    assert list(training.x) == [1, 2, 3, 4, 5]
    assert list(validation.y) == [record["val_loss"] for record in EPOCHS]
    assert mark.text[0].strip() == "kept: epoch 2"
    assert figure.layout.shapes[0].x0 == 2
    assert figure.layout.xaxis.title.text == "epoch"


def test_accuracies_of_slices_are_drawn_where_there_are_slices() -> None:
    names = [trace.name for trace in accuracy_curves(EPOCHS, best=1, slices=True).data if trace.name]
    assert names == ["training slices", "validation slices", "validation songs"]
    names = [trace.name for trace in accuracy_curves(EPOCHS, best=1, slices=False).data if trace.name]
    assert names == ["training songs", "validation songs"]


def test_a_regression_is_drawn_by_penalty() -> None:
    figure = accuracy_curves(PENALTIES, best=5, slices=False)
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["0.1", "1", "10", "100", "1000"]
    assert figure.data[-1].text[0].strip() == "kept: C = 1000"
    assert figure.data[-1].textposition == "top left", "the mark of a late epoch stays inside the plot"


def test_a_run_that_kept_nothing_has_no_mark() -> None:
    figure = loss_curves(EPOCHS[:1], best=0)
    assert len(figure.data) == 2
    assert not figure.layout.shapes
