"""What the tests of pages and pictures share."""

import pytest
from survey_tracks import make_collection

from earmark.catalog.survey import Survey, survey


@pytest.fixture(scope="session")
def surveyed() -> Survey:
    """What the metadata of 58 tracks says, 57 of them of four labels."""
    return survey(make_collection())
