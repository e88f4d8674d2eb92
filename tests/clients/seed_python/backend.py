"""A backend that speaks to the server through the package, as the package documents it."""

import asyncio
import json
import urllib.request
import uuid
from contextlib import contextmanager
from typing import Any, Iterator

import clerk_backend_sdk as sdk
import pytest
from clerk_backend_sdk.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)

EXCEPTIONS = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
}
UNKNOWN_ORGANIZATION = "org_3E1yAbCdEfGhIjKlMnOpQrStUvW"
UNKNOWN_USER = "user_29w83sxmDNGwOuEthce5gg56FcC"


class Backend:
    """Calls the API with one secret key, or without any."""

    def __init__(self, url: str, secret_key: str | None):
        self._host = f"{url}/v1"
        self._secret_key = secret_key

    def call(self, api: type, method: str, *arguments: Any, **named: Any) -> Any:
        """Makes one call of the package with a client of its own."""

        async def run() -> Any:
            configuration = sdk.Configuration(host=self._host, access_token=self._secret_key)
            async with sdk.ApiClient(configuration) as api_client:
                return await getattr(api(api_client), method)(*arguments, **named)

        return asyncio.run(run())

    def user(self, **fields: Any) -> sdk.User:
        """Makes a user, with an e-mail address of its own unless `fields` say otherwise."""
        fields = {"email_address": [f"{uuid.uuid4().hex}@example.com"], **fields}
        return self.call(sdk.UsersApi, "create_user", sdk.CreateUserRequest(**fields))

    def sign_in(self, user_id: str) -> str:
        """Makes a session, which the package has no call for; gives the id."""
        return self.post("/sessions", {"user_id": user_id})["id"]

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        """Makes a call by itself, for what the package does not offer."""
        request = urllib.request.Request(
            f"{self._host}{path}",
            data=json.dumps(fields).encode(),
            headers={
                "Authorization": f"Bearer {self._secret_key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def organization(self, creator: sdk.User | None = None, **fields: Any) -> sdk.Organization:
        """Makes an organization whose one member is its creator, in the role `org:admin`."""
        creator = creator or self.user()
        fields = {"name": "Analytical Engines", "created_by": creator.id, **fields}
        request = sdk.CreateOrganizationRequest(**fields)
        return self.call(sdk.OrganizationsApi, "create_organization", request)

    def update_organization(self, organization_id: str, **fields: Any) -> sdk.Organization:
        request = sdk.UpdateOrganizationRequest(**fields)
        return self.call(sdk.OrganizationsApi, "update_organization", organization_id, request)

    def create(
        self, organization_id: str, user_id: str, role: str = "org:member", **additional: Any
    ) -> sdk.OrganizationMembership:
        """Adds a member; `additional` are body fields that the package does not know."""
        request = sdk.CreateOrganizationMembershipRequest(
            user_id=user_id, role=role, additional_properties=additional
        )
        return self._memberships("create_organization_membership", organization_id, request)

    def list(self, organization_id: str, **query: Any) -> sdk.OrganizationMemberships:
        return self._memberships("list_organization_memberships", organization_id, **query)

    def update(
        self, organization_id: str, user_id: str, role: str, **additional: Any
    ) -> sdk.OrganizationMembership:
        request = sdk.UpdateOrganizationMembershipRequest(
            role=role, additional_properties=additional
        )
        return self._memberships(
            "update_organization_membership", organization_id, user_id, request
        )

    def update_metadata(
        self, organization_id: str, user_id: str, **metadata: Any
    ) -> sdk.OrganizationMembership:
        request = sdk.UpdateOrganizationMembershipMetadataRequest(**metadata)
        return self._memberships(
            "update_organization_membership_metadata", organization_id, user_id, request
        )

    def delete(self, organization_id: str, user_id: str) -> sdk.OrganizationMembership:
        return self._memberships("delete_organization_membership", organization_id, user_id)

    def _memberships(self, method: str, *arguments: Any, **named: Any) -> Any:
        return self.call(sdk.OrganizationMembershipsApi, method, *arguments, **named)


@contextmanager
def refused(
    status: int, code: str, param_name: str | None = None, *, documented: bool = True
) -> Iterator[None]:
    """Expects the server to refuse what is called inside, with one error.

    `documented` tells whether the package's page names this status for the operation: then the
    package reads the body into its own model, else it only hands it out as text.
    """
    with pytest.raises(ApiException) as raised:
        yield
    error = raised.value
    body = json.loads(error.body)
    told = [(fault["code"], fault.get("meta", {}).get("param_name")) for fault in body["errors"]]
    assert (error.status, told) == (status, [(code, param_name)])
    assert type(error) is EXCEPTIONS.get(status, ApiException)
    assert isinstance(error.data, sdk.ClerkErrors) is documented
