"""The server that a whole run of pytest shares, as a fixture."""

from typing import Iterator

import pytest

from server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Clients ask the environment for proxies, also on the way to this machine.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        server = Server(tmp_path_factory.mktemp("guildhall"))
        try:
            yield server
        finally:
            exit_code = server.stop()
        assert exit_code == 0, server.log()
