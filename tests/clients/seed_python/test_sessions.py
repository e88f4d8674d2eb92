"""The one call on sessions that later releases have no more: `verify_session`."""

import clerk_backend_sdk as sdk
import pytest

from backend import Backend, refused

# The package warns at each call that it is going.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

UNKNOWN_SESSION = "sess_3E1yAbCdEfGhIjKlMnOpQrStUvW"


def token_of(backend: Backend, session_id: str) -> str:
    """Makes a token of a session, which the package has no call for."""
    return backend.post(f"/sessions/{session_id}/tokens", {})["jwt"]


def verify(backend: Backend, session_id: str, token: str) -> sdk.Session:
    request = sdk.VerifySessionRequest(token=token)
    return backend.call(sdk.SessionsApi, "verify_session", session_id, request)


def test_a_session_is_verified_by_its_token(backend: Backend):
    user = backend.user()
    session_id = backend.sign_in(user.id)

    session = verify(backend, session_id, token_of(backend, session_id))

    assert (session.id, session.user_id, session.status) == (session_id, user.id, "active")


def test_the_token_of_another_session_is_refused(backend: Backend):
    user = backend.user()
    session_id, other = backend.sign_in(user.id), backend.sign_in(user.id)

    for token in (token_of(backend, other), "a.b.c"):
        with refused(400, "invalid_session_token"):
            verify(backend, session_id, token)


def test_a_session_that_ended_is_refused(backend: Backend):
    session_id = backend.sign_in(backend.user().id)
    token = token_of(backend, session_id)
    backend.call(sdk.SessionsApi, "revoke_session", session_id)

    with refused(401, "authentication_invalid"):
        verify(backend, session_id, token)


def test_an_unknown_session_is_not_found(backend: Backend):
    with refused(404, "resource_not_found"):
        verify(backend, UNKNOWN_SESSION, "a.b.c")
