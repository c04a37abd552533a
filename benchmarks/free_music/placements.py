"""How vectors came to be placed and damped as they are: ways to do it, judged on training songs only.

    python benchmarks/free_music/placements.py --dir benchmarks/free_music/data --demo demo/library

Folds are those of `choose.py`: within each outer fold of `run.py`'s first dealing, training and validation songs are
dealt again, so that no choice reads the test songs of the fold that it is made in. The inner held-out songs are
queries, the other inner songs candidates. Then a third of the labels at a time is taken from what a placement learns
from, and all songs of that third are asked about: music of labels that nobody has learnt must not be worse off.

Embeddings are those of an ensemble's two parts that hear, side by side at length 1, as plain means over 24 slices. Only
what embeddings hang on is trained in full; the classifiers above them, on which they do not, at a single penalty. They
are kept beside the library, so that the command can be stopped and run again. It writes its tables between two marks of
``search.md``. Exit code 0: all is done; 2: it cannot be carried out; 130: stopped by Ctrl-C.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402 - the path has to be set first
from benchmarks.free_music.choose import CORPORA, SEED, Arena, dealt, fitted_on, write_between  # noqa: E402
from benchmarks.free_music.dampings import DAMPINGS, Damping  # noqa: E402
from benchmarks.free_music.manifest import HERE  # noqa: E402
from benchmarks.free_music.placement_ways import CHOSEN, PLACEMENTS, Placement, units  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from earmark.cli.console import note, out  # noqa: E402
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED  # noqa: E402
from earmark.errors import EarmarkError, InputError  # noqa: E402
from earmark.evaluation.hubness import Hubness  # noqa: E402
from earmark.evaluation.splits import Split  # noqa: E402
from earmark.executors import SerialExecutor  # noqa: E402
from earmark.models.from_library import LibrarySongs, lacking_features  # noqa: E402
from earmark.models.ready import ready  # noqa: E402
from earmark.models.registry import model_spec  # noqa: E402
from earmark.models.spec import ModelSpec  # noqa: E402
from earmark.similarity.judging.judging import hubness_of, judge  # noqa: E402
from earmark.similarity.judging.questions import label_questions  # noqa: E402
from earmark.similarity.judging.rivals import ByVectors, Ranker  # noqa: E402
from earmark.similarity.vectors.filters import Columns, columns_of  # noqa: E402
from earmark.training.trained import trained_model  # noqa: E402

FILE = "search.md"
BEGIN, END = "<!-- tables of placements.py -->", "<!-- end of the tables of placements.py -->"
SLICES = 24
THIRDS = 3
PARTS = ("earmark", "probe")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        text: list[str] = []
        for corpus in CORPORA:
            folder = options.demo if corpus.demo else options.dir / "library"
            if folder is not None and corpus.name in options.corpora:
                heard = list(_heard(dealt(corpus, folder), options.dir / "placements"))
                section = [f"### {corpus.title}", "", *_placements(heard), "", *_dampings(heard), ""]
                out().print("\n".join(section), markup=False, highlight=False, soft_wrap=True)
                text += section
        write_between(options.out / FILE, "\n".join(text), begin=BEGIN, end=END)
    except KeyboardInterrupt:
        note("Stopped. Finished folds are kept; run the command again to go on.")
        return INTERRUPTED
    except (EarmarkError, OSError) as error:
        note(f"Error: {error}")
        return BAD_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge ways to place and damp vectors on training songs; goes on.")
    parser.add_argument("--dir", type=Path, default=HERE / "data", help="where fetch.py and run.py put everything")
    parser.add_argument("--demo", type=Path, help="the library that `make demo` made; left out without it")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results", help="where search.md is")
    names = [one.name for one in CORPORA]
    parser.add_argument("--corpora", nargs="*", choices=names, default=names, help="only these corpora")
    return parser


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The songs of an inner fold.

    Attributes:
        columns: Its songs, without the test songs of the outer fold, in the order of audio ids.
        held_out: bool of shape (songs,): those of the inner test part.
        parts: By part of the ensemble, float64 of shape (songs, size).
    """

    columns: Columns
    held_out: NDArray[np.bool_]
    parts: Mapping[str, NDArray[np.float64]]


def _heard(arena: Arena, kept: Path) -> Iterator[Heard]:
    for at, split in enumerate(arena.splits):
        path = kept / f"{arena.corpus.name}-{at}-{split.digest[:12]}.npz"
        if not path.exists():
            note(f"Training on inner fold {at} of {arena.corpus.name} ...")
            path.parent.mkdir(parents=True, exist_ok=True)
            own, probe = (_embedded(_quick(name), arena, split, seed=SEED + at) for name in PARTS)
            np.savez(path, own=own, probe=probe)
        with np.load(path, allow_pickle=False) as stored:
            pairs = zip(PARTS, (stored["own"], stored["probe"]), strict=True)
            yield _of_fold(arena, split, {name: np.asarray(values, dtype=np.float64) for name, values in pairs})


def _quick(name: str) -> ModelSpec:
    """A part of the ensemble, with the least work on the classifier, which is no part of the embedding."""
    return ready(model_spec(name))[0].with_training(inverse_penalties=(0.01,), parts=2)


