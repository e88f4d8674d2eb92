"""Holds a started server against its own description and against the published ones."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from target import Target
from descriptions import operations, published
from server import Server

HERE = Path(__file__).parent
VERSIONS = ["2021-02-05", "2026-05-12"]
# What no request can succeed with: there are no refresh tokens.
NEVER_DONE = {"RefreshSession"}
# Our additions stand on published paths, with methods that are not published.
OWN_CHECKS = "unsupported_method,allow_header_conformance"


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="guildhall-") as folder:
        server = Server(Path(folder))
        try:
            failures = check(server, Path(folder), arguments)
        finally:
            exit_code = server.stop()
        if exit_code != 0:
            failures.append(f"the server ended with {exit_code}: {server.log()}")
    for failure in failures:
        print(f"schemathesis: {failure}", file=sys.stderr)
    return 1 if failures else 0


def check(server: Server, folder: Path, arguments: list[str]) -> list[str]:
    """Says everything that is wrong."""
    own = Target(server.url, server.secret_key).description()
    failures = [f"openapi.json is not valid: {error}" for error in faults(own)]
    failures += run("openapi.json", own, server, folder, ["--url", server.url], arguments)
    for version in VERSIONS:
        options = ["--url", f"{server.url}/v1", "--header", f"Clerk-API-Version: {version}"]
        options += ["--exclude-checks", OWN_CHECKS]
        description = published(version, own)
        name = f"facts-{version}.json"
        failures += run(name, description, server, folder, options, arguments)
    return failures


def faults(description: dict) -> list[str]:
    """What the linter finds in a description."""
    validator = OpenAPIV31SpecValidator(description)
    return [f"{error.message} at {list(error.path)}" for error in validator.iter_errors()]


def run(
    name: str,
    description: dict,
    server: Server,
    folder: Path,
    options: list[str],
    arguments: list[str],
) -> list[str]:
    """Sends requests made from a description, and says what is wrong with the answers."""
    document, counted = folder / name, folder / f"answers-{name}"
    document.write_text(json.dumps(description))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file"]
    command += [str(HERE / "schemathesis.toml"), "run", str(document), "--no-color"]
    command += ["--header", f"Authorization: Bearer {server.secret_key}"]
    command += [*options, *arguments]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "NO_PROXY": "127.0.0.1",
        "TARGET_URL": server.url,
        "TARGET_SECRET_KEY": server.secret_key,
        "TARGET_ANSWERS": str(counted),
    }
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    answers = json.loads(counted.read_text()) if counted.exists() else {}
    failures = []
    if ended.returncode != 0:
        print(ended.stdout, ended.stderr, sep="\n")
        failures.append(f"the answers break {name}")
    # Requests that never get through find nothing. Arguments may choose operations.
    expected = {operation["operationId"] for _, _, operation in operations(description)}
    done = {one for one, statuses in answers.items() if {"200", "204"} & statuses.keys()}
    unreached = sorted(expected - done - NEVER_DONE)
    if unreached and not arguments:
        failures.append(f"never done for {name}: {', '.join(unreached)}")
    sent = sum(count for statuses in answers.values() for count in statuses.values())
    print(f"schemathesis: {name}: {len(expected)} operations, {sent} requests, {len(failures)} failed")
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
