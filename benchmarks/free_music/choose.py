"""How the settings of Earmark's own network were chosen: variants of them, judged on training songs only.

    python benchmarks/free_music/choose.py --dir benchmarks/free_music/data --demo demo/library

Each corpus is dealt into the outer folds of `run.py`'s first dealing (seed 0). The training and validation songs of an
outer fold are dealt again in four, and one of these inner folds is held out: four trainings for a variant and corpus.
No choice reads the test songs of the outer fold that it is made in. A song that is tested in one outer fold is a
training song of the others, so the choice did meet most songs as inner held-out songs; music that took no part in it
at all is what settles the matter. Results are kept in a file for each variant and corpus, so the command can be stopped
and run again. It writes its tables between two marks of ``docs/results/model-log.md``. Exit code 0: all is done; 2: it
cannot be carried out; 130: stopped by Ctrl-C.
"""

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Run as a file, Python would look for modules in this folder; those here are named from the repository's root.
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402 - the path has to be set first
from benchmarks.free_music.manifest import HERE  # noqa: E402
from benchmarks.free_music.run import FOLDS, NINE  # noqa: E402
from benchmarks.free_music.variants import UNCHANGED, VARIANTS  # noqa: E402

from earmark.catalog.select import Selection  # noqa: E402
from earmark.cli.console import note, out  # noqa: E402
from earmark.cli.exit_codes import BAD_INPUT, INTERRUPTED  # noqa: E402
from earmark.comparing.contestants import Contestant  # noqa: E402
from earmark.comparing.material import Material  # noqa: E402
from earmark.errors import EarmarkError, InputError  # noqa: E402
from earmark.evaluation.intervals import grouped_wilson_interval  # noqa: E402
from earmark.evaluation.metrics import macro_f1  # noqa: E402
from earmark.evaluation.splits import Split, SplitMode, folds  # noqa: E402
from earmark.library.library import Library  # noqa: E402
from earmark.models.choosing import choose_tracks  # noqa: E402
from earmark.models.files import write_json  # noqa: E402
from earmark.models.spec import ModelSpec  # noqa: E402
from earmark.training.confidence import open_set_of, said_of  # noqa: E402
from earmark.training.fit import fit  # noqa: E402
from earmark.training.songs import FitResult  # noqa: E402
from earmark.training.train import VALIDATION_FRACTION  # noqa: E402
from earmark.training.trained import trained_model  # noqa: E402

