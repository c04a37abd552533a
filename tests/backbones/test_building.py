import hashlib
import sys
from pathlib import Path

import made_checkpoint
import numpy as np
import pytest
import torch
from made_backbones import sound

from earmark.backbones import building
from earmark.backbones.building import (
    check_parity,
    download_wheel,
    get,
    made_patches,
    read_networks,
    read_wheel,
)
from earmark.backbones.embed import embed, patches_of
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import backbones, read_graphs
from earmark.backbones.sources import SOURCES, WHEEL, Wheel
from earmark.errors import EarmarkError, InputError, UnknownNameError


def test_embeddings_are_what_torch_makes_of_the_wheels_weights(musicnn: BackboneSettings, made_wheel: Path) -> None:
    audio = sound(7.0, rate=16_000)
    found = embed(audio, musicnn)
    assert found.shape == (2, 400)
    assert found.dtype == np.float16
    patches = torch.from_numpy(patches_of(audio, musicnn))
    with torch.no_grad():
        expected = [network(patches).numpy() for network in read_networks(made_wheel.read_bytes())]
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), atol=0.02, rtol=2e-3)


def test_musicnn_and_its_control_differ_in_their_weights_only(built_shelf: Path, musicnn: BackboneSettings) -> None:
    shelf = backbones()
    assert list(shelf) == ["musicnn", "musicnn-random"]
    control = shelf["musicnn-random"]
    assert control.key != musicnn.key
    told = {"name", "files", "weights", "licence", "source"}
    trained, drawn = (
        {name: value for name, value in one.to_json().items() if name not in told} for one in (musicnn, control)
    )
    assert trained == drawn
    for settings in (musicnn, control):
        assert settings.embedding_size == SOURCES[settings.name].embedding_size
        assert settings.licence == SOURCES[settings.name].licence
        silent = embed(sound(1.0, level=0.0, rate=16_000), settings)
        assert np.isfinite(silent).all()


def test_a_graph_of_other_weights_is_not_put_up(musicnn: BackboneSettings, made_wheel: Path) -> None:
    first, second = read_graphs(musicnn)
    network = read_networks(made_wheel.read_bytes())[0]
    assert check_parity(network, first) < 1e-4
    with pytest.raises(EarmarkError, match=r"differs from the network by .*it was not put on the shelf"):
        check_parity(network, second)


def test_another_wheel_is_refused_before_it_is_opened(made_wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"is not the wheel of musicnn==0\.1\.0: .*expected {WHEEL.sha256}"):
        get("musicnn", wheel=made_wheel)
    with pytest.raises(InputError, match="cannot be read"):
        read_wheel(tmp_path / "gone.whl")
    assert backbones() == {}


def test_a_wheel_without_the_checkpoints_is_refused() -> None:
    for content in (b"no archive", b"PK\x05\x06" + bytes(18)):
        with pytest.raises(InputError, match="expected musicnn's wheel with two checkpoints"):
            read_networks(content)


def test_an_unknown_backbone_lists_those_that_can_be_built() -> None:
    with pytest.raises(UnknownNameError, match="known: musicnn, musicnn-random"):
        get("vggish")


def pip(tmp_path: Path, script: str) -> str:
    """A program that stands for Python running pip, whose last argument but one is the folder to fill."""
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_pip_fetches_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = made_checkpoint.wheel()
    (tmp_path / "content").write_bytes(content)
    monkeypatch.setattr(building, "WHEEL", Wheel("musicnn==0.1.0", hashlib.sha256(content).hexdigest()))
    script = (
        "assert sys.argv[1:5] == ['-m', 'pip', 'download', '--no-deps'], sys.argv\n"
        "assert sys.argv[-1] == 'musicnn==0.1.0'\n"
        f"content = pathlib.Path({str(tmp_path / 'content')!r}).read_bytes()\n"
        "pathlib.Path(sys.argv[-2], 'musicnn-0.1.0-py3-none-any.whl').write_bytes(content)"
    )
    monkeypatch.setattr(sys, "executable", pip(tmp_path, script))
    assert download_wheel() == content


def test_where_pip_cannot_its_words_are_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "print('ERROR: no network', file=sys.stderr)\nsys.exit(1)"
    monkeypatch.setattr(sys, "executable", pip(tmp_path, script))
    with pytest.raises(InputError, match=r"\(ERROR: no network\); download the wheel elsewhere .* with --wheel FILE"):
        download_wheel()


def test_made_patches_are_like_log_mel_of_music() -> None:
    patches = made_patches(seed=1, count=5)
    assert patches.shape == (5, 187, 96)
    assert patches.dtype == np.float32
    assert patches.min() >= 0
    assert 0.5 < patches.mean() < 4
    np.testing.assert_array_equal(patches, made_patches(seed=1, count=5))
    assert not np.array_equal(patches, made_patches(seed=2, count=5))
