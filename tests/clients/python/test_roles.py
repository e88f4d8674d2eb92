"""Roles and permissions through `organization_roles` and `organization_permissions`."""

# The models named here are not in every release.
from __future__ import annotations

import uuid
from typing import Any, Callable, Iterator

import pytest
from clerk_backend_api import models

from backend import Backend, refused

pytestmark = pytest.mark.releases("5.", "7.")

UNKNOWN_ROLE = "role_3E1yAbCdEfGhIjKlMnOpQrStUvW"
UNKNOWN_PERMISSION = "perm_3E1yAbCdEfGhIjKlMnOpQrStUvW"

Made = Callable[..., "models.Role"]


def key(start: str) -> str:
    """A key that nothing else in the instance has."""
    return f"{start}_{uuid.uuid4().hex}"


@pytest.fixture
def roles(backend: Backend):
    return backend.clerk.organization_roles


@pytest.fixture
def permissions(backend: Backend):
    return backend.clerk.organization_permissions


@pytest.fixture
def role(backend: Backend, roles) -> Iterator[Made]:
    """Makes roles, and deletes them after the test: an instance may only have a few."""
    made: list[models.Role] = []

    def make(**fields: Any) -> models.Role:
        made.append(roles.create(**{"name": "Editor", "key": key("org:editor"), **fields}))
        backend.allow(made[-1])
        return made[-1]

    yield make
    for role in made:
        roles.delete(organization_role_id=role.id)


@pytest.fixture
def permission(permissions) -> Callable[[], models.Permission]:
    return lambda: permissions.create(name="Edit posts", key=key("org:posts:edit"))


def granted(role: models.Role) -> list[str]:
    return [permission.key for permission in role.permissions]


def test_a_permission_is_answered_whole(permissions):
    edit = key("org:posts:edit")

    made = permissions.create(name="Edit posts", key=edit, description="Writes and changes")

    assert made.id.startswith("perm_")
    assert (made.object, made.type) == ("permission", "user")
    assert (made.name, made.key, made.description) == ("Edit posts", edit, "Writes and changes")
    assert made.created_at == made.updated_at
    assert permissions.get(permission_id=made.id) == made


def test_the_permissions_of_the_system_are_listed_and_stay(permissions):
    page = permissions.list(query="org:sys_", order_by="key", limit=2, offset=1)

    assert page.total_count == 9
    assert [found.key for found in page.data] == ["org:sys_billing:read", "org:sys_domains:manage"]
    assert {found.type for found in page.data} == {"system"}
    with refused(403, "organization_system_permission_not_modifiable"):
        permissions.update(permission_id=page.data[0].id, name="Mine")
    with refused(403, "organization_system_permission_not_modifiable"):
        permissions.delete(permission_id=page.data[0].id)


def test_a_permission_is_changed_and_deleted_in_every_role(permissions, permission, role, roles):
    edit = permission()
    editor = role(permissions=[edit.id])

    changed = permissions.update(
        permission_id=edit.id, name="Write posts", key=key("org:posts:write"), description="Writes"
    )
    renamed = roles.get(organization_role_id=editor.id)
    deleted = permissions.delete(permission_id=edit.id)
    emptied = roles.get(organization_role_id=editor.id)

    assert (changed.id, changed.name, changed.description) == (edit.id, "Write posts", "Writes")
    assert renamed.permissions == [changed]
    assert (deleted.object, deleted.id, deleted.deleted) == ("permission", edit.id, True)
    assert emptied.permissions == []
    with refused(404, "resource_not_found"):
        permissions.get(permission_id=edit.id)


@pytest.mark.parametrize(
    "fields, code, param_name",
    [
        ({"key": "posts"}, "form_param_format_invalid", "key"),
        ({"key": "org:sys_posts:edit"}, "form_param_format_invalid", "key"),
        ({"key": "org:sys_memberships:read"}, "form_param_format_invalid", "key"),
        ({"name": ""}, "form_param_value_invalid", "name"),
    ],
)
def test_a_wrong_field_of_a_permission_is_named(permissions, fields, code, param_name):
    with refused(422, code, param_name):
        permissions.create(**{"name": "Edit posts", "key": key("org:posts:edit"), **fields})


def test_a_key_that_is_taken_is_refused(permissions, permission, role):
    with refused(422, "form_identifier_exists", "key"):
        permissions.create(name="Edit posts", key=permission().key)
    with refused(422, "form_identifier_exists", "key"):
        role(key="org:admin")


def test_a_role_is_answered_whole(permission, role, roles):
    edit, editor = permission(), key("org:editor")

    made = role(name="Editor", key=editor, description="Writes", permissions=[edit.id])

    assert made.id.startswith("role_")
    assert (made.object, made.name, made.key) == ("role", "Editor", editor)
    assert made.description == "Writes"
    assert made.permissions == [edit]
    assert made.is_creator_eligible is False
    assert roles.get(organization_role_id=made.id) == made


