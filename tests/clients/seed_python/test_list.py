"""list_organization_memberships"""

import pytest
from pydantic import ValidationError

from backend import UNKNOWN_ORGANIZATION, Backend, refused


@pytest.fixture(scope="module")
def crowd(backend: Backend):
    """An organization of twelve members; returns it and their user ids, latest first."""
    creator = backend.user()
    organization = backend.organization(creator)
    users = [backend.user() for _ in range(11)]
    for user in users:
        backend.create(organization.id, user.id)
    return organization, [user.id for user in reversed([creator, *users])]


@pytest.fixture(scope="module")
def cast(backend: Backend):
    """An organization whose members differ in every sort key; returns it and ids by name.

    Ada's keys sort first, then Bob's, then Carol's; Dan, who made the organization, lacks what a
    user may lack. They join in the order Dan, Carol, Ada, Bob.
    """
    dan = backend.user(email_address=["zz-dan@example.com"])
    organization = backend.organization(dan)
    people = {"dan": dan.id}
    for name, phone_number in [("Carol", "3"), ("ada", "1"), ("Bob", "2")]:
        user = backend.user(
            first_name=name,
            last_name=f"{name} Smith",
            username=f"{name}_cast",
            email_address=[f"{name}-cast@example.com"],
            phone_number=[f"+1201555010{phone_number}"],
        )
        backend.create(organization.id, user.id)
        people[name.lower()] = user.id
    return organization, people


def users_of(page) -> list[str]:
    return [membership.public_user_data.user_id for membership in page.data]


def test_it_starts_with_the_ten_latest(backend: Backend, crowd):
    organization, user_ids = crowd

    page = backend.list(organization.id)

    assert users_of(page) == user_ids[:10]
    assert page.total_count == 12


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 500}, slice(0, 12)),
        ({"limit": 1}, slice(0, 1)),
        ({"limit": 10.0}, slice(0, 10)),
        ({"limit": 3, "offset": 0}, slice(0, 3)),
        ({"limit": 3, "offset": 10}, slice(10, 12)),
        ({"limit": 3.0, "offset": 4.0}, slice(4, 7)),
        ({"offset": 5}, slice(5, 12)),
        ({"offset": 12}, slice(0, 0)),
        ({"offset": 1_000_000}, slice(0, 0)),
    ],
)
def test_limit_and_offset_cut_the_list_and_leave_the_count(
    backend: Backend, crowd, query: dict, expected: slice
):
    organization, user_ids = crowd

    page = backend.list(organization.id, **query)

    assert users_of(page) == user_ids[expected]
    assert page.total_count == 12


@pytest.mark.parametrize("field", ["email_address", "phone_number", "first_name", "last_name", "username"])
@pytest.mark.parametrize("sign", ["", "+", "-"])
def test_it_sorts_by_a_field_of_the_user(backend: Backend, cast, field: str, sign: str):
    organization, people = cast
    ascending = [people[name] for name in ["ada", "bob", "carol", "dan"]]

    page = backend.list(organization.id, order_by=f"{sign}{field}")

    assert users_of(page) == (ascending[::-1] if sign == "-" else ascending)


@pytest.mark.parametrize("sign", ["", "+", "-"])
def test_it_sorts_by_when_they_joined(backend: Backend, cast, sign: str):
    organization, people = cast
    ascending = [people[name] for name in ["dan", "carol", "ada", "bob"]]

    page = backend.list(organization.id, order_by=f"{sign}created_at")

    assert users_of(page) == (ascending[::-1] if sign == "-" else ascending)


def test_the_order_holds_across_pages(backend: Backend, cast):
    organization, people = cast

    pages = [
        backend.list(organization.id, order_by="-first_name", limit=1, offset=offset)
        for offset in range(4)
    ]

    walked = [user_id for page in pages for user_id in users_of(page)]
    assert walked == [people[name] for name in ["dan", "carol", "bob", "ada"]]


def test_each_row_is_the_membership_that_was_created(backend: Backend):
    user, organization = backend.user(first_name="Ada"), backend.organization()
    created = backend.create(organization.id, user.id, public_metadata={"seat": 3})

    listed = backend.list(organization.id, limit=1).data[0]

    assert listed == created


def test_members_of_other_organizations_are_not_told(backend: Backend):
    organization, other = backend.organization(), backend.organization()
    backend.create(other.id, backend.user().id)

    page = backend.list(organization.id)

    assert page.total_count == 1
    assert {membership.organization.id for membership in page.data} == {organization.id}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", 2.5),
        ("offset", 0.5),
        ("order_by", "nickname"),
        ("order_by", "*created_at"),
        ("order_by", "--created_at"),
        ("order_by", ""),
    ],
)
def test_a_wrong_parameter_is_named(backend: Backend, crowd, parameter: str, value: object):
    organization, _ = crowd

    with refused(422, "form_param_value_invalid", parameter):
        backend.list(organization.id, **{parameter: value})


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 501}, {"limit": 500.5}, {"limit": -1}, {"offset": -1}]
)
def test_the_package_itself_refuses_what_is_out_of_range(backend: Backend, crowd, query: dict):
    organization, _ = crowd

    with pytest.raises(ValidationError):
        backend.list(organization.id, **query)


def test_an_unknown_organization_is_not_found(backend: Backend):
    with refused(404, "resource_not_found", documented=False):
        backend.list(UNKNOWN_ORGANIZATION)


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    with refused(401, "clerk_key_invalid"):
        stranger.list(UNKNOWN_ORGANIZATION)
    with refused(401, "authorization_header_format_invalid"):
        nobody.list(UNKNOWN_ORGANIZATION)