SEED = 0
SCORES = ("max-probability", "entropy", "margin")
"""Scores of strangeness that are tried: `energy` is the same for all songs where log-probabilities are normalised."""
BEGIN, END = "<!-- tables of choose.py -->", "<!-- end of the tables of choose.py -->"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Music to choose on.

    Attributes:
        name: Name of its files.
        title: Its heading.
        mode: What the parts of a fold do not share.
        labels: The labels; all where empty.
        demo: Whether it lies in the demo's library.
    """

    name: str
    title: str
    mode: SplitMode
    labels: tuple[str, ...] = ()
    demo: bool = False


CORPORA = (
    Corpus("nine-by-song", "Nine collections, songs dealt at random", "song", NINE),
    Corpus("nine-by-label", "Nine collections, releases or artists held apart", "by-label", NINE),
    Corpus("demo-by-artist", "Demo catalogue, artists held apart", "artist", demo=True),
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a variant said of the inner held-out songs of a corpus, all outer folds together.

    Attributes:
        groups: What each song hangs together with; a song that is held out in several outer folds is there each time.
        truth: Its label index.
        called: The label index that it was called.
        likelihood: The probability that the true label got.
        aurocs: By the name of a score of strangeness, how well it tells a label that was held back inside of training
            from the others, the mean over the outer folds; NaN where too few labels have songs.
        seconds: What a training took, the mean.
    """

    groups: tuple[int, ...]
    truth: tuple[int, ...]
    called: tuple[int, ...]
    likelihood: tuple[float, ...]
    aurocs: dict[str, float]
    seconds: float

    @property
    def right(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Which songs were called rightly."""
        return np.equal(self.truth, self.called)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    kept = options.kept or options.dir / "choosing"
    try:
        arenas = [dealt(corpus, folder) for corpus in CORPORA if (folder := _folder(corpus, options)) is not None]
        # Variant by variant over all corpora, so that whoever stops has whole variants.
        held = {
            (name, arena.corpus.name): _held(name, arena, kept, train=not options.known)
            for name in options.only or VARIANTS
            for arena in arenas
        }
        text = "\n".join(line for arena in arenas for line in _section(arena.corpus, _of_corpus(held, arena.corpus)))
        out().print(text, markup=False, highlight=False, soft_wrap=True)
        if options.log is not None:
            write_between(options.log, text)
    except KeyboardInterrupt:
        note("Stopped. Finished variants are kept; run the command again to go on.")
        return INTERRUPTED
    except (EarmarkError, OSError) as error:
        note(f"Error: {error}")
        return BAD_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge variants of the own network on training songs; goes on.")
    parser.add_argument("--dir", type=Path, default=HERE / "data", help="where fetch.py and run.py put everything")
    parser.add_argument("--demo", type=Path, help="the library that `make demo` made; left out without it")
    parser.add_argument("--kept", type=Path, help="where finished variants are kept (default: DIR/choosing)")
    parser.add_argument("--log", type=Path, help="Markdown file to write the tables into, between its two marks")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), help="only these variants")
    parser.add_argument("--corpora", nargs="*", choices=[one.name for one in CORPORA], help="only these corpora")
    parser.add_argument("--known", action="store_true", help="train nothing: tables of what is finished")
    return parser


@dataclass(frozen=True, slots=True)
class Arena:
    """A corpus that was dealt.

    Attributes:
        corpus: Which.
        material: Its songs.
        splits: An inner fold of each outer fold.
        library: Where they are.
    """

    corpus: Corpus
    material: Material
    splits: tuple[Split, ...]
    library: Library


def _folder(corpus: Corpus, options: argparse.Namespace) -> Path | None:
    """Where a corpus lies; None where it is not asked for."""
    folder: Path | None = options.demo if corpus.demo else options.dir / "library"
    return None if options.corpora and corpus.name not in options.corpora else folder


def dealt(corpus: Corpus, folder: Path) -> Arena:
    """Deal a corpus.

    Args:
        corpus: Which.
        folder: Its library.

    Raises:
        InputError: There are not two labels with songs enough.
        SplitError: They cannot be dealt so.
    """
    library = Library.open(folder)
    chosen = choose_tracks(library.tracks(), Selection(labels=corpus.labels), corpus.mode)
    material = Material(chosen.tracks, tuple(sorted({str(track.label) for track in chosen.tracks})), library)
    return Arena(corpus, material, tuple(inner_splits(material, mode=chosen.mode)), library)


def _held(name: str, arena: Arena, kept: Path, *, train: bool) -> Held | None:
    """What a variant said of a corpus: kept, or trained now where that is asked for."""
    path, key = kept / arena.corpus.name / f"{name}.json", _key(name, arena.splits)
    found = load_held(path, key)
    if found is None and train:
        note(f"{name}, {arena.corpus.name} ...")
        found = _run(VARIANTS[name].spec, arena.material, arena.splits)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"key": key, "held": {slot: getattr(found, slot) for slot in Held.__slots__}})
    return found


def _of_corpus(held: Mapping[tuple[str, str], Held | None], corpus: Corpus) -> dict[str, Held]:
    return {name: one for (name, of), one in held.items() if of == corpus.name and one is not None}


def inner_splits(material: Material, *, mode: SplitMode) -> list[Split]:
    """One inner fold of each outer fold: its songs are all among the outer training and validation songs.

    Raises:
        SplitError: There are too few songs or groups.
    """
    songs = list(material.songs.values())
    inner = []
    for at, outer in enumerate(folds(songs, mode=mode, k=FOLDS, seed=SEED, validation_fraction=VALIDATION_FRACTION)):
        seen = {*outer.train, *outer.validation}
        rest = [song for song in songs if song.id in seen]
        inner.append(folds(rest, mode=mode, k=FOLDS, seed=SEED + 1 + at, validation_fraction=VALIDATION_FRACTION)[at])
    return inner


def _key(name: str, splits: Sequence[Split]) -> str:
    """Changes with the model's settings, the version of its training, and the songs."""
    return "-".join([Contestant(name, spec=VARIANTS[name].spec).key, *(split.digest for split in splits)])


def _run(spec: ModelSpec, material: Material, splits: Sequence[Split]) -> Held:
    ids: list[str] = []
    log_probs, seconds, aurocs = [], [], []
    for at, split in enumerate(splits):
        fitted = fitted_on(spec, material, split, seed=SEED + at)
        held_out = said_of(trained_model(fitted), material.song_set(split.test))
        ids += split.test
        log_probs.append(held_out.log_probs)
        seconds.append(fitted.seconds)
        found = {score: open_set_of(fitted, score=score) for score in SCORES}
        aurocs.append({score: math.nan if one is None else one.auroc.value for score, one in found.items()})
    said, truth = np.concatenate(log_probs), material.truth(ids)
    group_of = dict(zip(material.songs, splits[0].group_ids(tuple(material.songs.values())).tolist(), strict=True))
    return Held(
        groups=tuple(group_of[one] for one in ids),
        truth=tuple(truth.tolist()),
        called=tuple(said.argmax(axis=1).tolist()),
        likelihood=tuple(np.exp(said[np.arange(len(ids)), truth]).tolist()),
        aurocs={score: float(np.mean([one[score] for one in aurocs])) for score in SCORES},
        seconds=float(np.mean(seconds)),
    )


def fitted_on(spec: ModelSpec, material: Material, split: Split, *, seed: int) -> FitResult:
    """Train a model on the training and validation songs of a split.

    Args:
        spec: The model.
        material: The songs.
        split: Which of them.
        seed: Seed of the training.
    """
    songs = tuple(material.songs.values())
    group_of = dict(zip(material.songs, split.group_ids(songs).tolist(), strict=True))
    train, validation = (
        material.song_set(part, np.array([group_of[one] for one in part], dtype=np.int64))
        for part in (split.train, split.validation)
    )
    with tempfile.TemporaryDirectory() as folder:
        return fit(spec, train, validation, labels=material.labels, seed=seed, run_dir=Path(folder))


def load_held(path: Path, key: str) -> Held | None:
    """What is kept of a variant; None where nothing is, or of other settings or songs.

    Raises:
        InputError: The file is damaged.
    """
    if not path.exists():
        return None
    try:
        plain = json.loads(path.read_text("utf-8"))
        held = plain["held"]
        lists = {name: tuple(held[name]) for name in ("groups", "truth", "called", "likelihood")}
        aurocs = {score: math.nan if value is None else float(value) for score, value in held["aurocs"].items()}
        return Held(**lists, aurocs=aurocs, seconds=float(held["seconds"])) if plain["key"] == key else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); delete it and run again") from error


