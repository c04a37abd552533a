"""The label from a folder: one folder per label below the root, whatever lies deeper."""

from pathlib import Path

from earmark.catalog.texts import read_texts
from earmark.catalog.track import Values
from earmark.errors import InputError


def read_folder(path: Path, root: Path) -> Values:
    """Read a file's label from the first folder below the root.

    Args:
        path: The file.
        root: The folder that holds one folder per label.

    Returns:
        ``root/Anjunabeats/2018/track.mp3`` is on Anjunabeats; a file right in the root has no label.

    Raises:
        InputError: If the file is not below the root.
    """
    try:
        parts = path.absolute().relative_to(root.absolute()).parts
    except ValueError as error:
        raise InputError(f"{path} is not below {root}, whose folders were to name the labels") from error
    return read_texts("folder", {"label": parts[:1] if len(parts) > 1 else ()})
