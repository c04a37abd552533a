import logging
import warnings

import pytest

from earmark.training.quiet import quiet_lightning


def test_lightning_is_silent_inside_and_as_before_outside(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("pytorch_lightning")
    level, filters = logger.level, list(warnings.filters)
    with quiet_lightning():
        logging.getLogger("pytorch_lightning.utilities.rank_zero").info("GPU available: False")
        logging.getLogger("lightning_fabric.x").info("a tip")
    assert (logger.level, warnings.filters) == (level, filters)
    assert capfd.readouterr() == ("", "")


def test_levels_come_back_after_a_failure() -> None:
    logger = logging.getLogger("lightning_fabric")
    level = logger.level
    with pytest.raises(KeyError), quiet_lightning():
        raise KeyError("x")
    assert logger.level == level


def test_other_warnings_still_show() -> None:
    with quiet_lightning(), pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", UserWarning, stacklevel=1)
