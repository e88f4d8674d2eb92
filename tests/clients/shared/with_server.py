"""Runs a command with a started server: `with_server.py COMMAND [ARGUMENT]...`.

The command finds the server in CLERK_API_URL and CLERK_SECRET_KEY, and in TEST_OPERATOR, as JSON, how
a command of an operator beside it begins: `guildhall instances`. The exit code is the command's,
or 1 where the command succeeded but the server did not end well.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from server import Server


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            tested = subprocess.run(command, env=environment(server)).returncode
        finally:
            stopped = server.stop()
        if tested == 0 and stopped != 0:
            print(f"the server ended with {stopped}: {server.log()}", file=sys.stderr)
            return 1
    return tested


def environment(server: Server) -> dict[str, str]:
    # Clients may ask the environment for proxies, also on the way to this machine.
    return {
        **os.environ,
        "CLERK_API_URL": server.url,
        "CLERK_SECRET_KEY": server.secret_key,
        "TEST_OPERATOR": json.dumps(server.operator()),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
