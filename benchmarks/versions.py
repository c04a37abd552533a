"""How well copies and versions of a recording are recognised by sound, and how often strangers are taken for them.

    python benchmarks/versions.py LIBRARY... --out docs/results/versions.md

Of each library some tracks are made into other files by real encoders: MP3 at 96 kbit/s, AAC at 96, Opus at 48, cut
at both ends, an edit whose middle third is cut out, an extended version with 15 s put in twice, 9 dB less, resampled
to 22.05 kHz; all in mono. Recall is the share of each kind that matches its original. Strangers are all pairs of two
tracks of one library, and every variant with every other track. Tracks at even places choose the threshold, and those
at odd places are reported.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from earmark.audio.decode import decode
from earmark.audio.features import extract
from earmark.audio.fingerprint import (
    FINGERPRINT_SETTINGS,
    SAME_AGREEMENT,
    Fingerprint,
    Match,
    Matcher,
    fingerprint,
)
from earmark.audio.resample import resample
from earmark.catalog.names import normalise
from earmark.catalog.track import Track
from earmark.library.library import Library

Samples = npt.NDArray[np.float32]
RATE = 44_100
THRESHOLDS = (0.35, 0.40, 0.45, 0.50, 0.55, 0.60)


@dataclass(frozen=True, slots=True)
class Codec:
    """How a variant is written: container, encoder, bit rate in kbit/s."""

    container: str
    encoder: str
    kbits: int


FLAC, MP3 = Codec("flac", "flac", 0), Codec("mp3", "libmp3lame", 96)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of variant: what happens to the samples at 44.1 kHz, and how they are then encoded."""

    told: str
    change: Callable[[Samples], Samples]
    codec: Codec


def _trimmed(samples: Samples) -> Samples:
    return samples[round(7.33 * RATE) : len(samples) - round(11.7 * RATE)]


def _edited(samples: Samples) -> Samples:
    third = len(samples) // 3
    return np.concatenate([samples[:third], samples[2 * third :]])


def _extended(samples: Samples) -> Samples:
    at, bars = len(samples) // 3, round(15.0 * RATE)
    return np.concatenate([samples[: at + bars], samples[at : at + bars], samples[at:]])


def _halved(samples: Samples) -> Samples:
    return resample(resample(samples, RATE, 22_050), 22_050, RATE)


def _same(samples: Samples) -> Samples:
    return samples


KINDS: Mapping[str, Kind] = {
    "mp3-96": Kind("MP3 at 96 kbit/s", _same, MP3),
    "aac-96": Kind("AAC at 96 kbit/s", _same, Codec("ipod", "aac", 96)),
    "opus-48": Kind("Opus at 48 kbit/s", _same, Codec("ogg", "libopus", 48)),
    "gain": Kind("9 dB quieter, MP3", lambda samples: samples * np.float32(10 ** (-9 / 20)), MP3),
    "trimmed": Kind("7.3 s cut at the beginning and 11.7 s at the end, MP3", _trimmed, MP3),
    "edited": Kind("the middle third cut out, MP3", _edited, MP3),
    "extended": Kind("15 s put in once more, MP3", _extended, MP3),
    "resampled": Kind("resampled to 22.05 kHz and back", _halved, FLAC),
}


@dataclass(frozen=True, slots=True)
class Sounds:
    """The tracks of a library with their fingerprints, and variants of some of them by (place, kind)."""

    tracks: Sequence[Track]
    originals: Sequence[Fingerprint]
    variants: Mapping[tuple[int, str], Fingerprint]


def encode(path: Path, samples: Samples, codec: Codec) -> None:
    """Write mono samples at 44.1 kHz into a file by FFmpeg's encoders."""
    import av
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

    with av.open(str(path), "w", format=codec.container) as container:
        rate = 48_000 if codec.encoder == "libopus" else RATE
        added = container.add_stream(codec.encoder, rate=rate, layout="mono")
        stream = cast(AudioStream, added)  # PyAV knows the stream's kind only for a codec's literal name
        if codec.kbits:
            stream.bit_rate = codec.kbits * 1000
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for start in range(0, len(samples), RATE):
            block = np.ascontiguousarray(samples[start : start + RATE][np.newaxis])
            frame = AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            for made in resampler.resample(frame):
                container.mux(stream.encode(made))
        for made in resampler.resample(None):
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))


def variant(samples: Samples, kind: Kind, folder: Path) -> Fingerprint:
    """Make a variant of a recording, read it back, and fingerprint it."""
    path = folder / "variant"
    encode(path, kind.change(samples), kind.codec)
    return fingerprint(extract(decode(path), FINGERPRINT_SETTINGS))


def gather(library: Library, *, varied: int) -> Sounds:
    """Fingerprint a library, and make variants of some of its tracks, spread over all of it."""
    tracks = [track for track in library.tracks() if track.seconds >= 40]
    originals = [fingerprint(library.features(track.audio_id, FINGERPRINT_SETTINGS)) for track in tracks]
    chosen = np.unique(np.linspace(0, len(tracks) - 1, min(varied, len(tracks))).round().astype(int))
    variants: dict[tuple[int, str], Fingerprint] = {}
    with tempfile.TemporaryDirectory() as folder:
        for place in chosen.tolist():
            audio = decode(tracks[place].path)
            samples = resample(audio.samples, audio.sample_rate, RATE)
            for name, kind in KINDS.items():
                variants[place, name] = variant(samples, kind, Path(folder))
            print(f"  variants of {tracks[place].display}", flush=True)
    return Sounds(tracks, originals, variants)


