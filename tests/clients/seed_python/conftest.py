"""One server for all tests; each test makes the users and organizations it needs."""

from typing import Iterator

import pytest

from backend import Backend
from server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # The package asks the environment for proxies, also on the way to this machine.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        server = Server(tmp_path_factory.mktemp("guildhall"))
        try:
            yield server
        finally:
            exit_code = server.stop()
        assert exit_code == 0, server.log()


@pytest.fixture(scope="session")
def backend(server: Server) -> Backend:
    """Holds the instance's secret key."""
    return Backend(server.url, server.secret_key)


@pytest.fixture(scope="session")
def stranger(server: Server) -> Backend:
    """Holds a key that was never issued."""
    return Backend(server.url, "sk_test_neverIssuedNeverIssuedNeverIssuedNeverIs")


@pytest.fixture(scope="session")
def nobody(server: Server) -> Backend:
    """Holds no key."""
    return Backend(server.url, None)
