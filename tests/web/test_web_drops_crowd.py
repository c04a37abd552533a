"""Many at once: fifty clients drop a file each, and each is told what the command line says of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from dropped_files import RAW, cli_predictions, clip
from web_server import SmallDemo, serving, settings_for

CLIENTS = 50
FILES = 4
CLOSE = 1e-6


def test_fifty_clients_at_once(demo: SmallDemo, tmp_path: Path) -> None:
    paths = [clip(demo.music, tmp_path / f"Clip {place}.flac", place=place, seconds=3) for place in range(FILES)]
    told = cli_predictions(demo.library / "bundles" / "earmark", paths)
    assert len(told) == FILES
    settings = replace(settings_for(demo.copy(tmp_path / "library"), demo.music), bundle=Path("earmark"))
    with serving(settings) as address:

        def drop_one(client: int) -> tuple[str, httpx.Response]:
            path = paths[client % FILES]
            params = {"name": path.name, "wait": "true"}
            with httpx.Client(base_url=address, timeout=240, verify=False) as own:
                return path.name, own.post("/api/drops", params=params, content=path.read_bytes(), headers=RAW)

        with ThreadPoolExecutor(CLIENTS) as crowd:
            answers = list(crowd.map(drop_one, range(CLIENTS)))
    assert [answer.status_code for _, answer in answers] == [200] * CLIENTS
    assert len({answer.json()["id"] for _, answer in answers}) == CLIENTS
    for name, answer in answers:
        shares = {one["label"]: one["probability"] for one in answer.json()["verdict"]["ranked"]}
        assert shares == pytest.approx(told[name]["probabilities"], abs=CLOSE)
        assert answer.json()["near"]["neighbours"], answer.json()["near_problem"]
