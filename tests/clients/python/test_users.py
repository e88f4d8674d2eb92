"""create, get, list, count, update, delete and the metadata of `users`"""

import uuid
from typing import Any

import pytest

from backend import UNKNOWN_USER, Backend, refused

WALLET = "0x52908400098527886e0f7030069857d2e4169ee9"


@pytest.fixture(scope="module")
def trio(backend: Backend) -> dict[str, str]:
    """Ids by name: Eve's keys sort first, then Finn's, then Gil's; they are made Gil, Eve, Finn."""
    ids = {}
    for name, number in [("gil", 3), ("eve", 1), ("finn", 2)]:
        ids[name] = backend.user(
            external_id=f"{name}-trio",
            first_name=name.title(),
            last_name=f"{name.title()} Trio",
            username=f"{name}_trio",
            email_address=[f"{name}-trio@example.com"],
            phone_number=[f"+1201555011{number}"],
            web3_wallet=[WALLET] if name == "eve" else [],
            created_at=f"2021-01-0{number}T00:00:00Z",
        ).id
    return ids


def names(backend: Backend, trio: dict[str, str], **query: Any) -> list[str]:
    """Who of the trio is listed, in the order of the answer."""
    listed = {user_id: name for name, user_id in trio.items()}
    return [listed[user.id] for user in backend.users.list(request=query) if user.id in listed]


def count(backend: Backend, release: str, **query: Any) -> int:
    answer = (
        backend.users.count(**query)
        if release.startswith("3.")
        else backend.users.count(request=query)
    )
    return answer.total_count


FILTERS = [
    ({"email_address": ["EVE-trio@example.com", "gil-trio@example.com"]}, ["gil", "eve"]),
    ({"phone_number": ["+12015550112"]}, ["finn"]),
    ({"external_id": ["finn-trio", "gil-trio", "nobody"]}, ["gil", "finn"]),
    ({"username": ["gil_trio"]}, ["gil"]),
    ({"web3_wallet": [WALLET]}, ["eve"]),
    ({"query": "trio"}, ["gil", "finn", "eve"]),
    ({"email_address_query": "-TRIO@"}, ["gil", "finn", "eve"]),
    ({"phone_number_query": "5550111"}, ["eve"]),
    ({"username_query": "FINN_"}, ["finn"]),
    ({"name_query": "gil tr"}, ["gil"]),
    ({"query": "trio", "banned": False}, ["gil", "finn", "eve"]),
    ({"query": "trio", "banned": True}, []),
    # They were made on the days of January 2021: Eve 1, Finn 2, Gil 3.
    ({"query": "trio", "created_at_after": 1_609_545_600_001}, ["gil"]),
    ({"query": "trio", "created_at_before": 1_609_545_599_999}, ["eve"]),
    # Nobody has had a session.
    ({"query": "trio", "last_active_at_after": 0}, []),
    ({"query": "trio", "last_active_at_before": 4_102_444_800_000}, []),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=str)
def test_list_filters(backend: Backend, trio, query: dict, expected: list[str]):
    assert names(backend, trio, **query) == expected
    assert len(backend.users.list(request=query)) == len(expected)


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=str)
def test_count_filters_alike(
    backend: Backend, release: str, trio, query: dict, expected: list[str]
):
    assert count(backend, release, **query) == len(expected)


@pytest.mark.releases("5.", "7.")
def test_filters_by_the_last_sign_in(backend: Backend, release: str, trio):
    query = {"query": "trio", "last_sign_in_at_after": 0}

    assert names(backend, trio, **query) == []
    assert count(backend, release, **query) == 0


@pytest.mark.parametrize(
    "field",
    ["created_at", "email_address", "first_name", "last_name", "phone_number", "username"],
)
@pytest.mark.parametrize("sign", ["", "+", "-"])
def test_list_sorts(backend: Backend, trio, field: str, sign: str):
    ascending = ["eve", "finn", "gil"]

    expected = ascending[::-1] if sign == "-" else ascending
    assert names(backend, trio, query="trio", order_by=f"{sign}{field}") == expected


@pytest.mark.parametrize("field", ["updated_at", "web3wallet", "last_active_at", "last_sign_in_at"])
def test_list_takes_every_other_order(backend: Backend, trio, field: str):
    assert set(names(backend, trio, query="trio", order_by=f"-{field}")) == {"eve", "finn", "gil"}


def test_list_pages(backend: Backend, trio):
    query = {"query": "trio", "order_by": "username"}

    assert names(backend, trio, **query, limit=2) == ["eve", "finn"]
    assert names(backend, trio, **query, limit=2, offset=2) == ["gil"]


def test_list_finds_users_by_their_ids_and_organizations(backend: Backend, release: str, trio):
    organization = backend.organization()
    backend.memberships.create(
        organization_id=organization.id, user_id=trio["finn"], role="org:member"
    )

    assert names(backend, trio, user_id=[trio["eve"], UNKNOWN_USER]) == ["eve"]
    assert names(backend, trio, query="trio", user_id=[f"-{trio['eve']}"]) == ["gil", "finn"]
    assert names(backend, trio, organization_id=[organization.id]) == ["finn"]
    assert count(backend, release, organization_id=[organization.id]) == 2


