"""Who may ask: names, origins, tokens and sizes."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_server import SmallDemo, settings_for

from earmark.errors import InputError
from earmark.web.app import make_app
from earmark.web.guard import HEADERS, POLICY
from earmark.web.settings import Limits, ServeSettings

HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def with_token(demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    address = demo.copy(tmp_path_factory.mktemp("guard") / "library")
    settings = ServeSettings(library=address, host="0.0.0.0", token="open-sesame", names=frozenset({"studio.local"}))
    return TestClient(make_app(settings), base_url="http://192.168.1.5:8377", follow_redirects=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8377", "localhost", "LOCALHOST:1", "[::1]:8377"])
def test_loopback_names_are_known(read_only: TestClient, host: str) -> None:
    assert read_only.get("/api/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5", "", "[", "a@b:c"])
def test_foreign_names_are_refused(read_only: TestClient, host: str) -> None:
    answer = read_only.get("/api/about", headers={"host": host})
    assert answer.status_code == 403
    assert "not known" in answer.json()["message"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1.evil"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_foreign_origins_are_refused(read_only: TestClient, origin: str, method: str) -> None:
    answer = read_only.request(method, "/api/jobs/none", headers={"origin": origin})
    assert answer.status_code == 403
    assert "other sites" in answer.json()["message"]


def test_own_origin_passes(read_only: TestClient) -> None:
    assert read_only.get("/api/about", headers={"origin": HERE}).status_code == 200


@pytest.mark.parametrize(
    ("site", "mode", "method", "status"),
    [
        ("same-origin", "cors", "GET", 200),
        ("none", "navigate", "GET", 200),
        ("cross-site", "navigate", "GET", 200),
        ("cross-site", "no-cors", "GET", 403),
        ("same-site", "cors", "GET", 403),
        ("cross-site", "navigate", "POST", 403),
    ],
)
def test_what_browsers_tell_of_the_site(read_only: TestClient, site: str, mode: str, method: str, status: int) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    assert read_only.request(method, "/api/about", headers=headers).status_code == status


def test_every_answer_has_the_policy(read_only: TestClient) -> None:
    for path in ("/", "/api/about", "/api/none", "/page/css/base.css"):
        headers = read_only.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY


def test_bound_elsewhere_wants_a_token() -> None:
    with pytest.raises(InputError, match="needs a token"):
        ServeSettings(library="x", host="0.0.0.0")


def test_without_the_token_nothing_is_answered(with_token: TestClient) -> None:
    for path in ("/", "/api/about", "/page/css/base.css", "/api/openapi.json", "/?token=wrong"):
        assert with_token.get(path).status_code == 401


def test_the_token_opens(with_token: TestClient) -> None:
    bearer = {"authorization": "Bearer open-sesame"}
    assert with_token.get("/api/about", headers=bearer).status_code == 200
    answer = with_token.get("/?token=open-sesame")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert with_token.get("/api/about").status_code == 200  # the client has kept the cookie
    with_token.cookies.clear()


@pytest.mark.parametrize(("host", "status"), [("studio.local:8377", 200), ("10.0.0.7", 200), ("evil.example", 403)])
def test_names_of_a_server_bound_elsewhere(with_token: TestClient, host: str, status: int) -> None:
    headers = {"host": host, "authorization": "Bearer open-sesame"}
    assert with_token.get("/api/about", headers=headers).status_code == status


def test_large_bodies_are_refused_before_they_are_read(
    demo: SmallDemo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    address = demo.copy(tmp_path_factory.mktemp("large") / "library")
    settings = settings_for(address, limits=Limits(body_bytes=1000))
    small = TestClient(make_app(settings), base_url=HERE)
    told = small.post("/api/jobs/x/cancel", content=b"x" * 1001)
    assert told.status_code == 413
    for length in ("2147483648", "-1", "ten"):
        answer = small.post("/api/jobs/x/cancel", headers={"content-length": length})
        assert answer.status_code == 413


def test_a_fault_has_the_policy_too(demo: SmallDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(settings_for(demo.copy(tmp_path / "library")))

    def broken() -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(app.state.shared, "tracks", broken)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/api/about")
    assert answer.status_code == 500
    assert answer.json()["kind"] == "Fault"
    assert "inside" not in answer.text
    assert HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("path", ["/api/bundles/{}", "/api/bundles/{}/report", "/api/folders?under={}"])
def test_names_that_no_system_takes(read_only: TestClient, path: str) -> None:
    answer = read_only.get(path.format("\u5b57" * 100))
    assert answer.status_code in (400, 403, 404), answer.text


def test_problems_are_json(read_only: TestClient) -> None:
    assert read_only.get("/api/nothing").json()["kind"] == "HttpError"
    assert read_only.put("/api/about").status_code == 405
    assert read_only.get("/api/jobs/none").json()["kind"] == "UnknownNameError"
