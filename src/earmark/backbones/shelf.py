"""The shelf: the folder in which a user's backbones lie, each with its files and its settings."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from earmark.backbones.settings import BackboneSettings
from earmark.errors import InputError, UnknownNameError

SPEC_FILE: Final = "spec.json"
SHELF_VARIABLE: Final = "EARMARK_BACKBONES"
"""Environment variable that names another folder for the shelf."""


def shelf_folder() -> Path:
    """Return the folder of the backbones: ``$EARMARK_BACKBONES``, else one in the user's data folder."""
    from platformdirs import user_data_path

    named = os.environ.get(SHELF_VARIABLE)
    return Path(named).expanduser() if named else user_data_path("earmark") / "backbones"


def backbones() -> dict[str, BackboneSettings]:
    """Return what is on the shelf, by name.

    Raises:
        InputError: The settings of one are damaged.
    """
    shelf = shelf_folder()
    # What a kill left half written has a leading dot.
    named = sorted(p for p in shelf.iterdir() if not p.name.startswith(".")) if shelf.is_dir() else []
    return {path.name: _read_spec(path) for path in named if (path / SPEC_FILE).is_file()}


def find_backbone(name: str) -> BackboneSettings:
    """Return a backbone of the shelf.

    Raises:
        UnknownNameError: It is not there; the message says what there is and how to get more.
        InputError: Its settings are damaged.
    """
    path = shelf_folder() / name
    if not _is_plain(name) or not (path / SPEC_FILE).is_file():
        raise _missing(name)
    return _read_spec(path)


def read_graphs(settings: BackboneSettings) -> list[bytes]:
    """Return the content of a backbone's files from the shelf.

    The backbone of that name is taken if it gives these numbers, else any that does, so that a model finds the
    backbone that it was trained on under another name, or built by another version of torch.

    Raises:
        UnknownNameError: No backbone on the shelf gives these numbers.
        InputError: A file is damaged or not there.
    """
    name, found = _on_shelf(settings)
    return [_read_file(shelf_folder() / name / file.name, file.sha256) for file in found.files]


def check_on_shelf(settings: BackboneSettings) -> None:
    """Check that a backbone that gives these numbers is on the shelf, its files whole.

    Raises:
        UnknownNameError: None is.
        InputError: A file is damaged or not there.
    """
    read_graphs(settings)


def put(settings: BackboneSettings, contents: Mapping[str, bytes]) -> Path:
    """Put a backbone on the shelf, whole or not at all; one of the same name is replaced.

    Args:
        settings: The backbone.
        contents: Content of each of its files, by the file's name.

    Returns:
        Its folder.

    Raises:
        InputError: A content is not that of the settings' SHA-256.
    """
    for file in settings.files:
        if file.name not in contents or hashlib.sha256(contents[file.name]).hexdigest() != file.sha256:
            raise InputError(f"the content of {file.name} is not the one that the backbone {settings.name} names")
    shelf = shelf_folder()
    shelf.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=shelf, prefix=f".{settings.name}.", suffix=".partial"))
    try:
        made.chmod(0o755)
        for file in settings.files:
            _write_synced(made / file.name, contents[file.name])
        _write_synced(made / SPEC_FILE, (json.dumps(settings.to_json(), indent=1, ensure_ascii=False) + "\n").encode())
        remove(settings.name, missing_ok=True)
        made.rename(shelf / settings.name)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return shelf / settings.name


def remove(name: str, *, missing_ok: bool = False) -> None:
    """Take a backbone off the shelf.

    Raises:
        UnknownNameError: It is not there.
    """
    path = shelf_folder() / name
    if not _is_plain(name) or not path.is_dir():
        if missing_ok:
            return
        raise _missing(name)
    # Renamed first: a kill in the middle leaves a folder that nobody takes for a backbone.
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{name}.", suffix=".old"))
    path.rename(aside / name)
    shutil.rmtree(aside)


def size_bytes(settings: BackboneSettings) -> int:
    """Return the size of a backbone's files on the shelf in bytes."""
    folder = shelf_folder() / settings.name
    return sum((folder / file.name).stat().st_size for file in settings.files)


def _on_shelf(settings: BackboneSettings) -> tuple[str, BackboneSettings]:
    path = shelf_folder() / settings.name
    if (path / SPEC_FILE).is_file():
        found = _read_spec(path)
        if found.key == settings.key:
            return settings.name, found
    for name, found in backbones().items():
        if found.key == settings.key:
            return name, found
    raise _missing(settings.name, f" with the numbers {settings.key}")


def _missing(name: str, which: str = "") -> UnknownNameError:
    error = UnknownNameError("backbone" + which, name, backbones())
    advice = "get one with `earmark backbones get musicnn`, or bring one with `earmark backbones add FILE.onnx`"
    error.args = (f"{error}; {advice}",)
    return error


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and Path(name).name == name


def _read_spec(folder: Path) -> BackboneSettings:
    try:
        data = json.loads((folder / SPEC_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder / SPEC_FILE} cannot be read ({error}); take it away with `earmark backbones remove {folder.name}`"
        ) from error
    if not isinstance(data, dict):
        raise InputError(f"{folder / SPEC_FILE} has to hold a mapping, but holds {type(data).__name__}")
    return BackboneSettings.from_json(data)


def _read_file(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"the backbone's file {path} cannot be read ({error.strerror}); get it again") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"the backbone's file {path} is not the one that was put there; get it again")
    return content


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
