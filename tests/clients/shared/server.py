"""Starts `guildhall serve` on a free port, and stops it as an operator would."""

import os
import queue
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 30


class Server:
    """A running server with data of its own; `url` and `secret_key` are those it printed."""

    def __init__(self, folder: Path):
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [binary(), "serve", "--bind", "127.0.0.1:0", "--data", str(folder / "data")],
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

    def stop(self) -> int:
        """Asks the server to end and returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

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
