"""The lists of memberships: of an organization, of a user, of the whole instance"""

from dataclasses import dataclass
from typing import Any

import pytest

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused

WALLET = "0x52908400098527886e0f7030069857d2e4169ee8"


@dataclass
class Cast:
    """An organization whose members differ in all that can be asked for, and their ids by name.

    Ada's keys sort first, then Bob's, then Carol's; Dan, who made the organization, lacks what a
    user may lack. They join in the order Dan, Carol, Ada, Bob.
    """

    organization_id: str
    people: dict[str, str]


@pytest.fixture(scope="module")
def cast(backend: Backend) -> Cast:
    dan = backend.user(email_address=["zz-dan@example.com"], created_at="2020-01-04T00:00:00Z")
    organization = backend.organization(dan)
    people = {"dan": dan.id}
    for name, number, role in [
        ("Carol", 3, "org:member"),
        ("ada", 1, "org:admin"),
        ("Bob", 2, "org:member"),
    ]:
        user = backend.user(
            first_name=name,
            last_name=f"{name} Smith",
            username=f"{name}_cast",
            email_address=[f"{name}-cast@example.com"],
            phone_number=[f"+1201555010{number}"],
            web3_wallet=[WALLET] if name == "ada" else [],
            created_at=f"2020-01-0{number}T00:00:00Z",
        )
        backend.join(organization, user, role)
        people[name.lower()] = user.id
    return Cast(organization.id, people)


def names(backend: Backend, cast: Cast, **query: Any) -> list[str]:
    """Who is listed, in the order of the answer."""
    page = backend.memberships.list(organization_id=cast.organization_id, **query)
    listed = {user_id: name for name, user_id in cast.people.items()}
    assert page.total_count == len(page.data) or query.keys() & {"limit", "offset"}
    return [listed[membership.public_user_data.user_id] for membership in page.data]


def test_it_starts_with_who_joined_last(backend: Backend, cast: Cast):
    assert names(backend, cast) == ["bob", "ada", "carol", "dan"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 1}, ["bob"]),
        ({"limit": 2, "offset": 1}, ["ada", "carol"]),
        ({"limit": 500, "offset": 0}, ["bob", "ada", "carol", "dan"]),
        ({"offset": 4}, []),
    ],
)
def test_limit_and_offset_cut_the_list_and_leave_the_count(
    backend: Backend, cast: Cast, query: dict, expected: list[str]
):
    assert names(backend, cast, **query) == expected

    page = backend.memberships.list(organization_id=cast.organization_id, **query)
    assert page.total_count == 4


@pytest.mark.parametrize(
    "field", ["email_address", "phone_number", "first_name", "last_name", "username"]
)
@pytest.mark.parametrize("sign", ["", "+", "-"])
def test_it_sorts_by_a_field_of_the_user(backend: Backend, cast: Cast, field: str, sign: str):
    ascending = ["ada", "bob", "carol", "dan"]

    expected = ascending[::-1] if sign == "-" else ascending
    assert names(backend, cast, order_by=f"{sign}{field}") == expected


def test_it_sorts_by_when_they_joined(backend: Backend, cast: Cast):
    assert names(backend, cast, order_by="+created_at") == ["dan", "carol", "ada", "bob"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"email_address": ["ADA-cast@example.com", "zz-dan@example.com"]}, ["ada", "dan"]),
        ({"phone_number": ["+12015550102", "+12015550103"]}, ["bob", "carol"]),
        ({"username": ["Bob_cast", "nobody"]}, ["bob"]),
        ({"web3_wallet": [WALLET]}, ["ada"]),
        ({"role": ["org:admin"]}, ["ada", "dan"]),
        ({"role": ["org:admin", "org:member"]}, ["bob", "ada", "carol", "dan"]),
        ({"role": ["org:nobody"]}, []),
        ({"query": "smith"}, ["bob", "ada", "carol"]),
        ({"query": "ZZ-DAN"}, ["dan"]),
        ({"email_address_query": "-CAST@"}, ["bob", "ada", "carol"]),
        ({"phone_number_query": "5550103"}, ["carol"]),
        ({"username_query": "ADA_"}, ["ada"]),
        ({"name_query": "carol sm"}, ["carol"]),
        # Their days of making are those of January 2020: Ada 1, Bob 2, Carol 3, Dan 4.
        ({"created_at_after": 1_577_923_200_001}, ["carol", "dan"]),
        ({"created_at_before": 1_577_923_199_999}, ["ada"]),
        # Nobody has had a session.
        ({"last_active_at_after": 0}, []),
        ({"last_active_at_before": 4_102_444_800_000}, []),
        ({"role": ["org:member"], "query": "smith", "order_by": "username"}, ["bob", "carol"]),
    ],
    ids=str,
)
def test_it_filters(backend: Backend, cast: Cast, query: dict, expected: list[str]):
    found = names(backend, cast, **query)

    assert found == expected


