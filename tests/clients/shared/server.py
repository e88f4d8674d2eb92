"""Starts `guildhall serve` on a free port, and stops it as an operator would."""

import os
import queue
import secrets
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 30


class Schema:
    """A schema of a server's own in the PostgreSQL database GUILDHALL_TEST_DATABASE_URL, by psql."""

    def __init__(self, shared_url: str):
        self._shared_url = shared_url
        self._name = f"guildhall_clients_{secrets.token_hex(8)}"
        self._run("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
        self._run(f"CREATE SCHEMA {self._name}")
        joint = "&" if "?" in shared_url else "?"
        self.url = f"{shared_url}{joint}options=-csearch_path%3D{self._name},public"

    def drop(self):
        self._run(f"DROP SCHEMA {self._name} CASCADE")

    def _run(self, sql: str):
        quiet = ["-v", "ON_ERROR_STOP=1", "-c", "SET client_min_messages = error"]
        command = ["psql", "-qX", self._shared_url, *quiet, "-c", sql]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Server:
    """A running server with data of its own; `url` and `secret_key` are those it printed.

    It uses SQLite, or PostgreSQL where GUILDHALL_TEST_DATABASE is `postgres`.
    """

    def __init__(self, folder: Path):
        is_postgres = os.environ.get("GUILDHALL_TEST_DATABASE") == "postgres"
        self._schema = Schema(os.environ["GUILDHALL_TEST_DATABASE_URL"]) if is_postgres else None
        database = ["--database-url", self._schema.url] if self._schema else []
        self._data = ["--data", str(folder / "data"), *database]
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(binary(), "serve", "--bind", "127.0.0.1:0", "--metrics-bind", "off"),
                    *self._data,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(),
            )
        try:
            printed = self._printed({"CLERK_API_URL", "CLERK_SECRET_KEY"})
            self.url = printed["CLERK_API_URL"]
            self.secret_key = printed["CLERK_SECRET_KEY"]
            self._await_health()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def operate(self, *arguments: str) -> None:
        """Runs a command of an operator beside the server, such as `update`."""
        command = [*self.operator(), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())

    def operator(self) -> list[str]:
        """How a command of an operator begins: `instances`, and where the data is."""
        return [binary(), "instances", *self._data]

    def stop(self) -> int:
        """Asks the server to end and returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            if self._schema:
                self._schema.drop()

    def log(self) -> str:
        """What the server wrote to its standard error."""
        return self._log.read_text(errors="replace")

    def _printed(self, names: set[str]) -> dict[str, str]:
        lines: queue.Queue[str | None] = queue.Queue()
        # Reads on to the end, or the server would stand still once the pipe is full.
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        printed: dict[str, str] = {}
        deadline = time.monotonic() + START_SECONDS
        while not names <= printed.keys():
            try:
                line = lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError(f"the server did not print {names - printed.keys()}: {self.log()}")
            name, separator, value = line.strip().partition("=")
            if separator:
                printed[name] = value
        return printed

    def _read(self, lines: "queue.Queue[str | None]") -> None:
        with self._process.stdout as stdout:
            for line in stdout:
                lines.put(line)
        lines.put(None)

    def _await_health(self) -> None:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with direct.open(f"{self.url}/healthz", timeout=START_SECONDS) as answer:
                    assert answer.status == 200
                return
            except urllib.error.URLError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server is not healthy: {self.log()}") from error
                time.sleep(0.05)


def binary() -> str:
    """The server's binary, named by the environment."""
    path = os.environ.get("GUILDHALL_BIN")
    if not path:
        raise RuntimeError("GUILDHALL_BIN must name the server's binary; run.sh sets it")
    return path


def environment() -> dict[str, str]:
    """The environment without settings that would reach the server from outside."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL_")}
