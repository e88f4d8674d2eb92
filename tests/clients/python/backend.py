"""A backend that speaks to the server through the package, as the package documents it."""

# The models named here are not in every release.
from __future__ import annotations

import importlib.metadata
import json
import uuid
from contextlib import contextmanager
from typing import Any, Iterator

import httpx
import pytest
from clerk_backend_api import Clerk, models

UNKNOWN_ORGANIZATION = "org_3E1yAbCdEfGhIjKlMnOpQrStUvW"
UNKNOWN_USER = "user_29w83sxmDNGwOuEthce5gg56FcC"

# Releases before 7 model `meta` without any field, and so drop what it holds.
READS_META = importlib.metadata.version("clerk-backend-api").startswith("7.")


class Backend:
    """Calls the API with one secret key, or without any.

    Retries are off: the package would repeat a call that drew a 5XX for up to an hour.
    """

    def __init__(self, url: str, secret_key: str | None):
        self.clerk = Clerk(bearer_auth=secret_key, server_url=f"{url}/v1", retry_config=None)
        self.memberships = self.clerk.organization_memberships
        self.organizations = self.clerk.organizations
        self.users = self.clerk.users

        self._allow = (f"{url}/v1/role_sets/role_set:default/roles", secret_key)

    def allow(self, role: models.Role) -> None:
        """Lets members of organizations get a role; releases before 5 have no call for it."""
        url, secret_key = self._allow
        headers = {"Authorization": f"Bearer {secret_key}"}
        httpx.post(url, headers=headers, json={"role_keys": [role.key]}).raise_for_status()

    def user(self, **fields: Any) -> models.User:
        """Makes a user, with an e-mail address of its own unless `fields` say otherwise."""
        return self.users.create(**{"email_address": [f"{uuid.uuid4().hex}@example.com"], **fields})

    def organization(self, creator: models.User | None = None, **fields: Any) -> models.Organization:
        """Makes an organization whose one member is its creator, in the role `org:admin`."""
        creator = creator or self.user()
        request = {"name": "Analytical Engines", "created_by": creator.id, **fields}
        return self.organizations.create(request=request)

    def join(
        self, organization: models.Organization, user: models.User, role: str = "org:member"
    ) -> models.OrganizationMembership:
        return self.memberships.create(organization_id=organization.id, user_id=user.id, role=role)


@contextmanager
def refused(
    status: int, code: str, param_name: str | None = None, *, documented: bool = True
) -> Iterator[None]:
    """Expects the server to refuse what is called inside, with one error.

    `documented` tells whether the package knows this status for the operation: then it raises the
    errors it read, else an error that only holds the body as text.
    """
    with pytest.raises(models.ClerkBaseError) as raised:
        yield
    error = raised.value
    body = json.loads(error.body)
    [fault] = body["errors"]
    assert (error.status_code, fault["code"]) == (status, code)
    assert fault.get("meta", {}).get("param_name") == param_name
    assert len(body["clerk_trace_id"]) == 32
    assert error.headers["x-clerk-trace-id"] == body["clerk_trace_id"]
    assert type(error) is (models.ClerkErrors if documented else models.SDKError)
    if documented:
        [read] = error.data.errors
        texts = (fault["code"], fault["message"], fault["long_message"])
        assert (read.code, read.message, read.long_message) == texts
        assert not READS_META or read.meta == fault.get("meta")