def _section(corpus: Corpus, held: Mapping[str, Held]) -> list[str]:
    if not held:
        return []
    first = next(iter(held.values()))
    title = f"### {corpus.title} (`{corpus.name}`, {len(first.truth)} held-out songs)"
    rows = ["| variant | accuracy (95 %) | macro F1 | log loss | songs won, lost | s |", "|---|--:|--:|--:|--:|--:|"]
    told = [_row(name, one, held.get(UNCHANGED)) for name, one in held.items()]
    strangeness = ", ".join(f"{score} {value:.3f}" for score, value in first.aurocs.items())
    return [title, "", *rows, *told, "", f"AUROC of held-back labels, {next(iter(held))}: {strangeness}.", ""]


def _row(name: str, held: Held, base: Held | None) -> str:
    interval = grouped_wilson_interval(held.right, held.groups)
    f1 = macro_f1(held.truth, held.called, n_labels=max(held.truth + held.called) + 1)
    loss = -float(np.log(np.maximum(held.likelihood, 1e-9)).mean())
    told = f"{held.right.mean():.3f} ({interval.low:.2f}-{interval.high:.2f}) | {f1:.3f} | {loss:.3f}"
    return f"| {VARIANTS[name].told} | {told} | {_change(held, base)} | {held.seconds:.1f} |"


def _change(held: Held, base: Held | None) -> str:
    """How many songs are right that were wrong unchanged, and the other way round."""
    if base is None or base is held:
        return ""
    return f"+{(held.right & ~base.right).sum()} -{(base.right & ~held.right).sum()}"


def write_between(path: Path, text: str, *, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between two marks of a Markdown file.

    Args:
        path: The file.
        text: What is to stand there.
        begin: The first mark.
        end: The second.

    Raises:
        InputError: It has not each mark once, in order.
    """
    head, found, rest = path.read_text("utf-8").partition(begin)
    _, ended, tail = rest.partition(end)
    if not found or not ended:
        raise InputError(f"expected the marks {begin} and {end} in {path}, to write the tables between them")
    path.write_text(f"{head}{begin}\n\n{text}\n{end}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
