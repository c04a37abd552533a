"""What the tests of pages and pictures share."""

from collections.abc import Iterator

import pytest
from browser import running_browser
from playwright.sync_api import Browser
from survey_tracks import make_collection

from earmark.catalog.survey import Survey, survey


@pytest.fixture(scope="session")
def surveyed() -> Survey:
    """What the metadata of 58 tracks says, 57 of them of four labels."""
    return survey(make_collection())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the pages of a module: starting it takes longer than most pages."""
    with running_browser() as started:
        yield started
