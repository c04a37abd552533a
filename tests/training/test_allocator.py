import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from earmark.training import allocator

LINUX = sys.platform.startswith("linux")


def run(code: str, **environment: str) -> str:
    """What a fresh interpreter prints: these settings hold for a whole process, so this one stays as it is."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": "", **environment}
    )
    return done.stdout.strip()


@pytest.mark.skipif(not LINUX, reason="glibc's settings")
def test_tuned_memory_is_kept_for_the_next_request() -> None:
    """The kernel maps fresh pages at each request before, and hardly any after."""
    code = """
import resource
import numpy as np
from earmark.training.allocator import tune_allocator

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        np.full(64 << 18, 1.0, dtype=np.float32)  # 64 MiB, written to
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

untuned = faults()
print(tune_allocator())
faults()
print(faults() * 20 < untuned)
"""
    assert run(code).split() == ["True", "True"]


def test_without_glibc_nothing_is_tuned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert allocator.tune_allocator() is False


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert allocator.tune_allocator() is False


class FakeLibrary:
    """An older glibc: it refuses thresholds over 32 MiB."""

    def __init__(self, *, refuses: set[int]) -> None:
        self.calls: list[tuple[int, int]] = []

        def mallopt(parameter: int, value: int) -> int:
            self.calls.append((parameter, value))
            return int(parameter not in refuses)

        self.mallopt = mallopt
        self.gnu_get_libc_version = lambda: b"2.17"


def test_an_older_glibc_forbids_separate_mappings_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeLibrary(refuses={-3})
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    assert allocator.tune_allocator() is True
    assert library.calls == [(-3, 2**31 - 1), (-4, 0), (-1, -1)]


def test_a_glibc_that_refuses_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: FakeLibrary(refuses={-1}))
    assert allocator.tune_allocator() is False


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A system that offers huge pages, and a process that has not imported torch."""
    mode = tmp_path / "enabled"
    mode.write_text("always [madvise] never\n")
    monkeypatch.setattr(allocator, "_HUGE_PAGE_MODE", mode)
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "to be restored")
    monkeypatch.delenv("THP_MEM_ALLOC_ENABLE")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return mode


@pytest.mark.usefixtures("offered")
def test_huge_pages_are_requested_once() -> None:
    assert allocator.request_huge_pages() is True
    assert os.environ["THP_MEM_ALLOC_ENABLE"] == "1"
    assert allocator.request_huge_pages() is True


def test_a_system_without_huge_pages_says_so(offered: Path) -> None:
    offered.write_text("always madvise [never]\n")
    assert allocator.request_huge_pages() is False
    offered.unlink()
    assert allocator.request_huge_pages() is False
    assert "THP_MEM_ALLOC_ENABLE" not in os.environ


@pytest.mark.usefixtures("offered")
def test_after_torch_it_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", object())
    assert allocator.request_huge_pages() is False
    assert "THP_MEM_ALLOC_ENABLE" not in os.environ


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process without torch, whose user has set nothing; what the test sets is undone."""
    monkeypatch.setenv("GOMP_SPINCOUNT", "to be restored")
    monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return monkeypatch


@pytest.mark.usefixtures("fresh")
def test_waiting_threads_are_told_to_sleep() -> None:
    assert allocator.limit_spinning() is True
    assert os.environ["GOMP_SPINCOUNT"] == allocator.SPINS
    assert allocator.limit_spinning() is True


@pytest.mark.parametrize("variable", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_what_the_user_set_about_waiting_stays(fresh: pytest.MonkeyPatch, variable: str) -> None:
    fresh.setenv(variable, "active")
    before = dict(os.environ)
    assert allocator.limit_spinning() is False
    assert dict(os.environ) == before


def test_after_torch_threads_keep_spinning(fresh: pytest.MonkeyPatch) -> None:
    fresh.setitem(sys.modules, "torch", object())
    assert allocator.limit_spinning() is False
    assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.skipif(not LINUX, reason="GNU OpenMP's settings")
def test_openmp_reads_the_setting_from_this_process() -> None:
    code = """
from earmark.training.allocator import limit_spinning
print(limit_spinning())
import torch
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "OMP_DISPLAY_ENV": "verbose"},
    )
    assert done.stdout.strip() == "True"
    assert f"GOMP_SPINCOUNT = '{allocator.SPINS}'" in done.stderr


def test_the_module_does_not_import_torch() -> None:
    assert run("import sys, earmark.training.allocator; print('torch' in sys.modules)") == "False"
