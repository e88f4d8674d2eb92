"""What the package asks of an answer, whichever operation gives it."""

import importlib.metadata

import clerk_backend_sdk as sdk

from backend import Backend


def test_the_package_is_the_published_one():
    assert importlib.metadata.version("clerk_backend_sdk") == "1.1.1"


def test_answers_are_json_of_the_default_version(backend: Backend):
    user, organization = backend.user(), backend.organization()
    request = sdk.CreateOrganizationMembershipRequest(user_id=user.id, role="org:member")

    answer = backend.call(
        sdk.OrganizationMembershipsApi,
        "create_organization_membership_with_http_info",
        organization.id,
        request,
    )

    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status_code == 200
    assert headers["content-type"] == "application/json"
    # The package names no version.
    assert headers["clerk-api-version"] == "2021-02-05"
    assert len(headers["x-clerk-trace-id"]) == 32


def test_its_models_lose_nothing_of_a_membership(backend: Backend):
    membership = backend.create(backend.organization().id, backend.user().id)

    assert sdk.OrganizationMembership.from_dict(membership.to_dict()) == membership
    assert membership.organization.additional_properties["image_url"]
    assert membership.organization.additional_properties["has_image"] is False


def test_its_models_take_a_user_with_everything(backend: Backend):
    made = backend.user(
        external_id="payroll-1815",
        first_name="Ada",
        last_name="Lovelace",
        username="countess",
        email_address=["ada-everything@example.com", "lovelace-everything@example.com"],
        phone_number=["+12015550170"],
        public_metadata={"language": "en"},
    )

    user = backend.call(sdk.UsersApi, "get_user", made.id)

    assert user == made
    assert [address.email_address for address in user.email_addresses] == [
        "ada-everything@example.com",
        "lovelace-everything@example.com",
    ]
    assert user.email_addresses[0].verification.actual_instance.status == "verified"
    assert user.phone_numbers[0].phone_number == "+12015550170"


def test_its_models_take_an_organization(backend: Backend):
    creator = backend.user()
    made = backend.organization(creator, private_metadata={"plan": "paper"})

    organization = backend.call(sdk.OrganizationsApi, "get_organization", made.id)

    assert organization.to_dict() == made.to_dict()
    assert organization.created_by == creator.id
    assert organization.private_metadata == {"plan": "paper"}


def test_the_memberships_of_a_user_are_those_of_its_organizations(backend: Backend):
    user, first, second = backend.user(), backend.organization(), backend.organization()
    created = [backend.create(organization.id, user.id) for organization in [first, second]]

    page = backend.call(sdk.UsersApi, "users_get_organization_memberships", user.id)

    assert page.total_count == 2
    assert {membership.id for membership in page.data} == {membership.id for membership in created}