def test_it_finds_members_by_the_ids_of_their_users(backend: Backend, cast: Cast):
    ada, bob = cast.people["ada"], cast.people["bob"]

    assert names(backend, cast, user_id=[ada, UNKNOWN_USER]) == ["ada"]
    assert names(backend, cast, user_id=[f"+{ada}", f"+{bob}"]) == ["bob", "ada"]
    assert names(backend, cast, user_id=[f"-{ada}"]) == ["bob", "carol", "dan"]
    assert names(backend, cast, query=ada) == ["ada"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 501}, "form_param_value_invalid"),
        ({"limit": 0}, "form_param_value_invalid"),
        ({"offset": -1}, "form_param_value_invalid"),
        ({"order_by": "shoe_size"}, "form_param_value_invalid"),
        ({"role": ["org:member"] * 101}, "form_param_array_size_exceeded"),
    ],
    ids=["limit 501", "limit 0", "offset -1", "order_by shoe_size", "101 roles"],
)
def test_a_wrong_parameter_is_named(backend: Backend, cast: Cast, query: dict, code: str):
    [param_name] = query

    with refused(422, code, param_name):
        backend.memberships.list(organization_id=cast.organization_id, **query)


def test_an_unknown_organization_is_not_found(backend: Backend):
    # The package's specification names no 404 for this operation.
    with refused(404, "resource_not_found", documented=False):
        backend.memberships.list(organization_id=UNKNOWN_ORGANIZATION)


def test_the_key_has_to_be_known(stranger: Backend):
    with refused(401, "clerk_key_invalid"):
        stranger.memberships.list(organization_id=UNKNOWN_ORGANIZATION)


def test_a_user_has_the_memberships_of_every_organization(backend: Backend):
    user = backend.user()
    joined = [backend.join(backend.organization(), user) for _ in range(3)]

    page = backend.users.get_organization_memberships(user_id=user.id)
    second = backend.users.get_organization_memberships(user_id=user.id, limit=1, offset=1)

    assert page.total_count == second.total_count == 3
    assert [membership.id for membership in page.data] == [
        membership.id for membership in reversed(joined)
    ]
    assert second.data == page.data[1:2]


def test_memberships_of_an_unknown_user_are_not_found(backend: Backend):
    # The package's specification names no 404 for this operation.
    with refused(404, "resource_not_found", documented=False):
        backend.users.get_organization_memberships(user_id=UNKNOWN_USER)


def test_the_instance_has_the_memberships_of_every_organization(backend: Backend):
    joined = [backend.join(backend.organization(), backend.user()) for _ in range(2)]

    latest = backend.users.get_instance_organization_memberships(order_by="-created_at", limit=3)
    earliest = backend.users.get_instance_organization_memberships(order_by="+created_at", limit=1)

    assert latest.total_count == earliest.total_count
    assert latest.data[0].id == joined[1].id
    assert earliest.data[0].created_at <= latest.data[2].created_at


def test_the_instance_names_a_wrong_parameter(backend: Backend):
    with refused(422, "form_param_value_invalid", "order_by"):
        backend.users.get_instance_organization_memberships(order_by="shoe_size")
