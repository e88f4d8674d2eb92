"""create, update, delete and update_metadata of `organization_memberships`"""

import pytest

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


def test_create_answers_the_whole_membership(backend: Backend):
    user = backend.user(first_name="Ada", last_name="Lovelace")
    organization = backend.organization()

    membership = backend.memberships.create(
        organization_id=organization.id, user_id=user.id, role="org:member"
    )

    assert membership.id.startswith("orgmem_")
    assert (membership.role, membership.role_name) == ("org:member", "Member")
    assert set(membership.permissions) == {"org:sys_memberships:read", "org:sys_billing:read"}
    assert (membership.public_metadata, membership.private_metadata) == ({}, {})
    assert membership.created_at == membership.updated_at
    assert membership.organization.id == organization.id
    assert membership.organization.slug == organization.slug
    assert membership.organization.image_url == organization.image_url
    assert membership.public_user_data.user_id == user.id
    assert membership.public_user_data.first_name == "Ada"
    assert membership.public_user_data.last_name == "Lovelace"
    assert membership.public_user_data.identifier == user.email_addresses[0].email_address
    assert membership.public_user_data.has_image is False


@pytest.mark.releases("5.", "7.")
def test_create_takes_metadata(backend: Backend):
    membership = backend.memberships.create(
        organization_id=backend.organization().id,
        user_id=backend.user().id,
        role="org:member",
        public_metadata={"seat": 3},
        private_metadata={"cost": {"center": "R&D"}},
    )

    assert membership.public_metadata == {"seat": 3}
    assert membership.private_metadata == {"cost": {"center": "R&D"}}


@pytest.mark.releases("5.", "7.")
def test_create_takes_null_for_no_metadata(backend: Backend):
    membership = backend.memberships.create(
        organization_id=backend.organization().id,
        user_id=backend.user().id,
        role="org:member",
        public_metadata=None,
        private_metadata=None,
    )

    assert (membership.public_metadata, membership.private_metadata) == ({}, {})


def test_create_refuses_a_second_membership(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.join(organization, user)

    with refused(400, "already_a_member_in_organization"):
        backend.join(organization, user, "org:admin")


def test_create_refuses_to_exceed_the_quota(backend: Backend):
    user, organization = backend.user(), backend.organization(max_allowed_memberships=1)

    with refused(403, "organization_membership_quota_exceeded"):
        backend.join(organization, user)


@pytest.mark.parametrize("role", ["org:nobody", "admin", "basic_member"])
def test_create_does_not_find_an_unknown_role(backend: Backend, role: str):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found", "role"):
        backend.join(organization, user, role)


def test_create_does_not_find_an_unknown_organization_or_user(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.memberships.create(
            organization_id=UNKNOWN_ORGANIZATION, user_id=user.id, role="org:member"
        )
    with refused(404, "resource_not_found"):
        backend.memberships.create(
            organization_id=organization.id, user_id=UNKNOWN_USER, role="org:member"
        )


@pytest.mark.releases("5.", "7.")
def test_create_names_the_metadata_that_is_too_large(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(422, "form_param_exceeds_allowed_size", "public_metadata"):
        backend.memberships.create(
            organization_id=organization.id,
            user_id=user.id,
            role="org:member",
            public_metadata={"text": "x" * 8192},
        )


def test_update_changes_the_role(backend: Backend):
    user, organization = backend.user(), backend.organization()
    joined = backend.join(organization, user)

    membership = backend.memberships.update(
        organization_id=organization.id, user_id=user.id, role="org:admin"
    )

    assert (membership.id, membership.role, membership.role_name) == (
        joined.id,
        "org:admin",
        "Admin",
    )
    assert "org:sys_profile:delete" in membership.permissions
    assert membership.updated_at >= joined.updated_at


def test_update_keeps_the_last_admin(backend: Backend):
    creator = backend.user()
    organization = backend.organization(creator)

    # The package's specification names no 400 for this operation.
    with refused(400, "organization_minimum_permissions_needed", documented=False):
        backend.memberships.update(
            organization_id=organization.id, user_id=creator.id, role="org:member"
        )


def test_update_does_not_find_who_is_no_member(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.memberships.update(
            organization_id=organization.id, user_id=user.id, role="org:admin"
        )


def test_update_does_not_find_an_unknown_role(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.join(organization, user)

    with refused(404, "resource_not_found", "role"):
        backend.memberships.update(organization_id=organization.id, user_id=user.id, role="owner")


def test_delete_answers_the_membership_that_was(backend: Backend):
    user, organization = backend.user(), backend.organization()
    joined = backend.join(organization, user)

    membership = backend.memberships.delete(organization_id=organization.id, user_id=user.id)

    assert (membership.id, membership.role) == (joined.id, "org:member")
    assert membership.public_user_data.user_id == user.id
    with refused(404, "resource_not_found"):
        backend.memberships.delete(organization_id=organization.id, user_id=user.id)


def test_delete_keeps_the_last_admin(backend: Backend):
    creator = backend.user()
    organization = backend.organization(creator)

    # The package's specification names no 400 for this operation.
    with refused(400, "organization_minimum_permissions_needed", documented=False):
        backend.memberships.delete(organization_id=organization.id, user_id=creator.id)


def test_update_metadata_merges_deeply_and_null_removes(backend: Backend):
    user, organization = backend.user(), backend.organization()
    path = {"organization_id": organization.id, "user_id": user.id}
    backend.join(organization, user)
    backend.memberships.update_metadata(
        **path,
        public_metadata={"seat": {"row": 1, "place": "window"}, "tags": ["a", "b"]},
        private_metadata={"cost": 1},
    )

    membership = backend.memberships.update_metadata(
        **path,
        public_metadata={"seat": {"row": 2, "place": None}, "tags": ["c"], "absent": None},
    )

    assert membership.public_metadata == {"seat": {"row": 2}, "tags": ["c"]}
    assert membership.private_metadata == {"cost": 1}
    assert membership.organization.id == organization.id


def test_update_metadata_takes_nothing_at_all(backend: Backend):
    user, organization = backend.user(), backend.organization()
    joined = backend.join(organization, user)

    membership = backend.memberships.update_metadata(
        organization_id=organization.id, user_id=user.id
    )

    assert membership == joined


def test_update_metadata_names_what_is_too_large(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.join(organization, user)

    with refused(422, "form_param_exceeds_allowed_size", "private_metadata"):
        backend.memberships.update_metadata(
            organization_id=organization.id,
            user_id=user.id,
            private_metadata={"text": "x" * 8192},
        )


def test_update_metadata_does_not_find_who_is_no_member(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.memberships.update_metadata(
            organization_id=organization.id, user_id=user.id, public_metadata={"seat": 1}
        )


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    path = {"organization_id": UNKNOWN_ORGANIZATION, "user_id": UNKNOWN_USER}

    with refused(401, "clerk_key_invalid"):
        stranger.memberships.delete(**path)
    with refused(401, "authorization_header_format_invalid"):
        nobody.memberships.delete(**path)
    # The package's specification names no 401 for this operation.
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.memberships.create(**path, role="org:member")
