"""Who released what: the whole catalogue decided in milliseconds, without a sound.

A plan is a pure function of the seed and the number of tracks per label. It says of each track the file, the sound to
render, the true credits and what the tags will claim, which for a few tracks is wrong or missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from earmark.demo.labels import LABELS, LabelStyle
from earmark.demo.names import TITLE_FIRST, TITLE_SECOND
from earmark.demo.rosters import Artist, Circle, Roster, draw_roster
from earmark.demo.styles import Sound, draw_song, draw_sound
from earmark.demo.tags import NOTATIONS, Flaw, Tags, draw_flaws, tagged_bpm, tagged_key
from earmark.errors import InputError

AudioFormat = Literal["mp3", "flac", "m4a", "ogg", "wav"]
"""File formats, by their extension; m4a holds AAC, ogg Vorbis."""

MOST_TRACKS_PER_LABEL = 32
"""More would make circles of artists larger than six tracks."""

_FORMAT_CYCLE: tuple[AudioFormat, ...] = ("mp3", "flac", "m4a", "ogg", "mp3", "wav", "m4a", "flac")
_BITRATES: dict[AudioFormat, tuple[int, ...]] = {"mp3": (192, 256, 320), "m4a": (160, 192, 256)}
_FIRST_DAY, _LAST_DAY = np.datetime64("2017-11-01"), np.datetime64("2019-06-30")


@dataclass(frozen=True, slots=True)
class PlannedTrack:
    """One track to be rendered.

    Args:
        index: Its number, which also keys its randomness.
        path: File below the catalogue's root, with forward slashes.
        format: How it is encoded.
        bitrate: kbit/s of MP3 and AAC; 0 where the format has none to choose.
        label: Whose style it follows and who released it.
        artists: Everyone credited: performers, featured, projects, remixer.
        sound: What to render.
        tags: What to write.
        flaws: Where the tags differ from the truth.
    """

    index: int
    path: str
    format: AudioFormat
    bitrate: int
    label: str
    artists: tuple[str, ...]
    sound: Sound
    tags: Tags
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class CataloguePlan:
    """All tracks, the one held back, and the file that is broken on purpose."""

    seed: int
    tracks: tuple[PlannedTrack, ...]
    held_back: PlannedTrack
    broken_path: str


@dataclass(frozen=True, slots=True)
class _Mix:
    """One version of a song before its tags are decided."""

    label: LabelStyle
    title: str
    album: str
    credit: str
    artists: tuple[str, ...]
    sound: Sound
    date: str


def plan_catalogue(seed: int, *, tracks_per_label: int) -> CataloguePlan:
    """Plan the whole catalogue.

    Args:
        seed: Everything that is drawn follows from it; 0 or more.
        tracks_per_label: How many tracks each of the six labels releases, 1-32.

    Returns:
        A plan of ``6 * tracks_per_label`` tracks, grouped by label, with file formats equally shared out in each.

    Raises:
        InputError: The seed or the number of tracks is out of range.
    """
    if seed < 0:
        raise InputError(f"the seed must be 0 or more, but {seed} came; give another --seed")
    if not 1 <= tracks_per_label <= MOST_TRACKS_PER_LABEL:
        raise InputError(
            f"a demo catalogue has 1 to {MOST_TRACKS_PER_LABEL} tracks per label, but {tracks_per_label} came"
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    roster = draw_roster(rng, tracks_per_label=tracks_per_label)
    titles = _titles(rng)
    mixes = [mix for circle in roster.circles for mix in _circle_mixes(rng, circle, titles)]
    held_back = _outsider_mix(rng, roster, next(titles))
    flaws = draw_flaws(rng, len(mixes))
    tracks: list[PlannedTrack] = []
    for label in LABELS:
        own = [mix for mix in mixes if mix.label is label]
        numbers = _catalog_numbers(own)
        formats = _formats(rng, len(own), LABELS.index(label))
        for mix, audio_format in zip(own, formats, strict=True):
            index = len(tracks)
            tracks.append(
                _planned(
                    rng,
                    index,
                    mix,
                    audio_format=audio_format,
                    catalog_number=numbers[mix.album],
                    flaw=flaws.get(index),
                )
            )
    kept = _planned(rng, len(tracks), held_back, audio_format="mp3", catalog_number=None, flaw=None)
    kept = replace(kept, path="held-back/unreleased-demo.mp3", tags=replace(kept.tags, label=None, album=None))
    broken = f"labels/{LABELS[rng.integers(len(LABELS))].name}/{roster.outsider.name} - Interrupted Download.m4a"
    return CataloguePlan(seed, tuple(tracks), kept, broken)


def _formats(rng: np.random.Generator, tracks: int, label_index: int) -> list[AudioFormat]:
    """The same formats for every label in a drawn order, so that the codec does not give the label away."""
    # A catalogue too small for that at least shows every format: each label begins elsewhere in the cycle.
    offset = label_index if tracks < len(_FORMAT_CYCLE) else 0
    return [_FORMAT_CYCLE[(place + offset) % len(_FORMAT_CYCLE)] for place in rng.permutation(tracks)]


def _titles(rng: np.random.Generator) -> Iterator[str]:
    """Titles in a drawn order, no two alike."""
    for number in rng.permutation(len(TITLE_FIRST) * len(TITLE_SECOND)).tolist():
        yield f"{TITLE_FIRST[number % len(TITLE_FIRST)]} {TITLE_SECOND[number // len(TITLE_FIRST)]}"


def _circle_mixes(rng: np.random.Generator, circle: Circle, titles: Iterator[str]) -> Iterator[_Mix]:
    """Everything one circle releases, the lead going round from release to release."""
    left, artists = circle.tracks, circle.artists
    while left > 0:
        count = min(left, 3 if left == 3 and rng.random() < 0.5 else 2)
        yield from _release_mixes(rng, circle.label, artists, next(titles), count)
        artists, left = artists[1:] + artists[:1], left - count


def _release_mixes(
    rng: np.random.Generator, label: LabelStyle, artists: tuple[Artist, ...], title: str, count: int
) -> Iterator[_Mix]:
    """An original, a remix or another mix, and for three a dub; every member of the circle is credited."""
    credit, names, remixer = _credit(rng, artists, alone=count == 1)
    song = draw_song(rng, label, artists[0].habits)
    date = str(_FIRST_DAY + int(rng.integers((_LAST_DAY - _FIRST_DAY).astype(int) + 1)))
    album = f"{title} EP" if rng.random() < 0.3 else title
    versions: list[tuple[str, Artist | None]] = [("Original Mix" if rng.random() < 0.5 else "Extended Mix", None)]
    if count > 1:
        versions.append(_second_version(rng, remixer))
    if count > 2:
        versions.append(("Dub Mix", None))
    for version, mixer in versions:
        producer, partner = mixer or artists[0], mixer or artists[1 % len(artists)]
        sound = draw_sound(rng, label, song, producer=producer.habits, partner=partner.habits)
        credited = (*names, mixer.name) if mixer and mixer.name not in names else names
        yield _Mix(label, f"{title} ({version})", album, credit, credited, sound, date)


def _second_version(rng: np.random.Generator, remixer: Artist | None) -> tuple[str, Artist | None]:
    if remixer is None:
        return "Club Mix", None
    return f"{remixer.name} {'Extended Remix' if rng.random() < 0.4 else 'Remix'}", remixer


def _credit(
    rng: np.random.Generator, artists: tuple[Artist, ...], *, alone: bool
) -> tuple[str, tuple[str, ...], Artist | None]:
    """The credit string, the names in it, and who remixes; without a remix (``alone``) all names go into it."""
    lead, others = artists[0], artists[1:]
    remixer = others[-1] if others and not alone and (len(others) > 1 or rng.random() < 0.6) else None
    joined = [artist for artist in others if artist is not remixer]
    names: list[str] = [lead.name]
    credit = lead.name
    if lead.project and rng.random() < 0.7:
        names.append(lead.project)
        credit += f" pres. {lead.project}"
    for artist in joined:
        featured = artist is joined[-1] and rng.random() < 0.4
        names.append(artist.name)
        credit += f" {'feat.' if featured else '&'} {artist.name}"
    return credit, tuple(names), remixer


def _outsider_mix(rng: np.random.Generator, roster: Roster, title: str) -> _Mix:
    label, artist = roster.outsider_label, roster.outsider
    song = draw_song(rng, label, artist.habits)
    sound = draw_sound(rng, label, song, producer=artist.habits, partner=artist.habits)
    return _Mix(label, f"{title} (Original Mix)", title, artist.name, (artist.name,), sound, "2019-06-30")


def _catalog_numbers(mixes: list[_Mix]) -> dict[str, str]:
    """Catalogue numbers of one label's releases, in the order of their dates."""
    releases = sorted({(mix.date, mix.album) for mix in mixes})
    return {album: f"{mixes[0].label.prefix}{number:03d}" for number, (_, album) in enumerate(releases, 101)}