@dataclass(slots=True)
class Tally:
    """What a threshold finds: recall by kind, strangers that match, and related pairs apart from them."""

    found: defaultdict[str, list[bool]]
    strangers: int
    pairs: int
    related: int
    taken: list[str]


def tally(sounds: Sounds, half: int, threshold: float) -> Tally:
    """Count over the tracks of one half (0: even places, 1: odd)."""
    counted = Tally(defaultdict(list), 0, 0, 0, [])
    own = [place for place in range(len(sounds.tracks)) if place % 2 == half]
    matchers = {place: Matcher(sounds.originals[place], least_agreement=threshold) for place in own}
    for number, place in enumerate(own):
        for other in own[:number]:
            _count(counted, sounds, (place, other), matchers[place].match(matchers[other]))
    for (place, name), made in sounds.variants.items():
        if place % 2 != half:
            continue
        matcher = Matcher(made, least_agreement=threshold)
        for other in own:
            match = matcher.match(matchers[other])
            if other == place:
                counted.found[name].append(match.same_recording)
            else:
                _count(counted, sounds, (place, other), match, told=False)
    return counted


def _count(counted: Tally, sounds: Sounds, pair: tuple[int, int], match: Match, *, told: bool = True) -> None:
    first, second = (sounds.tracks[place] for place in pair)
    if _one_song(first, second):
        counted.related += match.same_recording
        return
    counted.pairs += 1
    counted.strangers += match.same_recording
    if match.same_recording and told:
        words = f"{first.display} / {second.display} ({match.share:.0%}, agreement {match.agreement:.2f})"
        counted.taken.append(words)


def _one_song(first: Track, second: Track) -> bool:
    """Whether both say that they are mixes of one song, in which case a match is no mistake."""
    if not first.title or not second.title or not first.artist_keys & second.artist_keys:
        return False
    return normalise(first.title) == normalise(second.title)


def write_up(names: Sequence[str], everything: Sequence[Sounds]) -> Iterable[str]:
    """The result as a page in Markdown."""
    yield "# Copies and versions, recognised by sound\n"
    yield "Written by `python benchmarks/versions.py`; what the variants are stands there. A pair is the same recording"
    yield "where at least 40 % of the shorter one is found in the other, at an agreement over ten seconds of at least"
    yield f"{SAME_AGREEMENT:.2f}. Two mixes of one song (same title, a shared artist) count on neither side.\n"
    yield "## Choosing the agreement, on tracks at even places\n"
    yield "| agreement | recall, all kinds | strangers taken | of pairs | mixes of one song folded |"
    yield "|--:|--:|--:|--:|--:|"
    for threshold in THRESHOLDS:
        counts = [tally(sounds, 0, threshold) for sounds in everything]
        hits = [hit for one in counts for found in one.found.values() for hit in found]
        row = [f"{threshold:.2f}", f"{np.mean(hits):.3f}", *(str(sum(getattr(one, name) for one in counts)) for name in
               ("strangers", "pairs", "related"))]  # fmt: skip
        yield f"| {' | '.join(row)} |"
    yield f"\nTaken is {SAME_AGREEMENT:.2f}, amid those that find all variants, no stranger and no remix. It was"
    yield "first set after a look at all pairs of the tracks, so that the strangers below are not quite unseen;"
    yield "the variants are.\n"
    yield "## Tracks at odd places\n"
    yield f"| variant | {' | '.join(names)} |"
    yield f"|---|{'--:|' * len(names)}"
    counts = [tally(sounds, 1, SAME_AGREEMENT) for sounds in everything]
    for name, kind in KINDS.items():
        cells = [f"{sum(one.found[name])} of {len(one.found[name])}" for one in counts]
        yield f"| {kind.told} | {' | '.join(cells)} |"
    yield f"| **strangers taken** | {' | '.join(f'{one.strangers} of {one.pairs}' for one in counts)} |"
    yield f"| mixes of one song folded | {' | '.join(str(one.related) for one in counts)} |"
    yield "\n## All pairs of the tracks themselves\n"
    yield "Of both halves, and without variants. Whether a pair that is taken for one recording is a mistake, only ears"
    yield "can tell: games use a piece again, and mixes of one song can share most of their sound.\n"
    for name, sounds in zip(names, everything, strict=True):
        yield from _everywhere(name, sounds)


def _everywhere(name: str, sounds: Sounds) -> Iterable[str]:
    matchers = [Matcher(one) for one in sounds.originals]
    counted = Tally(defaultdict(list), 0, 0, 0, [])
    for place, matcher in enumerate(matchers):
        for other in range(place):
            _count(counted, sounds, (place, other), matcher.match(matchers[other]))
    mixes = len(matchers) * (len(matchers) - 1) // 2 - counted.pairs
    related = f"{counted.related} of {mixes} pairs of mixes of a song"
    yield f"- {name}: {counted.strangers} of {counted.pairs} pairs, and {related}"
    yield from (f"  - {pair}" for pair in counted.taken)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="+", help="libraries whose files are there")
    parser.add_argument("--names", nargs="*", help="what to call them")
    parser.add_argument("--varied", type=int, default=32, help="tracks of each that are made into variants")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    everything = [gather(Library.open(one), varied=options.varied) for one in options.libraries]
    page = "\n".join(write_up(options.names or options.libraries, everything)) + "\n"
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
