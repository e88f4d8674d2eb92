"""The descriptions that the server is held against."""

import copy
import json
from pathlib import Path
from typing import Iterator

CONTRACT = Path(__file__).parents[2] / "contract"

# Statuses that any operation can answer, whether or not the published description names them.
ANYWHERE = [400, 401, 403, 404, 409, 413, 415, 422, 429]


def operations(description: dict) -> Iterator[tuple[str, str, dict]]:
    """Path, method and description of every operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def published(version: str, served: dict) -> dict:
    """The published description of a version, cut to the operations that are served.

    Of those, it is cut to what is not refused, and gets the statuses of `ANYWHERE`.
    """
    facts = json.loads((CONTRACT / f"facts-{version}.json").read_text())
    refused = {
        operation["operationId"]: operation.get("x-guildhall", {}).get("refuses", [])
        for _, _, operation in operations(served)
    }
    # What only earlier versions have is refused to none of them.
    refused |= {earlier["operationId"]: [] for earlier in served["x-guildhall"]["earlier"]}
    kept: dict[str, dict] = {}
    for path, method, operation in operations(facts):
        if operation["operationId"] in refused:
            names = refused[operation["operationId"]]
            kept.setdefault(path, {})[method] = _cut(operation, names)
    _allow_envelope(facts)
    _allow_null(kept)
    return {**facts, "paths": kept}


def _allow_null(schema: object) -> None:
    """Where `nullable` stands beside `enum`, the published description leaves `null` out of it."""
    if isinstance(schema, dict):
        if schema.get("nullable") is True and None not in schema.get("enum", [None]):
            schema["enum"] = [*schema["enum"], None]
        for part in schema.values():
            _allow_null(part)
    if isinstance(schema, list):
        for part in schema:
            _allow_null(part)


def _allow_envelope(facts: dict) -> None:
    """The published description leaves out what `paginated=true` makes of the list of sessions."""
    content = facts["components"]["responses"]["Session.List"]["content"]
    array = content["application/json"]["schema"]
    content["application/json"]["schema"] = {
        "anyOf": [
            array,
            {
                "type": "object",
                "properties": {"data": array, "total_count": {"type": "integer"}},
                "required": ["data", "total_count"],
            },
        ]
    }


def _cut(operation: dict, refused: list[str]) -> dict:
    operation = copy.deepcopy(operation)
    parameters = operation.get("parameters", [])
    operation["parameters"] = [one for one in parameters if one.get("name") not in refused]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for name in refused:
        content.get("schema", {}).get("properties", {}).pop(name, None)
    for status in ANYWHERE:
        answer = {"$ref": "#/components/responses/ClerkErrors"}
        operation["responses"].setdefault(str(status), answer)
    return operation