def test_a_role_needs_no_more_than_name_and_key(role):
    made = role(description=None, permissions=None, include_in_initial_role_set=None)

    assert (made.description, made.permissions) == (None, [])


def test_roles_are_found_sorted_and_paged(role, roles):
    word = uuid.uuid4().hex
    for letter in "bac":
        role(name=f"{word} {letter}")

    def names(**query: Any) -> tuple[str, int]:
        page = roles.list(query=word, **query)
        return "".join(found.name[-1] for found in page.data), page.total_count

    assert names() == ("cab", 3)
    assert names(order_by="name") == ("abc", 3)
    assert names(order_by="-name", limit=1, offset=1) == ("b", 3)
    assert names(order_by="+created_at") == ("bac", 3)
    with refused(422, "form_param_value_invalid", "limit"):
        names(limit=501)


def test_a_role_that_begins_with_the_instance_is_for_creators(roles):
    [admin] = roles.list(query="org:admin").data

    assert (admin.name, admin.is_creator_eligible) == ("Admin", True)
    assert "org:sys_memberships:manage" in granted(admin)
    with refused(422, "organization_role_default_creator_role"):
        roles.delete(organization_role_id=admin.id)


def test_what_a_role_grants_shows_in_its_members(backend: Backend, permission, role, roles):
    [edit, publish], member = [permission(), permission()], backend.user()
    editor, organization = role(permissions=[edit.id]), backend.organization()
    path = {"organization_role_id": editor.id}

    joined = backend.join(organization, member, editor.key)
    both = roles.assign_permission(**path, permission_id=publish.id)
    with refused(409, "organization_role_permission_association_exists"):
        roles.assign_permission(**path, permission_id=publish.id)
    one = roles.remove_permission(**path, permission_id=edit.id)
    with refused(404, "organization_role_permission_association_not_found"):
        roles.remove_permission(**path, permission_id=edit.id)
    changed = roles.update(**path, name="Author", key=key("org:author"))
    [now] = backend.users.get_organization_memberships(user_id=member.id).data

    assert (joined.role, joined.permissions) == (editor.key, [edit.key])
    assert granted(both) == [edit.key, publish.key]
    assert granted(one) == [publish.key]
    assert (changed.name, changed.permissions) == ("Author", one.permissions)
    assert (now.id, now.role, now.role_name) == (joined.id, changed.key, "Author")
    assert now.permissions == [publish.key]
    with refused(422, "organization_role_assigned_members"):
        roles.delete(**path)
    backend.organizations.delete(organization_id=organization.id)


def test_update_replaces_permissions(permission, role, roles):
    edit, publish = permission(), permission()
    editor = role(permissions=[edit.id])

    replaced = roles.update(organization_role_id=editor.id, permissions=[publish.id])
    kept = roles.update(organization_role_id=editor.id, description="Writes", permissions=None)
    emptied = roles.update(organization_role_id=editor.id, permissions=[])

    assert granted(replaced) == [publish.key]
    assert (granted(kept), kept.description) == ([publish.key], "Writes")
    assert granted(emptied) == []


def test_delete_answers_what_was_deleted(roles):
    made = roles.create(name="Editor", key=key("org:editor"))

    deleted = roles.delete(organization_role_id=made.id)

    assert (deleted.object, deleted.id, deleted.deleted) == ("role", made.id, True)
    with refused(404, "resource_not_found"):
        roles.get(organization_role_id=made.id)


def test_no_operation_finds_what_is_unknown(permissions, role, roles):
    editor = role()

    for call in (
        lambda: roles.get(organization_role_id=UNKNOWN_ROLE),
        lambda: roles.update(organization_role_id=UNKNOWN_ROLE, name="Editor"),
        lambda: roles.delete(organization_role_id=UNKNOWN_ROLE),
        lambda: roles.assign_permission(
            organization_role_id=editor.id, permission_id=UNKNOWN_PERMISSION
        ),
        lambda: permissions.update(permission_id=UNKNOWN_PERMISSION, name="Edit"),
        lambda: permissions.delete(permission_id=UNKNOWN_PERMISSION),
    ):
        with refused(404, "resource_not_found"):
            call()
    with refused(404, "resource_not_found", "permissions"):
        role(permissions=[UNKNOWN_PERMISSION])


def test_the_key_has_to_be_known(stranger: Backend):
    with refused(401, "clerk_key_invalid"):
        stranger.clerk.organization_roles.list()
    with refused(401, "clerk_key_invalid"):
        stranger.clerk.organization_permissions.list()
