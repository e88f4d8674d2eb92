"""One server for all tests; each test makes the users and organizations it needs."""

import importlib.metadata

import pytest

# Makes its assertions show their values.
pytest.register_assert_rewrite("backend")

from backend import Backend
from server import Server

pytest_plugins = ["serving"]

RELEASE = importlib.metadata.version("clerk-backend-api")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out tests of what the installed release does not offer."""
    left_out = [item for item in items if not is_for(item, RELEASE)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def is_for(item: pytest.Item, release: str) -> bool:
    marker = item.get_closest_marker("releases")
    return marker is None or release.startswith(marker.args)


@pytest.fixture(scope="session")
def release() -> str:
    """The installed release of the package."""
    return RELEASE


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
