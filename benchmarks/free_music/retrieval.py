"""Search judged as retrieval on the collection that `fetch.py` built, each song by a model that never heard it.

    python benchmarks/free_music/retrieval.py --dir benchmarks/free_music/data --out docs/results

Two studies, with the folds of `run.py`'s first dealing: songs dealt at random, and each label's releases or artists
held apart as far as it has them. For each fold an ensemble is trained on what is not its test part, saved as a bundle
of the library, and all songs are embedded by it, as `earmark embed` does; the test songs of the fold are then the
queries, and all other songs the candidates. What comes of the folds is put together question by question.
Rivals: a random order, BPM and key as estimated from the sound, the mean of 40 MFCCs, and the plain means of the
backbones' embeddings. Trained folds and vectors are kept in the library, so that the command can be stopped and run
again. It writes tables between the marks of ``search.md``, and full results beside it. Exit code 0: all is done;
2: it cannot be carried out; 130: stopped by Ctrl-C.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402 - the path has to be set first
from benchmarks.free_music.choose import fitted_on, write_between  # noqa: E402
from benchmarks.free_music.manifest import HERE  # noqa: E402
from benchmarks.free_music.retrieval_report import study_text  # noqa: E402
from benchmarks.free_music.run import FOLDS, STUDIES, Study  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from earmark.catalog.select import Selection  # noqa: E402
from earmark.cli.console import note, out  # noqa: E402
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED  # noqa: E402
from earmark.comparing.material import Material  # noqa: E402
from earmark.errors import EarmarkError  # noqa: E402
from earmark.evaluation.hubness import Hubness, mean_hubness  # noqa: E402
from earmark.evaluation.splits import Split, folds  # noqa: E402
from earmark.executors import SerialExecutor  # noqa: E402
from earmark.library.library import Library  # noqa: E402
from earmark.library.vectors import VectorTable  # noqa: E402
from earmark.models.bundle import load_card  # noqa: E402
from earmark.models.choosing import choose_tracks  # noqa: E402
from earmark.models.from_library import songs_to_split  # noqa: E402
from earmark.models.ready import ready  # noqa: E402
from earmark.models.registry import model_spec  # noqa: E402
from earmark.models.shelf import bundle_path  # noqa: E402
from earmark.similarity.judging.judged import Line, SearchJudgement, TaskScores, joined, lines_of  # noqa: E402
from earmark.similarity.judging.judging import hubness_of, judge  # noqa: E402
from earmark.similarity.judging.questions import label_questions  # noqa: E402
from earmark.similarity.judging.rankers import rivals_of  # noqa: E402
from earmark.similarity.judging.rivals import ByVectors, Chance, Ranker  # noqa: E402
from earmark.similarity.vectors.embedding import embed_library  # noqa: E402
from earmark.similarity.vectors.filters import Columns, columns_of  # noqa: E402
from earmark.similarity.vectors.hub_counts import hub_crowding  # noqa: E402
from earmark.similarity.vectors.opening import open_collection  # noqa: E402
from earmark.similarity.vectors.sources import VectorSource, bundle_source, vector_size  # noqa: E402
from earmark.similarity.vectors.space import fit_space  # noqa: E402
from earmark.similarity.vectors.supervised_space import space_of  # noqa: E402
from earmark.training.bundling import Context, bundle_result  # noqa: E402
from earmark.training.confidence import confidence_of  # noqa: E402
from earmark.training.train import VALIDATION_FRACTION  # noqa: E402

SEED = 0
MODEL = "ensemble"
OURS = "Earmark"
FILE = "search.md"
FOLDER = "search"
BEGIN, END = "<!-- tables of retrieval.py, {} -->", "<!-- end of the tables of retrieval.py, {} -->"
"""Marks of a study, by its name."""

CHOSEN = ("nine-by-song", "nine-by-label")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        library = Library.open(options.dir / "library")
        (options.out / FOLDER).mkdir(parents=True, exist_ok=True)
        for study in STUDIES:
            if study.name in options.only:
                _write(study, run_study(library, study), options.out)
    except KeyboardInterrupt:
        note("Stopped. Finished folds are kept; run the command again to go on.")
        return INTERRUPTED
    except (EarmarkError, OSError) as error:
        note(f"Error: {error}")
        return BAD_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge search on the collection of free music; run again to go on.")
    parser.add_argument("--dir", type=Path, default=HERE / "data", help="where fetch.py and run.py put everything")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results", help="where results are written")
    parser.add_argument("--only", nargs="*", choices=CHOSEN, default=CHOSEN, help="only these studies")
    return parser


def _write(study: Study, judgement: SearchJudgement, folder: Path) -> None:
    """Tables between the study's marks, and everything as JSON beside them."""
    # One line: these files are kept for recomputing, not for reading.
    values = json.dumps({"title": study.title, **judgement.to_json()}, allow_nan=False)
    (folder / FOLDER / f"{study.name}.json").write_text(values + "\n", "utf-8")
    text = "\n".join(study_text(study.title, judgement))
    out().print(text, markup=False, highlight=False, soft_wrap=True)
    write_between(folder / FILE, text, begin=BEGIN.format(study.name), end=END.format(study.name))


