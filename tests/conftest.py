"""What all tests need of the process that they run in."""

import signal
from collections.abc import Iterator

import pytest

from earmark.backbones.shelf import SHELF_VARIABLE

# A shell that runs the tests in the background lets them ignore Ctrl-C, and all that they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def empty_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No backbone that the user of this machine has installed changes what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SHELF_VARIABLE, str(tmp_path_factory.mktemp("no-backbones")))
        yield
