"""The two committed lists: which tracks there are (tracks.csv) and which Debian packages hold them (packages.csv).

A track's ``path`` is its member in the package, without a leading slash. Where it sits in a zip inside the package
(``.pk3``), the member in the zip follows after ``!``. Row numbers start at 1 and name a track everywhere here.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from earmark.errors import MetadataError

HERE = Path(__file__).resolve().parent
TRACKS = HERE / "tracks.csv"
PACKAGES = HERE / "packages.csv"

TEMPO_LABEL = "LMMS demos"
"""Not a label: project files that hold their true tempo, kept apart from the collection."""

ORDER_SEED = 20_260_101
"""Seed of the shuffle by which files of the collection are numbered."""


@dataclass(frozen=True, slots=True)
class ManifestTrack:
    """One row of tracks.csv.

    Attributes:
        row: Number of the row, from 1.
        label: The collection that it belongs to.
        package: Debian package that holds it.
        member: File in the package, such as ``"usr/share/games/x/music.pk3"``.
        inner: File in that file, which is a zip; None where the member is the track itself.
        title: Title as the collection gives it.
        artist: Credit as the collection gives it; empty where nobody is named.
        release: Release or game; empty where there is none.
        licence: Licence of the recording.
        seconds: Length that was measured when the list was made.
        render_with: Program that turns the file into sound; empty where it is sound.
        excluded: Why it is left out of the collection; empty where it is in.
    """

    row: int
    label: str
    package: str
    member: str
    inner: str | None
    title: str
    artist: str
    release: str
    licence: str
    seconds: float
    render_with: str
    excluded: str

    @property
    def suffix(self) -> str:
        """Suffix of the track's own file, such as ``".ogg"``."""
        return PurePosixPath(self.inner or self.member).suffix

    @property
    def unpacked_name(self) -> str:
        """Name of its file once unpacked. It is made from the row, so no name in an archive becomes a path."""
        return f"{self.row:04d}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Package:
    """One row of packages.csv.

    Attributes:
        name: Debian package.
        version: Debian version, such as ``"1:1.16.9-1"``.
        path: Path below a mirror's root, such as ``"pool/main/p/pingus/pingus-data_0.7.6-5.1_all.deb"``.
        size: Bytes.
        sha256: Digest, 64 hexadecimal digits.
    """

    name: str
    version: str
    path: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the package's file."""
        return PurePosixPath(self.path).name


def read_tracks(path: Path = TRACKS) -> tuple[ManifestTrack, ...]:
    """Read the list of tracks, in its own order.

    Raises:
        MetadataError: A row lacks a value, or names a path that leads out of its archive.
    """
    return tuple(_track(path, number, row) for number, row in enumerate(_rows(path), start=1))


def read_packages(path: Path = PACKAGES) -> dict[str, Package]:
    """Read the list of packages, by name.

    Raises:
        MetadataError: A row lacks a value, or its checksum is not one.
    """
    packages = [_package(path, number, row) for number, row in enumerate(_rows(path), start=1)]
    return {package.name: package for package in packages}


def neutral_names(tracks: tuple[ManifestTrack, ...], *, seed: int = ORDER_SEED) -> dict[int, str]:
    """Name the collection's files so that neither name nor order tells the label.

    Args:
        tracks: The whole list; excluded tracks get no name.
        seed: Of the shuffle.

    Returns:
        File names such as ``"track-0017.flac"`` by row, the same for the same list and seed whatever could be fetched.
    """
    rows = [track.row for track in tracks if not track.excluded]
    order = np.random.default_rng(seed).permutation(len(rows))
    return {row: f"track-{place + 1:04d}.flac" for row, place in zip(rows, order.tolist(), strict=True)}


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _track(path: Path, number: int, row: Mapping[str, str]) -> ManifestTrack:
    try:
        member, _, inner = row["path"].partition("!")
        track = ManifestTrack(
            row=number,
            label=row["label"].strip(),
            package=row["package"],
            member=_inside(member),
            inner=_inside(inner) if inner else None,
            title=row["title"].strip(),
            artist=row["artist"].strip(),
            release=row["release"].strip(),
            licence=row["licence"].strip(),
            seconds=float(row["seconds"]),
            render_with=row["render_with"].strip(),
            excluded=row["exclude"].strip(),
        )
    except (KeyError, ValueError, AttributeError) as error:
        raise MetadataError(f"{path.name}, track {number}: a value is missing or wrong ({error!r})") from error
    if not (track.label and track.package):
        raise MetadataError(f"{path.name}, track {number}: expected a label and a package, but one of them is empty")
    return track


def _inside(member: str) -> str:
    """Return a member's path, if it is one that stays inside its archive."""
    parts = member.split("/")
    if not member or member.startswith("/") or "\\" in member or any(part in ("", ".", "..") for part in parts):
        raise MetadataError(f"expected a path inside an archive, such as 'usr/share/x.ogg', but {member!r} came")
    return member


def _package(path: Path, number: int, row: Mapping[str, str]) -> Package:
    try:
        package = Package(row["package"], row["version"], _inside(row["path"]), int(row["size"]), row["sha256"].lower())
    except (KeyError, ValueError, AttributeError) as error:
        raise MetadataError(f"{path.name}, package {number}: a value is missing or wrong ({error!r})") from error
    if len(package.sha256) != 64 or set(package.sha256) - set("0123456789abcdef"):
        raise MetadataError(f"{path.name}: {package.name} needs a SHA-256 of 64 hexadecimal digits")
    return package