@dataclass(frozen=True, slots=True)
class FoldScores:
    """What came of one fold: scores of each task, and hubs of each ranker."""

    tasks: tuple[TaskScores, ...]
    hubs: Mapping[str, Hubness]


def run_study(library: Library, study: Study) -> SearchJudgement:
    """Judge all folds of a study.

    Args:
        library: The collection's library; bundles and vectors are kept in it.
        study: Labels, and what folds do not share.
    """
    chosen = choose_tracks(library.tracks(), Selection(labels=study.labels), study.mode)
    splits = folds(
        songs_to_split(chosen.tracks), mode=chosen.mode, k=FOLDS, seed=SEED, validation_fraction=VALIDATION_FRACTION
    )
    # In the order of audio ids, which are hashes: ties then know nothing of labels.
    columns = columns_of(sorted(library.tracks(), key=lambda one: one.audio_id))
    rivals, notes = rivals_of(library, columns)
    labels = tuple(sorted({str(track.label) for track in chosen.tracks}))
    bench = Bench(library, columns, (Chance(), *rivals), Material(chosen.tracks, labels, library))
    done = [bench.fold(f"search-{study.name}-{at}", split, seed=SEED + at) for at, split in enumerate(splits)]
    names = [Chance().name, *(one.name for one in rivals)]
    tasks = [joined([fold.tasks[at] for fold in done]) for at in range(len(done[0].tasks))]
    lines: list[Line] = [line for task in tasks for line in lines_of(task, ours=OURS, rivals=names, seed=SEED)]
    return SearchJudgement(
        lines=tuple(lines),
        hubs={name: mean_hubness([fold.hubs[name] for fold in done]) for name in done[0].hubs},
        left_out={task.task: task.left_out for task in tasks},
        tracks=len(columns),
        learnt=False,
        asked=f"the test songs of {FOLDS} folds, each by a model that never heard it",
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """Where folds are judged.

    Attributes:
        library: The library; bundles and vectors are kept in it.
        columns: Its songs.
        rivals: Rankers that are the same for all folds.
        material: The songs to train on.
    """

    library: Library
    columns: Columns
    rivals: tuple[Ranker, ...]
    material: Material

    def fold(self, name: str, split: Split, *, seed: int) -> FoldScores:
        """Train, embed and judge one fold.

        Args:
            name: What its bundle is called.
            split: The fold.
            seed: Seed of the training.
        """
        rankers = [*self._ours(self._trained(name, split, seed=seed)), *self.rivals]
        rows = sorted(row for one in split.test if (row := self.columns.row(one)) is not None)
        asked = [label_questions(self.columns, rows, other_artists=others) for others in (False, True)]
        hubs = {one.name: hubness_of(one, range(len(self.columns)), len(self.columns)) for one in rankers}
        return FoldScores(
            tuple(judge(questions, rankers) for questions in asked),
            {name: found for name, found in hubs.items() if found is not None},
        )

    def _trained(self, name: str, split: Split, *, seed: int) -> Path:
        """The folder of a fold's bundle, trained where it is missing or of another split."""
        folder = bundle_path(self.library, name)
        if not folder.exists() or load_card(folder).split.get("digest") != split.digest:
            note(f"Training {name} ...")
            fitted = fitted_on(ready(model_spec(MODEL))[0], self.material, split, seed=seed)
            told = {**split.to_json(), "digest": split.digest}
            bundle_result(fitted, folder, Context(split=told, confidence=confidence_of(fitted, None, seed=seed)))
        return folder

    def _ours(self, folder: Path) -> list[Ranker]:
        """What a fold's bundle gives: as `earmark similar` ranks, and with things left out."""
        source = bundle_source(folder)
        embed_library(self.library, source, executor=SerialExecutor())
        search = open_collection(self.library, source).search
        ids = self.columns.audio_ids.tolist()
        full = ByVectors(OURS, search.vectors(ids), search.crowding(ids), ours=True)
        vectors = self._vectors(source)
        # The embedding of an ensemble is those of its parts side by side, in the order of the spec.
        own = vectors[:, : vector_size(load_card(folder).spec.parts[0])]
        placed = space_of(source, ids, self.columns.labels.tolist(), own).place(own)
        return [
            full,
            replace(full, name="hubs not damped", crowding=None),
            ByVectors("labels not used", fit_space(vectors).place(vectors), ours=True),
            ByVectors("own network alone", placed, hub_crowding(placed), ours=True),
        ]

    def _vectors(self, source: VectorSource) -> NDArray[np.float32]:
        """The vectors as the bundle gives them, in the order of the columns."""
        rows, vectors = VectorTable(self.library.storage, source.key, source.size).read()
        place = {row.audio_id: at for at, row in enumerate(rows)}
        return np.asarray(vectors[[place[one] for one in self.columns.audio_ids.tolist()]])


if __name__ == "__main__":
    sys.exit(main())
