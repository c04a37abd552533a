"""A stand-in for what the page's frame stands around: views of a few lines, six tracks, their sound, and a job."""

import io
import json
import wave
from functools import cache
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route

LABELS = [{"label": "Afterglow", "colour": "#0a56d7"}, {"label": "<b>Night</b> & Co", "colour": "#b59e02"}]
SECONDS, RATE = 60, 3000
SPEC = {"data": [{"x": [0, 1], "y": [0, 1], "type": "scatter"}], "layout": {"title": {"text": "a <b>bold</b> title"}}}

LISTEN = """
import { bus } from "/page/js/lib/bus.js";
import { el } from "/page/js/lib/dom.js";
export const title = "Listen";
export async function mount(root, { signal }) {
  root.append(el("p", { id: "heard" }, "Drop a track"));
  bus.on("drop", ([file]) => (document.getElementById("heard").textContent = `heard ${file.name}`), { signal });
}
"""
LABELS_VIEW = """
import { get } from "/page/js/lib/api.js";
import { confirm } from "/page/js/parts/dialog.js";
import { el } from "/page/js/lib/dom.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { waveform } from "/page/js/parts/waveform.js";
export const title = "Labels";
export async function mount(root, { params, signal }) {
  const liked = new Set();
  const list = el("div", { class: "card" });
  const opened = el("p", { id: "opened" }, params.get("label") ?? "");
  root.append(el("h1", {}, "Labels, all of them"), opened, list);
  await withStates(list, () => get("/tracks", { limit: 4 }, { signal }), ({ items }) => trackList(items, {
    label: "Tracks", columns: ["year"], onOpen: (track) => (opened.textContent = track.title),
    actions: [{ name: "Like", icon: "heart", pressed: (track) => liked.has(track.audio_id),
      run: (track) => liked.add(track.audio_id) }],
  }), { signal });
  root.append(
    waveform({ seconds: 20, peaks: [10, 200, 90] }, {
      label: "Outline", onSeek: (at) => (opened.textContent = `at ${at}`),
      sections: [{ start: 0, end: 20, name: "Intro" }],
      evidence: [{ start: 0, end: 10, value: 1, text: "speaks for Afterglow" }],
    }),
    empty({ title: "No sets yet", text: "Start here.", picture: "next", action: { text: "Ask", run: async () => {
      const sure = await confirm({ title: "Sure?", text: "It is deleted.", action: "Delete", danger: true });
      opened.textContent = String(sure);
    } } }),
  );
}
"""
MODELS_VIEW = """
import { figure } from "/page/js/parts/figure.js";
export const title = "Models";
export async function mount(root) {
  root.append(figure(%s, { label: "Some figure", height: 200 }));
}
"""
STAND_INS = {"listen": LISTEN, "labels": LABELS_VIEW, "models": MODELS_VIEW % json.dumps(SPEC)}
OTHER = 'export const title = "%s"; export async function mount(root) {}'
JOB: dict[str, object] = {
    "id": "1", "kind": "scan", "title": "Scan <i>music</i>", "request": {}, "state": "running", "result": None,
    "created": "2026-01-02T03:04:05Z", "started": None, "ended": None, "metrics": [], "problem": None,
    "progress": {"stage": "files", "done": 1, "total": 4, "text": "a.flac"}, "resumable": True, "finishable": False,
}  # fmt: skip


def made_track(number: int) -> dict[str, object]:
    """A track as the server tells it, with markup in its text."""
    return {
        "audio_id": f"{number:016x}", "display": f"Ada <b>Lind</b> - Song {number}", "artists": "Ada <b>Lind</b>",
        "title": f"Song {number}", "mix": None, "label": LABELS[number % 2]["label"], "release": None, "released": None,
        "year": 2020 + number, "genre": None, "bpm": 124.0, "key": "8A", "key_name": "A minor", "seconds": SECONDS,
        "bpm_estimated": True, "key_estimated": number == 0, "doubtful": ["bpm"], "lufs": None, "energy": 0.5,
    }  # fmt: skip


@cache
def silence() -> bytes:
    """A WAV file of nothing, a minute long."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(bytes([128]) * RATE * SECONDS)
    return target.getvalue()


def answer(route: Route) -> None:
    """What the server would say about a library of six tracks."""
    asked = urlsplit(route.request.url)
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    if asked.path == "/api/labels":
        route.fulfill(json=LABELS)
    elif asked.path == "/api/tracks":
        words = query.get("words", "").lower()
        found = [track for track in map(made_track, range(6)) if words in str(track["display"]).lower()]
        route.fulfill(json={"total": len(found), "items": found[: int(query.get("limit", 20))]})
    elif asked.path.endswith("/outline"):
        route.fulfill(json={"seconds": SECONDS, "peaks": [40, 90, 200, 90] * 50})
    elif asked.path.endswith("/audio"):
        send_sound(route)
    else:
        route.continue_()


def send_sound(route: Route) -> None:
    """Send the sound, or the part of it that was asked for."""
    sound, span = silence(), route.request.headers.get("range")
    start = int(span.removeprefix("bytes=").split("-")[0]) if span else 0
    part = {"content-range": f"bytes {start}-{len(sound) - 1}/{len(sound)}"} if span else {}
    route.fulfill(
        status=206 if span else 200,
        headers={"content-type": "audio/wav", "accept-ranges": "bytes"} | part,
        body=sound[start:],
    )


def stand_in(route: Route) -> None:
    """Send a view of a few lines in place of the real one."""
    name = urlsplit(route.request.url).path.rpartition("/")[2].removesuffix(".js")
    route.fulfill(content_type="text/javascript", body=STAND_INS.get(name, OTHER % name.title()))
