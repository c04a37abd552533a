"""Fetching Debian packages without root, each pinned by version, size and SHA-256.

apt is asked first, where it is: it knows this machine's mirror and proxy, and ``apt-get download`` needs no root.
Where it is not, or its lists no longer hold the version, the file is read from Debian's mirror and then from
snapshot.debian.org, which keeps every version. A file that is cut off is continued. Whatever the source, the file
counts only when its checksum is right; one whose checksum is wrong is deleted.
"""

import hashlib
import http.client
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.free_music.manifest import Package

from earmark.errors import EarmarkError

MIRRORS: tuple[str, ...] = (
    "https://deb.debian.org/debian/",
    "https://snapshot.debian.org/archive/debian/20250520T000000Z/",
)
"""Roots below which a package's path is looked for, in the order tried."""

_APT_SECONDS = 1800
_NETWORK_SECONDS = 60
_CHUNK = 1 << 20


def fetch_package(package: Package, folder: Path, *, mirrors: tuple[str, ...] = MIRRORS, use_apt: bool = True) -> Path:
    """Have one package in a folder; a verified one is taken as it is.

    Args:
        package: What to fetch.
        folder: Where packages are kept; made where it is missing.
        mirrors: Roots to try after apt.
        use_apt: Whether to ask apt first.

    Returns:
        The verified file.

    Raises:
        EarmarkError: No source gave the file with its checksum; the message holds what each one said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / package.file_name
    said = []
    if target.exists():
        wrong = why_wrong(target, package)
        if wrong is None:
            return target
        target.unlink()
        said.append(f"the file that was there: {wrong}")
    sources = (["apt"] if use_apt and shutil.which("apt-get") else []) + [mirror + package.path for mirror in mirrors]
    for source in sources:
        problem = _from_apt(package, target) if source == "apt" else _from_mirror(source, package, target)
        if problem is None:
            return target
        said.append(f"{source}: {problem}")
    raise EarmarkError(f"{package.name} {package.version} could not be fetched ({'; '.join(said)})")


def why_wrong(path: Path, package: Package) -> str | None:
    """Say why a file is not the package; None where size and checksum are right."""
    size = path.stat().st_size
    if size != package.size:
        return f"expected {package.size} bytes, but {size} came"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return None if digest == package.sha256 else f"expected SHA-256 {package.sha256}, but {digest} came"


def _from_apt(package: Package, target: Path) -> str | None:
    """Let apt fetch the pinned version; return why there is no such file, or None."""
    # A folder of its own, since apt chooses the file's name (it writes an epoch's colon as %3a) and continues what
    # is there.
    folder = target.parent / f"apt-{package.name}"
    folder.mkdir(exist_ok=True)
    command = ["apt-get", "download", "--quiet=2", f"{package.name}={package.version}"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=_APT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {_APT_SECONDS} s"
    files = sorted(folder.glob("*.deb"))
    if not any(folder.iterdir()):
        folder.rmdir()
    if done.returncode != 0 or not files:
        return " ".join(done.stderr.split()) or f"exit code {done.returncode}"
    problem = _accept(files[0], package, target)
    shutil.rmtree(folder)
    return problem


def _from_mirror(url: str, package: Package, target: Path) -> str | None:
    """Read a URL into the target, going on where an earlier try stopped; return why it failed, or None."""
    part = target.with_name(target.name + ".part")
    try:
        _read_on(url, part, size=package.size)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        return str(error) or type(error).__name__
    return _accept(part, package, target)


def _read_on(url: str, part: Path, *, size: int) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have == size:
        return
    if have > size:
        part.unlink()
        have = 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - our list
    with urllib.request.urlopen(request, timeout=_NETWORK_SECONDS) as answer:  # noqa: S310 - our list
        # A server that knows no ranges sends the whole file with status 200.
        goes_on = have > 0 and answer.status == http.client.PARTIAL_CONTENT
        with part.open("ab" if goes_on else "wb") as file:
            shutil.copyfileobj(answer, file, _CHUNK)


def _accept(file: Path, package: Package, target: Path) -> str | None:
    """Move a finished file to its place; delete one that is wrong and return why, but keep one that is only cut off."""
    wrong = why_wrong(file, package)
    if wrong is None:
        file.replace(target)
    elif file.stat().st_size >= package.size:
        file.unlink()
    return wrong
