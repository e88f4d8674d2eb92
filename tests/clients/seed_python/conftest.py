"""One server for all tests; each test makes the users and organizations it needs."""

import pytest

from backend import Backend
from server import Server

pytest_plugins = ["serving"]


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
