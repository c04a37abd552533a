"""Writes docs/api.md from the OpenAPI document of the page's server, so that the reference cannot say anything else.

``python docs/make_api_reference.py`` writes the file. With ``--check`` it writes nothing, and ends with exit code 1
where the file is not what the document says now; a test runs that.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from references import write_or_check

from earmark.library.library import Library
from earmark.web.app import make_app
from earmark.web.problems import PROBLEMS
from earmark.web.settings import DEFAULT_PORT, ServeSettings

REFERENCE = Path(__file__).resolve().parent / "api.md"

HEADER = f"""# REST API

Made from the server's OpenAPI document by `python docs/make_api_reference.py`; a test compares the two. What the page
is and how it is kept safe is told in [The page](concepts/page.md).

`earmark serve` answers at `http://127.0.0.1:{DEFAULT_PORT}/api`; the document itself is at `/api/openapi.json`.
Whatever the page shows and does goes through these requests, and so can your own programs:

```sh
curl -s http://127.0.0.1:{DEFAULT_PORT}/api/about
curl -s 'http://127.0.0.1:{DEFAULT_PORT}/api/tracks?words=night&limit=5'
curl -s -X POST http://127.0.0.1:{DEFAULT_PORT}/api/embed -H 'content-type: application/json' -d '{{}}'
curl -sN http://127.0.0.1:{DEFAULT_PORT}/api/jobs/events
```

A server that is bound to another address than this machine's own wants its token with each request:
`-H 'authorization: Bearer TOKEN'`. Requests that a browser sends for another site are refused.
"""

SHARED = """## Problems

Any request may be answered by one of these, with a `Problem` as JSON.

| status | meaning |
|--:|---|
"""


def reference() -> str:
    """The whole reference as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        document = make_app(ServeSettings(library=Library.create(f"{folder}/library").address)).openapi()
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append((f"{method.upper()} {path}", operation))
    sections = [HEADER, _overview(found), SHARED + "\n".join(_problems()) + "\n"]
    sections += [section for area in found for section in _area(area, found[area])]
    sent = json.dumps([operation.get("requestBody") for some in found.values() for _, operation in some])
    return "\n".join([*sections, _values(document["components"]["schemas"], sent)])


def _problems() -> Iterator[str]:
    for status, told in PROBLEMS.items():
        yield f"| {status} | {_cell(told['description'])} |"


def _overview(found: dict[str, list[tuple[str, dict[str, Any]]]]) -> str:
    lines = ["| | request | what it does |", "|---|---|---|"]
    for area, operations in found.items():
        for at, (request, operation) in enumerate(operations):
            link = f"[`{request}`](#{_anchor(request)})"
            lines.append(f"| {area.capitalize() if at == 0 else ''} | {link} | {_cell(operation['summary'])} |")
    return "\n".join(lines) + "\n"


def _area(area: str, operations: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield f"## {area.capitalize()}\n"
    for request, operation in operations:
        lines = [f"### {request}", "", operation.get("description", operation["summary"]), ""]
        lines += _parameters(operation.get("parameters", []))
        lines += _body(operation.get("requestBody"))
        lines.append(f"Answers {', or '.join(_answers(operation['responses']))}.")
        yield "\n".join(lines) + "\n"


def _parameters(parameters: list[dict[str, Any]]) -> list[str]:
    if not parameters:
        return []
    rows = []
    for one in parameters:
        told = _told({**one["schema"], **one}, required=one.get("required", False))
        rows.append(f"| `{one['name']}` | {one['in']} | {_type(one['schema'])} | {told} |")
    return ["| parameter | in | type | meaning |", "|---|---|---|---|", *rows, ""]


def _body(body: dict[str, Any] | None) -> list[str]:
    if body is None:
        return []
    kinds = [f"{_type(content.get('schema', {}))} as `{kind}`" for kind, content in body["content"].items()]
    wanted = "" if body.get("required") else ", which may be left out"
    return [f"Takes {' or '.join(kinds)}{wanted}.", ""]


def _answers(responses: dict[str, dict[str, Any]]) -> Iterator[str]:
    for status, answer in responses.items():
        if int(status) not in PROBLEMS:
            content = answer.get("content", {})
            told = " or ".join(f"{_type(one.get('schema', {}))} as `{kind}`" for kind, one in content.items())
            yield f"{status} with {told}" if told else f"{status} with no body"


def _values(schemas: dict[str, Any], sent: str) -> str:
    """The values by name; which fields are needed is told of those alone that stand in the bodies that are sent."""
    sections = ["## Values", ""]
    for name, schema in sorted(schemas.items()):
        if name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which we answer as a Problem
            continue
        sections += [
            f"### {name} (value)",
            "",
            schema.get("description", ""),
            "",
            *_fields(schema, sent=f'/{name}"' in sent),
            "",
        ]
    return "\n".join(sections)


def _fields(schema: dict[str, Any], *, sent: bool) -> list[str]:
    fields, required = schema.get("properties", {}), schema.get("required", []) if sent else []
    if not fields:
        return [f"One of {_type(schema)}." if "enum" in schema else "An object."]
    rows = [f"| `{name}` | {_type(one)} | {_told(one, required=name in required)} |" for name, one in fields.items()]
    return ["| field | type | meaning |", "|---|---|---|", *rows]


def _told(value: dict[str, Any], *, required: bool) -> str:
    """What a parameter or field means, its range and its default."""
    notes = [value.get("description", ""), _range(value)]
    if value.get("default") is not None:
        notes.append(f"default: `{json.dumps(value['default'])}`")
    elif required:
        notes.append("needed")
    return _cell("; ".join(note.rstrip(".") for note in notes if note))


def _range(schema: dict[str, Any]) -> str:
    """The range of a number or of a text's length; of the one that is not null, where null is possible."""
    for inner in (schema, *schema.get("anyOf", ())):
        for names, what in ((("minimum", "maximum"), ""), (("minLength", "maxLength"), " characters")):
            least, most = (_number(inner.get(name)) for name in names)
            if least and most:
                return f"{least} to {most}{what}"
            if least or most:
                return f"at least {least}{what}" if least else f"at most {most}{what}"
    return ""


def _number(value: float | None) -> str | None:
    """A number as people write it: a bound of 100.0 on a whole number is 100."""
    return None if value is None else str(int(value) if value == int(value) else value)


def _type(schema: dict[str, Any]) -> str:
    """The type of a value, with links to the values that have a section."""
    told = str(schema.get("type", "anything"))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        told = f"[{name}](#{name.lower()}-value)"
    elif "anyOf" in schema:
        told = " or ".join(_type(one) for one in schema["anyOf"])
    elif "enum" in schema:
        told = ", ".join(f"`{one}`" for one in schema["enum"])
    elif "const" in schema:
        told = f"`{schema['const']}`"
    elif told == "array":
        told = f"list of {_type(schema.get('items', {}))}"
    elif told == "object" and isinstance(schema.get("additionalProperties"), dict):
        told = f"object of {_type(schema['additionalProperties'])}"
    elif "contentMediaType" in schema or schema.get("format") == "binary":
        told = "a file"
    return told


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = (letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return "".join(kept).replace(" ", "-")


def _cell(text: str) -> str:
    """Prose within a row of a table; what Markdown would take for markup is shown as it stands."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def main(arguments: list[str]) -> int:
    """Write the reference, or with ``--check`` compare it; the exit code."""
    return write_or_check(arguments, REFERENCE, reference(), script=Path(__file__).name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
