"""Who may ask, and how much: the first thing that every request meets.

A page on another site can make a browser send requests to this server. Three things hold it off. The Host header has
to be a name that this server is known by, so that a foreign name that was pointed at this machine (DNS rebinding) is
refused. Where the browser tells the request's origin, it has to be this server's own. And where the server can be
reached from other machines, a token has to be shown. Nothing here reads a request's body, but it counts its bytes.
"""

import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earmark.web.problems import RefusedError, problem_response
from earmark.web.settings import LOOPBACK_NAMES, ServeSettings, is_loopback

COOKIE = "earmark-token"
"""Begins the cookie's name; the port ends it, since a browser has one jar for all servers of a machine."""
UPLOADS = ("/api/drops", "/api/imports")
"""Where bodies are files."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The content security policy: nothing but the page's own files, no inline scripts or styles, no frames."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware that refuses what does not come from this server's own page.

    Args:
        app: What answers the requests that pass.
        settings: What the server was started with.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self._app, self._settings = app, settings
        self._cookie_name = f"{COOKIE}-{settings.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # there are no web sockets here
        headers = Headers(scope=scope)
        refused = self._refusal(scope, headers)
        if refused is not None:
            await refused(scope, receive, _with_headers(send))
            return
        await self._app(scope, _counted(receive, self._most_bytes(scope)), _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that may not pass, None where it may."""
        host = headers.get("host", "")
        if not self._known(host):
            return _refuse(403, f"this server is not known as {host[:100]!r}; open {self._shown()}")
        if not _same_origin(headers, host, scope["method"]):
            return _refuse(403, f"requests from other sites are refused; open {self._shown()}")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > self._most_bytes(scope):
            return _refuse(413, f"this request may have {_megabytes(self._most_bytes(scope))} at most")
        return self._without_token(scope, headers)

    def _shown(self) -> str:
        return self._settings.address.partition("?")[0]

    def _most_bytes(self, scope: Scope) -> int:
        limits = self._settings.limits
        return limits.upload_bytes if scope["path"] in UPLOADS else limits.body_bytes

    def _known(self, host: str) -> bool:
        """Whether a Host header names this server.

        On loopback, only loopback's names do. Bound elsewhere, any address in numbers does too: rebinding needs a name.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in LOOPBACK_NAMES or name in self._settings.names:
            return True
        if is_loopback(self._settings.host):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name == self._settings.host
        return True

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that lacks the token; also the one that takes it from the address into a cookie."""
        token = self._settings.token
        if token is None:
            return None
        if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if _same(given, token):
                answer = RedirectResponse("/", status_code=303)
                # Not "strict": who follows a link in a mail would be sent on without it. It opens nothing to other
                # sites: their requests are refused with it too, all but a plain visit of the page.
                answer.set_cookie(self._cookie_name, token, httponly=True, samesite="lax", path="/")
                return answer
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if _same(bearer, token) or _same(_cookie(headers, self._cookie_name), token):
            return None
        return _refuse(401, "this server wants its token: open the address that `earmark serve` has printed")


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _same_origin(headers: Headers, host: str, method: str) -> bool:
    """Whether a request comes from our own page, from the address bar, or from no browser at all."""
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host.lower():
        return False
    site = headers.get("sec-fetch-site", "none")
    if site in ("same-origin", "none"):
        return True
    # A link on another site may open the page; it may not load parts of it, nor post to it.
    return headers.get("sec-fetch-mode") == "navigate" and method in SAFE_METHODS


def _netloc(origin: str) -> str:
    """An origin's host with its port, lower case; empty where it is none, such as ``"null"``."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _refuse(status: int, message: str) -> Response:
    return problem_response(status, RefusedError.__name__, message)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB"


def _counted(receive: Receive, most: int) -> Receive:
    """Count a body as it comes, since its length may be told wrongly or not at all."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, f"this request may have {_megabytes(most)} at most")
        return message

    return counted


def _with_headers(send: Send) -> Send:
    """Add the headers that every answer has; one that the answer has set itself stays."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
