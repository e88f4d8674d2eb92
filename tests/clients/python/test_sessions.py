"""Sessions, their tokens and the active organization: `sessions`, `verify_token` and
`authenticate_request`."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Iterator

import jwt
import pytest
from clerk_backend_api import models
from clerk_backend_api.security.authenticaterequest import authenticate_request
from clerk_backend_api.security.types import (
    AuthenticateRequestOptions,
    TokenVerificationError,
    VerifyTokenOptions,
)
from clerk_backend_api.security.verifytoken import verify_token
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend import UNKNOWN_USER, Backend, refused
from server import Server


@pytest.fixture
def sessions(backend: Backend):
    return backend.clerk.sessions


@pytest.fixture
def keys(server: Server) -> VerifyTokenOptions:
    """The keys are asked of the server."""
    return VerifyTokenOptions(secret_key=server.secret_key, api_url=server.url)


@pytest.fixture
def pem(backend: Backend) -> str:
    """The key that verifies tokens, as it is given to a backend that asks nobody."""
    [key, *_] = backend.clerk.jwks.get_jwks().keys
    public = jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(key.model_dump()))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def version_1(server: Server) -> Iterator[None]:
    """The claims of tokens are those of version 1 meanwhile."""
    server.operate("update", "default", "--session-token-version=1")
    yield
    server.operate("update", "default", "--session-token-version=2")


def sign_in(backend: Backend, user: models.User, **fields: str) -> models.Session:
    return backend.clerk.sessions.create(request={"user_id": user.id, **fields})


def token_of(backend: Backend, session: models.Session) -> str:
    return backend.clerk.sessions.create_token(session_id=session.id).jwt


def shown(backend: Backend, session: models.Session, pem: str) -> dict:
    """What the package makes of a request with a token of a session."""
    headers = {"Authorization": f"Bearer {token_of(backend, session)}"}
    options = AuthenticateRequestOptions(jwt_key=pem)
    state = authenticate_request(SimpleNamespace(headers=headers), options)
    assert state.is_signed_in, state.reason
    return state.payload


def test_a_session_is_made_read_listed_and_revoked(backend, sessions):
    user = backend.user()

    made = sign_in(backend, user)

    assert made.id.startswith("sess_")
    assert (made.user_id, made.status) == (user.id, "active")
    assert made.last_active_organization_id is None
    assert sessions.get(session_id=made.id) == made
    assert sessions.list(user_id=user.id) == [made]
    assert sessions.revoke(session_id=made.id).status == "revoked"
    with refused(404, "resource_not_found"):
        sessions.create_token(session_id=made.id)


def test_nobody_unknown_is_signed_in(backend):
    with refused(404, "resource_not_found", "user_id"):
        backend.clerk.sessions.create(request={"user_id": UNKNOWN_USER})


def test_a_token_is_verified_by_the_keys_of_the_server_and_by_a_key_at_hand(backend, keys, pem):
    user = backend.user()
    session = sign_in(backend, user)
    token = token_of(backend, session)

    for options in (keys, VerifyTokenOptions(jwt_key=pem)):
        claims = verify_token(token, options)
        assert (claims["sub"], claims["sid"]) == (user.id, session.id)


def test_a_token_that_was_changed_is_refused(backend, pem):
    token = token_of(backend, sign_in(backend, backend.user()))
    header, claims, signature = token.split(".")

    with pytest.raises(TokenVerificationError):
        verify_token(f"{header}.{claims[:-2]}AA.{signature}", VerifyTokenOptions(jwt_key=pem))


@pytest.mark.releases("5.", "7.")
def test_a_request_shows_organization_role_and_permissions(backend, pem):
    permissions = [
        backend.clerk.organization_permissions.create(
            name="Some", key=f"org:wide_{index % 8}:action_{index:02}"
        )
        for index in range(60)
    ]
    role = backend.clerk.organization_roles.create(
        name="Wide", key="org:wide", permissions=[permission.id for permission in permissions]
    )
    backend.allow(role)
    organization = backend.organization()
    user = backend.user()
    backend.join(organization, user, role.key)

    payload = shown(backend, sign_in(backend, user), pem)

    assert payload["org_id"] == organization.id
    assert payload["org_slug"] == organization.slug
    assert payload["org_role"] == "wide"
    assert sorted(payload["org_permissions"]) == sorted(one.key for one in permissions)
    backend.organizations.delete(organization_id=organization.id)
    backend.clerk.organization_roles.delete(organization_role_id=role.id)
    for permission in permissions:
        backend.clerk.organization_permissions.delete(permission_id=permission.id)


# Earlier releases cannot make roles.
@pytest.mark.releases("5.", "7.")
def test_a_request_shows_organization_role_and_permissions_in_version_1(backend, pem, version_1):
    edit = backend.clerk.organization_permissions.create(name="Edit", key="org:posts:edit")
    role = backend.clerk.organization_roles.create(
        name="Editor", key="org:first_editor", permissions=[edit.id]
    )
    backend.allow(role)
    organization = backend.organization()
    user = backend.user()
    backend.join(organization, user, role.key)

    payload = shown(backend, sign_in(backend, user), pem)

    assert (payload["org_id"], payload["org_slug"]) == (organization.id, organization.slug)
    assert (payload["org_role"], payload["org_permissions"]) == (role.key, [edit.key])
    assert "v" not in payload and "o" not in payload
    backend.organizations.delete(organization_id=organization.id)
    backend.clerk.organization_roles.delete(organization_role_id=role.id)
    backend.clerk.organization_permissions.delete(permission_id=edit.id)


def test_a_request_shows_no_organization_where_none_is_active(backend, pem):
    payload = shown(backend, sign_in(backend, backend.user()), pem)

    assert "org_id" not in payload and "o" not in payload


def test_the_next_session_begins_in_the_organization_joined_last(backend, pem):
    first, second = backend.organization(), backend.organization()
    user = backend.user()
    backend.join(first, user)
    running = sign_in(backend, user)
    backend.join(second, user)

    later = sign_in(backend, user)

    assert shown(backend, running, pem)["o"]["id"] == first.id
    assert shown(backend, later, pem)["o"]["id"] == second.id


# Earlier releases do not send the field.
@pytest.mark.releases("5.", "7.")
def test_a_session_begins_in_the_organization_that_was_asked_for(backend, pem):
    first, second = backend.organization(), backend.organization()
    user = backend.user()
    for organization in (first, second):
        backend.join(organization, user)

    chosen = sign_in(backend, user, active_organization_id=first.id)

    assert shown(backend, chosen, pem)["o"]["id"] == first.id
