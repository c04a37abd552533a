"""What all tests need of the process that they run in."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared_folders import SharedFolders
from small_catalogue import small_catalogue

from earmark.backbones.shelf import SHELF_VARIABLE

LONGEST = ("test_notebooks", "test_cli_demo", "test_web_training", "test_web_accessibility", "test_web_map_page")
"""Modules that take longest; begun last, one of them would run alone while the other processes have nothing to do."""

# A shell that runs the tests in the background lets them ignore Ctrl-C, and all that they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest modules; the processes of a run take modules in this order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def empty_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No backbone that the user of this machine has installed changes what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SHELF_VARIABLE, str(tmp_path_factory.mktemp("no-backbones")))
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> SharedFolders:
    """Folders that are made once for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return SharedFolders(base if worker_id == "master" else base.parent)


@pytest.fixture(scope="session")
def small_demo_folder(shared: SharedFolders) -> Path:
    """Where the small demo lies: its catalogue, and what the web's tests make of that.

    With ``EARMARK_SMALL_DEMO`` set to a folder it is kept there from run to run.
    """
    return Path(os.environ.get("EARMARK_SMALL_DEMO") or shared.root / "small-demo")


@pytest.fixture(scope="session")
def catalogue(small_demo_folder: Path) -> Path:
    """The demo catalogue with its fewest tracks; only to be read."""
    return small_catalogue(small_demo_folder / "catalogue").directory


@pytest.fixture(scope="module")
def small_forests() -> Iterator[None]:
    """Baselines of a tenth of their trees, for tests that only pass by them: fitting them takes most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("earmark.training.tabular.N_TREES", 30)
        yield
