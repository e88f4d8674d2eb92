"""create_organization_membership"""

import asyncio

import clerk_backend_sdk as sdk
import pytest
from clerk_backend_sdk.exceptions import BadRequestException

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


def test_it_answers_the_whole_membership(backend: Backend):
    user = backend.user(first_name="Ada", last_name="Lovelace")
    organization = backend.organization()

    membership = backend.create(organization.id, user.id)

    assert membership.id.startswith("orgmem_")
    assert membership.object == "organization_membership"
    assert membership.role == "org:member"
    assert membership.additional_properties["role_name"] == "Member"
    assert set(membership.permissions) == {"org:sys_memberships:read", "org:sys_billing:read"}
    assert membership.public_metadata == {}
    assert membership.private_metadata == {}
    assert membership.created_at == membership.updated_at
    assert membership.organization.id == organization.id
    assert membership.organization.slug == organization.slug
    assert membership.public_user_data.user_id == user.id
    assert membership.public_user_data.first_name == "Ada"
    assert membership.public_user_data.last_name == "Lovelace"
    assert membership.public_user_data.identifier == user.email_addresses[0].email_address
    assert membership.public_user_data.profile_image_url == membership.public_user_data.image_url


def test_the_next_session_begins_in_the_organization(backend: Backend):
    user = backend.user()
    organization = backend.organization()
    backend.create(organization.id, user.id)

    session_id = backend.sign_in(user.id)
    session = backend.call(sdk.SessionsApi, "get_session", session_id)

    assert (session.user_id, session.status) == (user.id, "active")
    assert session.last_active_organization_id == organization.id


def test_an_admin_holds_the_minimum_permissions(backend: Backend):
    membership = backend.create(backend.organization().id, backend.user().id, "org:admin")

    assert {
        "org:sys_memberships:manage",
        "org:sys_memberships:read",
        "org:sys_profile:delete",
    } <= set(membership.permissions)


def test_metadata_is_taken_though_the_package_does_not_know_it(backend: Backend):
    membership = backend.create(
        backend.organization().id,
        backend.user().id,
        public_metadata={"seat": 3, "left": None},
        private_metadata={"cost": {"center": "R&D"}},
    )

    assert membership.public_metadata == {"seat": 3}
    assert membership.private_metadata == {"cost": {"center": "R&D"}}


def test_null_metadata_is_none(backend: Backend):
    membership = backend.create(
        backend.organization().id, backend.user().id, public_metadata=None, private_metadata=None
    )

    assert membership.public_metadata == {}
    assert membership.private_metadata == {}


def test_a_second_membership_is_refused(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)

    with refused(400, "already_a_member_in_organization"):
        backend.create(organization.id, user.id, "org:admin")

    assert backend.list(organization.id).total_count == 2


def test_of_concurrent_calls_for_one_user_one_adds_it(server, backend: Backend):
    user, organization = backend.user(), backend.organization()
    request = sdk.CreateOrganizationMembershipRequest(user_id=user.id, role="org:member")

    async def add_all():
        configuration = sdk.Configuration(
            host=f"{server.url}/v1", access_token=server.secret_key
        )
        async with sdk.ApiClient(configuration) as api_client:
            api = sdk.OrganizationMembershipsApi(api_client)
            calls = [api.create_organization_membership(organization.id, request) for _ in range(8)]
            return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(add_all())

    added = [answer for answer in answers if isinstance(answer, sdk.OrganizationMembership)]
    refusals = [answer for answer in answers if isinstance(answer, BadRequestException)]
    assert (len(added), len(refusals)) == (1, 7)
    assert {refusal.data.errors[0].code for refusal in refusals} == {
        "already_a_member_in_organization"
    }


def test_a_full_organization_takes_nobody(backend: Backend):
    organization = backend.organization(max_allowed_memberships=1)
    user = backend.user()

    with refused(403, "organization_membership_quota_exceeded"):
        backend.create(organization.id, user.id)

    backend.update_organization(organization.id, max_allowed_memberships=2)
    assert backend.create(organization.id, user.id).organization.max_allowed_memberships == 2


def test_an_unknown_organization_is_not_found(backend: Backend):
    user = backend.user()

    with refused(404, "resource_not_found"):
        backend.create(UNKNOWN_ORGANIZATION, user.id)


def test_an_unknown_user_is_not_found(backend: Backend):
    organization = backend.organization()

    with refused(404, "resource_not_found"):
        backend.create(organization.id, UNKNOWN_USER)


@pytest.mark.parametrize("role", ["org:nobody", "admin", "basic_member"])
def test_an_unknown_role_is_not_found(backend: Backend, role: str):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found", "role"):
        backend.create(organization.id, user.id, role)


@pytest.mark.parametrize("field", ["user_id", "role"])
def test_a_missing_field_is_named(backend: Backend, field: str):
    fields = {"user_id": backend.user().id, "role": "org:member"}
    del fields[field]
    # Made without the package's own check, which would not let it out.
    request = sdk.CreateOrganizationMembershipRequest.model_construct(**fields)

    with refused(422, "form_param_missing", field):
        backend.call(
            sdk.OrganizationMembershipsApi,
            "create_organization_membership",
            backend.organization().id,
            request,
        )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("user_id", None, "form_param_nil"),
        ("role", None, "form_param_nil"),
        ("user_id", 7, "form_param_value_invalid"),
        ("role", ["org:member"], "form_param_value_invalid"),
        ("public_metadata", "seat 3", "form_param_value_invalid"),
        ("private_metadata", [1], "form_param_value_invalid"),
        ("public_metadata", {"text": "x" * 8192}, "form_param_exceeds_allowed_size"),
        ("private_metadata", {"text": "x" * 8192}, "form_param_exceeds_allowed_size"),
        ("nickname", "Countess", "form_param_unknown"),
    ],
)
def test_a_wrong_field_is_named(backend: Backend, field: str, value: object, code: str):
    request = sdk.CreateOrganizationMembershipRequest(
        user_id=backend.user().id, role="org:member", additional_properties={field: value}
    )

    with refused(422, code, field):
        backend.call(
            sdk.OrganizationMembershipsApi,
            "create_organization_membership",
            backend.organization().id,
            request,
        )


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.create(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
    with refused(401, "authorization_header_format_invalid", documented=False):
        nobody.create(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