def _embedded(spec: ModelSpec, arena: Arena, split: Split, *, seed: int) -> NDArray[np.float32]:
    library, tracks = arena.library, arena.material.tracks
    lost = lacking_features(library, [one.audio_id for one in tracks], spec.stored, executor=SerialExecutor())
    if lost:
        raise InputError(f"some songs cannot be heard: {', '.join(lost.values())}")
    model = trained_model(fitted_on(spec, arena.material, split, seed=seed))
    songs = LibrarySongs(library, tracks)
    return np.stack([model.predict(songs, index, most_slices=SLICES).embedding for index in range(len(songs))])


def _of_fold(arena: Arena, split: Split, parts: Mapping[str, NDArray[np.float64]]) -> Heard:
    part_of = split.part_of()
    order = sorted((track.audio_id, at) for at, track in enumerate(arena.material.tracks) if track.audio_id in part_of)
    rows = [at for _, at in order]
    return Heard(
        columns_of([arena.material.tracks[at] for at in rows]),
        np.array([part_of[audio_id] == "test" for audio_id, _ in order]),
        {name: values[rows] for name, values in parts.items()},
    )


def _placements(heard: Sequence[Heard]) -> Iterator[str]:
    yield "| placement | label | by other artists | labels not learnt | these by other artists |"
    yield "|---|--:|--:|--:|--:|"
    for name, one in PLACEMENTS.items():
        means = " | ".join(f"{value:.3f}" for value in _judged(one, heard))
        yield f"| {f'**{one.told}**' if name == CHOSEN else one.told} | {means} |"


def _judged(placement: Placement, heard: Sequence[Heard]) -> list[float]:
    """Mean average precision: of learnt labels in both tasks, then of labels that were not learnt."""
    scores: list[list[NDArray[np.float64]]] = [[], [], [], []]
    for one in heard:
        for unlearnt in (frozenset[str](), *_thirds(one.columns)):
            unknown = np.isin(one.columns.labels, sorted(unlearnt))
            placed = _placed(placement, one, learnt=~one.held_out & ~unknown)
            queries = np.flatnonzero(unknown if unlearnt else one.held_out).tolist()
            for at, found in enumerate(_scores(ByVectors("", placed), one.columns, queries)):
                scores[at + 2 * bool(unlearnt)].append(found)
    return [float(np.concatenate(values).mean()) for values in scores]


def _thirds(columns: Columns) -> list[frozenset[str]]:
    labels = np.unique(columns.labels)
    order = np.random.default_rng(SEED).permutation(len(labels))
    return [frozenset(labels[order[at::THIRDS]].tolist()) for at in range(THIRDS)]


def _placed(placement: Placement, heard: Heard, *, learnt: NDArray[np.bool_]) -> NDArray[np.float32]:
    values = placement.embed(heard.parts)
    centred = values - values.mean(axis=0)
    return units(placement.place(centred, learnt, heard.columns.labels[learnt])).astype(np.float32)


def _scores(ranker: Ranker, columns: Columns, queries: Sequence[int]) -> Iterator[NDArray[np.float64]]:
    for others in (False, True):
        found = judge(label_questions(columns, queries, other_artists=others), [ranker], cutoffs=(1,))
        yield found.scores[ranker.name].get("AP", np.zeros(0))


def _dampings(heard: Sequence[Heard]) -> Iterator[str]:
    yield "| damping | label | by other artists | skew | never | most often, of the mean |"
    yield "|---|--:|--:|--:|--:|--:|"
    spaces = [(one, _placed(PLACEMENTS[CHOSEN], one, learnt=~one.held_out)) for one in heard]
    for damping in DAMPINGS:
        yield _damped(damping, spaces)


def _damped(damping: Damping, spaces: Sequence[tuple[Heard, NDArray[np.float32]]]) -> str:
    scores: tuple[list[NDArray[np.float64]], ...] = ([], [])
    hubs: list[Hubness] = []
    for one, placed in spaces:
        ranker = Damped(damping.told, damping.damp(placed))
        for at, found in enumerate(_scores(ranker, one.columns, np.flatnonzero(one.held_out).tolist())):
            scores[at].append(found)
        if (found_hubs := hubness_of(ranker, range(len(placed)), len(placed))) is not None:
            hubs.append(found_hubs)
    means = [float(np.concatenate(values).mean()) for values in scores]
    skew = float(np.mean([one.skewness for one in hubs]))
    never, largest = (float(np.mean([getattr(one, name) for one in hubs])) for name in ("orphans", "largest"))
    return f"| {damping.told} | {means[0]:.3f} | {means[1]:.3f} | {skew:.2f} | {never:.1%} | {largest:.2f} |"


@dataclass(frozen=True, slots=True, eq=False)
class Damped:
    """A ranker from a whole table of scores.

    Attributes:
        name: What it is called.
        table: float64 of shape (songs, songs).
        ours: Always.
    """

    name: str
    table: NDArray[np.float64]
    ours: bool = True

    def scores(self, row: int) -> NDArray[np.float64]:
        """A row of the table."""
        return np.array(self.table[row])


if __name__ == "__main__":
    sys.exit(main())