def test_list_and_count_name_a_wrong_parameter(backend: Backend, release: str):
    with refused(422, "form_param_value_invalid", "limit"):
        backend.users.list(request={"limit": 501})
    with refused(422, "form_param_array_size_exceeded", "username"):
        count(backend, release, username=["ada"] * 101)


@pytest.mark.parametrize(
    ("fields", "code", "param_name"),
    [
        ({"email_address": ["not an address"]}, "form_param_format_invalid", "email_address"),
        ({"phone_number": ["12"]}, "form_param_format_invalid", "phone_number"),
        ({"password": "short"}, "form_password_length_too_short", "password"),
        ({"created_at": "yesterday"}, "form_param_invalid_time", "created_at"),
        (
            {"unsafe_metadata": {"text": "x" * 8192}},
            "form_param_exceeds_allowed_size",
            "unsafe_metadata",
        ),
    ],
    ids=["email_address", "phone_number", "password", "created_at", "metadata"],
)
def test_create_names_a_wrong_field(backend: Backend, fields: dict, code: str, param_name: str):
    with refused(422, code, param_name):
        backend.user(**fields)


def test_create_refuses_an_address_that_is_taken(backend: Backend):
    address = backend.user().email_addresses[0].email_address

    with refused(422, "form_identifier_exists", "email_address"):
        backend.user(email_address=[address.upper()])


def test_get_does_not_find_an_unknown_user(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.users.get(user_id=UNKNOWN_USER)


def test_update_changes_what_is_given(backend: Backend):
    made, username = backend.user(last_name="King"), f"ada_{uuid.uuid4().hex}"

    user = backend.users.update(
        user_id=made.id,
        first_name="Ada",
        username=username,
        external_id=username,
        delete_self_enabled=False,
        create_organization_enabled=False,
        create_organizations_limit=2,
        skip_password_checks=True,
        password="a password",
    )

    assert (user.first_name, user.last_name) == ("Ada", "King")
    assert (user.username, user.external_id) == (username, username)
    assert user.delete_self_enabled is False
    assert user.create_organization_enabled is False
    assert user.create_organizations_limit == 2
    assert user.password_enabled is True
    assert backend.users.get(user_id=made.id) == user


def test_update_shows_in_the_memberships_of_the_user(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.join(organization, user)

    backend.users.update(user_id=user.id, first_name="Augusta", last_name="King")

    [member] = backend.memberships.list(organization_id=organization.id, user_id=[user.id]).data
    assert member.public_user_data.first_name == "Augusta"
    assert member.public_user_data.last_name == "King"


def test_update_refuses_a_username_that_is_taken(backend: Backend):
    username = f"ada_{uuid.uuid4().hex}"
    backend.user(username=username)
    user = backend.user()

    with refused(422, "form_identifier_exists", "username"):
        backend.users.update(user_id=user.id, username=username)


def test_update_does_not_find_an_unknown_user(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.users.update(user_id=UNKNOWN_USER, first_name="Ada")


@pytest.mark.releases("3.", "5.")
def test_update_replaces_metadata(backend: Backend):
    made = backend.user(public_metadata={"language": "en"}, private_metadata={"cost": 1})

    user = backend.users.update(user_id=made.id, public_metadata={"country": "UK"})

    assert (user.public_metadata, user.private_metadata) == ({"country": "UK"}, {"cost": 1})


def test_update_metadata_merges_deeply_and_null_removes(backend: Backend):
    made = backend.user(
        public_metadata={"seat": {"row": 1, "place": "window"}, "language": "en"},
        private_metadata={"cost": 1},
        unsafe_metadata={"theme": "dark"},
    )

    user = backend.users.update_metadata(
        user_id=made.id,
        public_metadata={"seat": {"row": 2, "place": None}, "language": None},
        unsafe_metadata={"size": 12},
    )

    assert user.public_metadata == {"seat": {"row": 2}}
    assert user.private_metadata == {"cost": 1}
    assert user.unsafe_metadata == {"theme": "dark", "size": 12}


@pytest.mark.releases("5.", "7.")
def test_replace_metadata_replaces_what_is_given(backend: Backend):
    made = backend.user(public_metadata={"language": "en"}, private_metadata={"cost": 1})

    user = backend.users.replace_metadata(user_id=made.id, public_metadata={"country": "UK"})

    assert (user.public_metadata, user.private_metadata) == ({"country": "UK"}, {"cost": 1})


def test_metadata_of_an_unknown_user_is_not_found(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.users.update_metadata(user_id=UNKNOWN_USER, public_metadata={"language": "en"})


def test_delete_answers_what_was_deleted(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.join(organization, user)

    deleted = backend.users.delete(user_id=user.id)

    assert (deleted.object, deleted.id, deleted.deleted) == ("user", user.id, True)
    assert backend.memberships.list(organization_id=organization.id).total_count == 1
    with refused(404, "resource_not_found"):
        backend.users.delete(user_id=user.id)


def test_the_key_has_to_be_known(stranger: Backend):
    with refused(401, "clerk_key_invalid"):
        stranger.users.get(user_id=UNKNOWN_USER)
    with refused(401, "clerk_key_invalid"):
        stranger.users.list(request={})
