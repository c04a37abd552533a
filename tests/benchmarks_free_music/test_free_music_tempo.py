import zlib
from pathlib import Path

import pytest
from benchmarks.free_music.tempo import ProjectTempo, project_tempo
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import MetadataError

PROJECT = '<?xml version="1.0"?>\n<!DOCTYPE lmms-project>\n<lmms-project type="song">{head}<song/></lmms-project>'


def compressed(xml: str) -> bytes:
    return len(xml).to_bytes(4, "big") + zlib.compress(xml.encode())


def test_a_compressed_project_states_its_tempo(tmp_path: Path) -> None:
    path = tmp_path / "a.mmpz"
    path.write_bytes(compressed(PROJECT.format(head='<head timesig_numerator="3" bpm="128" timesig_denominator="8"/>')))
    assert project_tempo(path) == ProjectTempo(128.0, 3, 8, automated=False)


def test_an_automated_tempo_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.mmp"
    path.write_text(PROJECT.format(head='<head mastervol="100"><bpm value="140" id="42"/></head>'))
    assert project_tempo(path) == ProjectTempo(140.0, 4, 4, automated=True)


@given(bpm=st.integers(10, 999))
def test_every_tempo_that_lmms_knows_is_read(tmp_path_factory: pytest.TempPathFactory, bpm: int) -> None:
    path = tmp_path_factory.mktemp("tempo") / "a.mmpz"
    path.write_bytes(compressed(PROJECT.format(head=f'<head bpm="{bpm}"/>')))
    assert project_tempo(path).bpm == bpm


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not compressed", "a.mmpz is no LMMS project"),
        (compressed("<lmms-project>"), "a.mmpz is no LMMS project"),
        (compressed(PROJECT.format(head="")), "expected an element 'head'"),
        (compressed(PROJECT.format(head="<head/>")), "expected a tempo and a time signature in numbers"),
        (compressed(PROJECT.format(head='<head bpm="4"/>')), "expected a tempo of 10 to 999 BPM, but 4 came"),
    ],
)
def test_what_states_no_tempo_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.mmpz"
    path.write_bytes(content)
    with pytest.raises(MetadataError, match=message):
        project_tempo(path)
