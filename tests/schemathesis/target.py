"""Makes users, organizations and memberships, and reads the server's own description."""

import requests

SECONDS = 30


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

    def _made(self, path: str, fields: dict) -> str:
        answer = self._session.post(f"{self._url}/v1/{path}", json=fields, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()["id"]
