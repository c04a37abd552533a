"""The bundles of a library: where they are, which there are, and which one is meant."""

import shutil
import tempfile
from pathlib import Path

from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.models.bundle import CARD_FILE, load_card

BUNDLES = "bundles"
"""The folder of a library in which its bundles are."""


def bundle_path(library: Library, name: str) -> Path:
    """Return the folder of a library's bundle, whether or not it is there.

    Raises:
        InputError: The name would lead out of the folder of bundles.
    """
    if not name or name.startswith(".") or Path(name).name != name:
        raise InputError(f"a bundle's name is a plain folder name such as trance-crnn, not {name!r}")
    return library.local_folder(BUNDLES) / name


def bundle_paths(library: Library) -> list[Path]:
    """Return the folders of a library's bundles, newest first by the date on their cards.

    Raises:
        InputError: A bundle's card is damaged.
        FormatVersionError: A bundle was written by another format version.
    """
    # Dates on cards are whole seconds; the name settles what two bundles of one second cannot.
    return sorted(bundle_folders(library), key=lambda path: (load_card(path).created, path.name), reverse=True)


def bundle_folders(library: Library) -> list[Path]:
    """Return the folders of a library's bundles in no order, also of those whose cards cannot be read."""
    folder = library.local_folder(BUNDLES)
    # What a kill left half written has a leading dot.
    named = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    return [path for path in named if (path / CARD_FILE).is_file()]


def find_bundle(wanted: Path | None, library: Library | None) -> Path:
    """Return the bundle that is meant: a folder, a name in the library, or the library's newest.

    Args:
        wanted: A folder or the name of a bundle; None for the newest one.
        library: The library, where there is one.

    Raises:
        UnknownNameError: There is no such bundle.
        InputError: Nothing is named and there is no bundle yet.
    """
    if wanted is not None and (wanted / CARD_FILE).is_file():
        return wanted
    if wanted is not None:
        # By its folder's name alone: another bundle's card, damaged or of another version, is no reason to fail.
        named = [] if library is None else bundle_folders(library)
        for path in named:
            if path.name == str(wanted):
                return path
        raise UnknownNameError("model bundle", str(wanted), sorted(path.name for path in named))
    known = [] if library is None else bundle_paths(library)
    if not known:
        raise InputError("there is no trained model yet; train one with `earmark train`, or name one with --bundle")
    return known[0]


def named_bundle(library: Library, name: str | None) -> Path:
    """Return a library's bundle by its name in it alone, never a folder elsewhere; the newest where none is named.

    Args:
        library: The library.
        name: The bundle's name; None for the newest.

    Raises:
        UnknownNameError: There is no such bundle.
        InputError: The name would lead out of the folder of bundles, or there is no bundle yet.
    """
    if name is None:
        return find_bundle(None, library)
    path = bundle_path(library, name)
    if not (path / CARD_FILE).is_file():
        raise UnknownNameError("model bundle", name, sorted(one.name for one in bundle_folders(library)))
    return path


def bundles_of_split(library: Library, path: Path) -> list[Path]:
    """Return the library's bundles of the split and labels of one of them, newest first, that one included.

    Args:
        library: The library.
        path: The bundle's folder.

    Raises:
        InputError: A bundle's card is damaged.
        FormatVersionError: A bundle was written by another format version.
    """

    def run(folder: Path) -> tuple[object, tuple[str, ...]]:
        card = load_card(folder)
        return card.split.get("digest"), card.labels

    return [one for one in bundle_paths(library) if run(one) == run(path)]


def remove_bundle(library: Library, name: str) -> None:
    """Delete a bundle of a library; it is gone at once, even where deleting its files is cut off.

    Args:
        library: The library.
        name: The bundle's name in it.

    Raises:
        UnknownNameError: There is no such bundle.
        InputError: The name would lead out of the folder of bundles.
    """
    path = named_bundle(library, name)
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{name}.", suffix=".removed"))
    path.rename(aside / name)
    shutil.rmtree(aside)
