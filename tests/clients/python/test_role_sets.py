"""Role sets through `role_sets`."""

# The models named here are not in every release.
from __future__ import annotations

import uuid
from typing import Iterator

import pytest
from clerk_backend_api import models

from backend import Backend, refused

# Only the newest releases have calls for them.
pytestmark = pytest.mark.releases("7.")

DEFAULT = "role_set:default"


def key(start: str) -> str:
    """A key that nothing else in the instance has."""
    return f"{start}_{uuid.uuid4().hex}"


@pytest.fixture
def editor(backend: Backend) -> Iterator[models.Role]:
    role = backend.clerk.organization_roles.create(name="Editor", key=key("org:editor"))
    yield role
    backend.clerk.organization_roles.delete(organization_role_id=role.id)


@pytest.fixture
def pro(backend: Backend, editor: models.Role) -> Iterator[models.RoleSet]:
    """A set of admins and editors."""
    sets = backend.clerk.role_sets
    made = sets.create(
        name="Pro",
        key=key("role_set:pro"),
        roles=["org:admin", editor.key],
        default_role_key=editor.key,
        creator_role_key="org:admin",
    )
    yield made
    there = sets.list(query=made.id).data
    if there:
        mappings = {role.key: "org:admin" for role in there[0].roles}
        sets.replace(
            role_set_key_or_id=made.id,
            dest_role_set_key=DEFAULT,
            reassignment_mappings=mappings,
        )


def keys(role_set: models.RoleSet) -> list[str]:
    return [role.key for role in role_set.roles]


def test_a_set_is_made_found_and_changed(backend: Backend, editor, pro):
    sets = backend.clerk.role_sets

    changed = sets.update(role_set_key_or_id=pro.key, name="Professional", default_role_key="org:admin")
    added = sets.add_roles(role_set_key_or_id=pro.id, role_keys=["org:member"])

    assert (pro.object, pro.type, pro.role_set_migration) == ("role_set", "custom", None)
    assert keys(pro) == ["org:admin", editor.key]
    assert (pro.default_role.key, pro.creator_role.key) == (editor.key, "org:admin")
    assert (changed.name, changed.default_role.key) == ("Professional", "org:admin")
    assert sorted(keys(added)) == sorted(["org:admin", "org:member", editor.key])
    assert sets.get(role_set_key_or_id=pro.key) == added
    assert sets.list(query=pro.key).data == [added]


def test_members_follow_the_roles_of_the_set(backend: Backend, editor, pro):
    sets = backend.clerk.role_sets
    organization = backend.organization(role_set_key=pro.key)
    user = backend.user()
    with refused(404, "resource_not_found", "role"):
        backend.join(organization, user)
    joined = backend.join(organization, user, editor.key)

    replaced = sets.replace_role(
        role_set_key_or_id=pro.id, role_key=editor.key, to_role_key="org:member"
    )
    [member] = backend.users.get_organization_memberships(user_id=user.id).data
    deleted = sets.replace(
        role_set_key_or_id=pro.id,
        dest_role_set_key=DEFAULT,
        reassignment_mappings={"org:member": "org:admin"},
    )
    [moved] = backend.users.get_organization_memberships(user_id=user.id).data

    assert joined.role == editor.key
    assert keys(replaced) == ["org:admin", "org:member"]
    assert (member.role, moved.role) == ("org:member", "org:admin")
    assert (deleted.id, deleted.deleted) == (pro.id, True)
    assert moved.organization.role_set_key == DEFAULT
    with refused(404, "resource_not_found"):
        sets.get(role_set_key_or_id=pro.id)
    backend.organizations.delete(organization_id=organization.id)
