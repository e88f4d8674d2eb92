"""Makes what requests are about, and reads the server's own description."""

import uuid

import requests

SECONDS = 30


def role_key() -> str:
    """A key that no role has."""
    return f"org:{uuid.uuid4().hex}"


def permission_key() -> str:
    """A key that no permission has."""
    return f"org:posts:{uuid.uuid4().hex}"


def role_set_fields() -> dict:
    """A role set of both roles that every instance has, with a key that no other has."""
    return {
        "name": "Pro",
        "key": f"role_set:{uuid.uuid4().hex}",
        "roles": ["org:admin", "org:member"],
        "default_role_key": "org:member",
        "creator_role_key": "org:admin",
    }


class Target:
    """A server as its operator reaches it."""

    def __init__(self, url: str, secret_key: str):
        self._url = url
        self._session = requests.Session()
        # Proxies of the environment are not for this machine.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {secret_key}"

    def description(self) -> dict:
        """The document at `/openapi.json`."""
        answer = self._session.get(f"{self._url}/openapi.json", timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def user(self) -> str:
        """Makes a user and returns its id."""
        return self._made("users", {"first_name": "Ada"})

    def membership(self) -> dict[str, str]:
        """Makes a member of a new organization that has an admin besides; returns both ids."""
        organization_id = self._made("organizations", {"name": "Guild", "created_by": self.user()})
        user_id = self.user()
        members = f"organizations/{organization_id}/memberships"
        self._made(members, {"user_id": user_id, "role": "org:member"})
        return {"organization_id": organization_id, "user_id": user_id}

    def session(self, user_id: str) -> str:
        """Signs a user in and returns the id of the session."""
        return self._made("sessions", {"user_id": user_id})

    def token(self, session_id: str) -> str:
        """Makes a token of a session."""
        answer = self._session.post(
            f"{self._url}/v1/sessions/{session_id}/tokens", json={}, timeout=SECONDS
        )
        answer.raise_for_status()
        return answer.json()["jwt"]

    def permission(self) -> str:
        """Makes a permission and returns its id."""
        return self._made("organization_permissions", {"name": "Edit", "key": permission_key()})

    def role(self) -> str:
        """Makes a role and returns its id; there can be a few only, so that others make room."""
        fields = {"name": "Editor", "key": role_key()}
        answer = self._session.post(
            f"{self._url}/v1/organization_roles", json=fields, timeout=SECONDS
        )
        if answer.status_code == 403:
            listed = self._session.get(
                f"{self._url}/v1/organization_roles", params={"limit": 500}, timeout=SECONDS
            )
            for role in listed.json()["data"]:
                self.remove(f"organization_roles/{role['id']}")
            return self._made("organization_roles", fields)
        answer.raise_for_status()
        return answer.json()["id"]

    def role_set(self) -> str:
        """Makes a role set and returns its id; there can be a few only, so that others make room."""
        answer = self._session.post(
            f"{self._url}/v1/role_sets", json=role_set_fields(), timeout=SECONDS
        )
        if answer.status_code == 403:
            listed = self._session.get(
                f"{self._url}/v1/role_sets", params={"limit": 500}, timeout=SECONDS
            )
            for role_set in listed.json()["data"]:
                self.remove_role_set(role_set["id"])
            return self._made("role_sets", role_set_fields())
        answer.raise_for_status()
        return answer.json()["id"]

    def remove_role_set(self, role_set_id: str) -> None:
        """Puts the first role set in the place of one, if it is there."""
        fields = {"dest_role_set_key": "role_set:default"}
        self._session.post(
            f"{self._url}/v1/role_sets/{role_set_id}/replace", json=fields, timeout=SECONDS
        )

    def grant(self, role_id: str, permission_id: str) -> None:
        """Lets a role grant a permission."""
        self._made(f"organization_roles/{role_id}/permissions/{permission_id}", {})

    def exists(self, path: str) -> bool:
        """Tells whether something is at a path."""
        return self._session.get(f"{self._url}/v1/{path}", timeout=SECONDS).status_code == 200

    def remove(self, path: str) -> None:
        """Removes what is at a path, if it is there."""
        self._session.delete(f"{self._url}/v1/{path}", timeout=SECONDS)

    def _made(self, path: str, fields: dict) -> str:
        answer = self._session.post(f"{self._url}/v1/{path}", json=fields, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()["id"]
