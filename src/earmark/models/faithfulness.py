"""Whether an explanation is true to its model: cut out the sound that is said to matter, and listen again.

An explanation that names sections makes a promise that can be broken: without them the model should change its mind
more than without other sections of the same length. `faithfulness` measures that for one track with the model itself,
by deletion as in Samek et al., *Evaluating the Visualization of What a Deep Neural Network Has Learned*, IEEE
Transactions on Neural Networks and Learning Systems 28(11), 2017, with sound that is cut out instead of pixels that are
blurred: a track without a part of it is still a track.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.sections import Section

Span = tuple[float, float]
"""Start and end in seconds of the track."""

RANDOM_DRAWS = 20
"""So many random removals of the same length stand against the one that is tried."""


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What removing the most important sections does, beside removing others.

    Attributes:
        margin: Log-odds of the winner against the runner-up with all of the sound.
        drop_top: By how much it falls without the sections said to matter most.
        drops_random: By how much it falls without other sections of the same lengths, one for each draw.
        removed: The spans that were cut out.
    """

    margin: float
    drop_top: float
    drops_random: tuple[float, ...]
    removed: tuple[Span, ...]

    @property
    def mean_drop_random(self) -> float:
        """Mean of the random drops."""
        return float(np.mean(self.drops_random))

    @property
    def share_below(self) -> float:
        """Share of random removals, 0 to 1, that change the verdict less; equal ones count half."""
        drops = np.asarray(self.drops_random)
        return float((drops < self.drop_top).mean() + 0.5 * (drops == self.drop_top).mean())


def faithfulness(
    model_predict: Callable[[Sequence[Span]], NDArray[np.floating]],
    sections: Sequence[Section],
    *,
    winner: int,
    runner_up: int,
    seconds: float,
    rng: np.random.Generator,
    top: int = 1,
    draws: int = RANDOM_DRAWS,
) -> Faithfulness:
    """Remove the sections of a track that matter most, and others, and compare what the model says.

    Args:
        model_predict: The model: from spans to cut out of the track, which do not overlap and are in order (none for
            the whole track), to the song's log-probabilities, shape (labels,).
        sections: The track's sections, such as `earmark.models.why.Explanation.sections`.
        winner: Index of the label that the verdict names.
        runner_up: Index of the label that it is weighed against.
        seconds: Length of the track.
        rng: Draws the other parts: stretches at random places of what remains of the track without those that matter
            most; such a stretch may reach across one of these.
        top: How many sections are removed.
        draws: How many times others are drawn.

    Raises:
        InputError: There are no more sections than are to be removed, or they are half of the track or more, so that
            nothing of the same length is left beside them.
    """
    if not 0 < top < len(sections) or draws < 1:
        raise InputError(f"expected more sections than the {top} to remove, and at least one draw, got {len(sections)}")
    ranked = sorted(sections, key=lambda section: (-section.effect, section.first))[:top]
    spans = sorted((section.start_seconds, section.end_seconds) for section in ranked)

    length = sum(end - start for start, end in spans)
    if 2 * length >= seconds:
        raise InputError(
            f"the sections that matter most are {length:.0f} of {seconds:.0f} s, so nothing as long is left to compare "
            "them with; remove fewer"
        )

    def odds(removed: Sequence[Span]) -> float:
        log_probs = model_predict(removed)
        return float(log_probs[winner] - log_probs[runner_up])

    margin = odds([])
    others = [_others(spans, seconds, rng) for _ in range(draws)]
    return Faithfulness(
        margin=margin,
        drop_top=margin - odds(spans),
        drops_random=tuple(margin - odds(one) for one in others),
        removed=tuple(spans),
    )


def _others(spans: Sequence[Span], seconds: float, rng: np.random.Generator) -> list[Span]:
    """Other parts of the track of the same lengths: stretches of what these spans leave, at random places."""
    edges = [0.0, *(edge for span in spans for edge in span), seconds]
    rest = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]
    drawn: list[Span] = []
    for start, end in spans:
        room = sum(last - first for first, last in rest) - (end - start)
        taken, rest = _taken(rest, float(rng.uniform(0.0, room)), end - start)
        drawn += taken
    return sorted(drawn)


def _taken(rest: Sequence[Span], begin: float, length: float) -> tuple[list[Span], list[Span]]:
    """A stretch out of several spans laid end to end, as spans, and what it leaves of them."""
    taken, left, position = [], [], 0.0
    for start, end in rest:
        first = min(max(begin - position, 0.0), end - start)
        last = min(max(begin + length - position, 0.0), end - start)
        taken.append((start + first, start + last))
        left += [(start, start + first), (start + last, end)]
        position += end - start
    return [one for one in taken if one[1] > one[0]], [one for one in left if one[1] > one[0]]


def cut_out(samples: NDArray[np.float32], sample_rate: int, spans: Sequence[Span]) -> NDArray[np.float32]:
    """A recording without some of its parts.

    Args:
        samples: Mono, shape (n,).
        sample_rate: Hertz.
        spans: Start and end of each part, in seconds.

    Returns:
        float32, a copy of what is left, in its order.

    Raises:
        InputError: Nothing is left.
    """
    kept = np.ones(len(samples), dtype=np.bool_)
    for start, end in spans:
        kept[max(0, round(start * sample_rate)) : max(0, round(end * sample_rate))] = False
    if not kept.any():
        raise InputError("nothing is left of the recording; cut out less")
    return np.asarray(samples[kept], dtype=np.float32)
