"""update_organization_membership"""

import clerk_backend_sdk as sdk
import pytest

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


def test_it_gives_another_role_and_keeps_the_rest(backend: Backend):
    user, organization = backend.user(), backend.organization()
    before = backend.create(organization.id, user.id, public_metadata={"seat": 3})

    after = backend.update(organization.id, user.id, "org:admin")

    assert (before.role, after.role) == ("org:member", "org:admin")
    assert after.additional_properties["role_name"] == "Admin"
    assert "org:sys_memberships:manage" in after.permissions
    assert after.id == before.id
    assert after.created_at == before.created_at
    assert after.updated_at >= before.updated_at
    assert after.public_metadata == {"seat": 3}
    assert backend.list(organization.id, limit=1).data == [after]


def test_the_role_one_has_changes_nothing(backend: Backend):
    user, organization = backend.user(), backend.organization()
    before = backend.create(organization.id, user.id)

    after = backend.update(organization.id, user.id, "org:member")

    assert after == before


def test_the_last_admin_stays_one(backend: Backend):
    admin = backend.user()
    organization = backend.organization(admin)
    backend.create(organization.id, backend.user().id)

    with refused(400, "organization_minimum_permissions_needed"):
        backend.update(organization.id, admin.id, "org:member")

    assert backend.update(organization.id, admin.id, "org:admin").role == "org:admin"


def test_one_of_two_admins_may_step_down(backend: Backend):
    admin = backend.user()
    organization = backend.organization(admin)
    backend.create(organization.id, backend.user().id, "org:admin")

    assert backend.update(organization.id, admin.id, "org:member").role == "org:member"


def test_an_unknown_organization_is_not_found(backend: Backend):
    user = backend.user()

    with refused(404, "resource_not_found"):
        backend.update(UNKNOWN_ORGANIZATION, user.id, "org:member")


def test_who_is_not_a_member_is_not_found(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.update(organization.id, user.id, "org:member")
    with refused(404, "resource_not_found"):
        backend.update(organization.id, UNKNOWN_USER, "org:member")


@pytest.mark.parametrize("role", ["org:nobody", "admin"])
def test_an_unknown_role_is_not_found(backend: Backend, role: str):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)

    with refused(404, "resource_not_found", "role"):
        backend.update(organization.id, user.id, role)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("role", None, "form_param_nil"),
        ("role", 7, "form_param_value_invalid"),
        ("nickname", "Countess", "form_param_unknown"),
        ("public_metadata", {}, "form_param_unknown"),
    ],
)
def test_a_wrong_field_is_named(backend: Backend, field: str, value: object, code: str):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)
    request = sdk.UpdateOrganizationMembershipRequest(
        role="org:admin", additional_properties={field: value}
    )

    with refused(422, code, field):
        backend.call(
            sdk.OrganizationMembershipsApi,
            "update_organization_membership",
            organization.id,
            user.id,
            request,
        )


def test_a_missing_role_is_named(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)
    # Made without the package's own check, which would not let it out.
    request = sdk.UpdateOrganizationMembershipRequest.model_construct()

    with refused(422, "form_param_missing", "role"):
        backend.call(
            sdk.OrganizationMembershipsApi,
            "update_organization_membership",
            organization.id,
            user.id,
            request,
        )


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.update(UNKNOWN_ORGANIZATION, UNKNOWN_USER, "org:member")
    with refused(401, "authorization_header_format_invalid", documented=False):
        nobody.update(UNKNOWN_ORGANIZATION, UNKNOWN_USER, "org:member")