def _planned(
    rng: np.random.Generator,
    index: int,
    mix: _Mix,
    *,
    audio_format: AudioFormat,
    catalog_number: str | None,
    flaw: Flaw | None,
) -> PlannedTrack:
    notation = NOTATIONS[rng.integers(len(NOTATIONS))]
    bitrates = _BITRATES.get(audio_format, (0,))
    name = f"{mix.credit} - {mix.title}.{audio_format}"
    if rng.random() < 0.15:
        name = f"{mix.sound.song.key.camelot} - {mix.sound.bpm} - {name}"
    return PlannedTrack(
        index=index,
        path=f"labels/{mix.label.name}/{name}",
        format=audio_format,
        bitrate=bitrates[rng.integers(len(bitrates))],
        label=mix.label.name,
        artists=mix.artists,
        sound=mix.sound,
        tags=Tags(
            title=mix.title,
            artist=mix.credit,
            album=mix.album,
            label=mix.label.name,
            catalog_number=catalog_number,
            genre="Progressive House" if rng.random() < 0.06 else "Trance",
            date=mix.date,
            bpm=tagged_bpm(mix.sound.bpm, flaw),
            key=tagged_key(mix.sound.song.key, notation, flaw),
        ),
        flaws=(flaw,) if flaw else (),
    )
