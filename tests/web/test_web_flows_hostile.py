"""A library whose tags mean harm, in every view: what is text stays text, and nothing breaks the page's frame."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
from made_map import keep_map
from page_states import FILLED, reach
from web_server import SmallDemo, serving, settings_for, visiting

from earmark.catalog.credits import Credits
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import track_to_row

EVIL = (
    '<img src=x onerror="window.taken=1"><svg onload="window.taken=2">',
    '"><script>window.taken=3</script><a href="javascript:window.taken=4">',
    "javascript:window.taken=5//';window.taken=6;`${window.taken=7}`{{7*7}}",
    "\u202e\u2066gp3.exe\u202c & \u200fright to left\u200b",
    "W" * 450,
    "&lt;b&gt; <b>bold</b> <style>*{display:none}</style> <iframe src=/></iframe>",
)

TAGLESS = ("listen", "models", "model", "library not read", "add a folder")
"""States in which no tag of a track is shown."""

LOOKS = """() => ({
  taken: window.taken,
  foreign: document.querySelectorAll("[src=x], [onerror], [onload], iframe, b, style, [href^=javascript]").length,
  rail: document.querySelector("#rail").checkVisibility(),
  sideways: document.documentElement.scrollWidth - innerWidth,
})"""


def harmful(tracks: Sequence[Track]) -> list[Track]:
    """The tracks with tags that mean harm; those of one label stay together."""
    labels = sorted({track.label or "" for track in tracks})
    return [
        replace(
            track,
            title=EVIL[at % len(EVIL)] * (20 if at == 4 else 1),
            mix=EVIL[(at + 1) % len(EVIL)],
            label=EVIL[labels.index(track.label or "")],
            release=EVIL[(at + 2) % len(EVIL)],
            genre=EVIL[(at + 3) % len(EVIL)],
            artists=Credits((EVIL[(at + 4) % len(EVIL)],)),
            artist_credit=EVIL[(at + 4) % len(EVIL)],
        )
        for at, track in enumerate(tracks)
    ]


def test_tags_that_mean_harm_are_text_in_every_view(demo: SmallDemo, tmp_path: Path) -> None:
    address = demo.copy(tmp_path / "library")
    library = Library.open(address)
    library.tracks_table.merge([track_to_row(track) for track in harmful(library.tracks())])
    keep_map(tmp_path / "library")
    with serving(settings_for(address, demo.music)) as server, visiting(server, width=390, height=844) as visitor:
        tracks = httpx.get(f"{server}/api/tracks").json()["items"]
        for name in EVIL:
            httpx.post(f"{server}/api/playlists", json={"name": name[:200], "audio_ids": [tracks[0]["audio_id"]]})
        named = {"track": tracks[4]["audio_id"], "label": quote(EVIL[0], safe="")}
        visitor.page.on("dialog", lambda dialog: visitor.errors.append(f"dialog: {dialog.message}"))
        for state in (one for one in FILLED if one.name not in TAGLESS):
            reach(visitor, state, **named)
            looks = visitor.page.evaluate(LOOKS)
            visitor.keep(f"hostile-{state.name}".replace(" ", "-"))
            assert looks.pop("sideways") <= 0, state.name
            assert looks == {"taken": None, "foreign": 0, "rail": True}, (state.name, looks)
