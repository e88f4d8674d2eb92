"""update_organization_membership_metadata"""

import clerk_backend_sdk as sdk
import pytest

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


@pytest.fixture
def member(backend: Backend) -> tuple[str, str]:
    """A new member, by organization and user id, without metadata."""
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)
    return organization.id, user.id


def nested(levels: int) -> dict:
    """An object of that many levels, itself included."""
    value: dict = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_it_merges_at_every_level(backend: Backend, member):
    backend.update_metadata(
        *member, public_metadata={"seat": 3, "desk": {"floor": 2, "window": {"side": "north"}}}
    )

    membership = backend.update_metadata(
        *member, public_metadata={"desk": {"window": {"size": "large"}}, "badge": True}
    )

    assert membership.public_metadata == {
        "seat": 3,
        "desk": {"floor": 2, "window": {"side": "north", "size": "large"}},
        "badge": True,
    }
    assert backend.list(member[0], limit=1).data == [membership]


def test_null_removes_a_key_at_every_level(backend: Backend, member):
    backend.update_metadata(
        *member, private_metadata={"seat": 3, "desk": {"floor": 2, "window": {"side": "north"}}}
    )

    membership = backend.update_metadata(
        *member,
        private_metadata={"seat": None, "desk": {"window": {"side": None}}, "never_there": None},
    )

    assert membership.private_metadata == {"desk": {"floor": 2, "window": {}}}


def test_the_field_that_is_not_sent_stays(backend: Backend, member):
    backend.update_metadata(*member, public_metadata={"seat": 3}, private_metadata={"cost": 1.5})

    membership = backend.update_metadata(*member, private_metadata={"cost": None})

    assert membership.public_metadata == {"seat": 3}
    assert membership.private_metadata == {}


def test_lists_and_single_values_replace(backend: Backend, member):
    backend.update_metadata(*member, public_metadata={"tags": ["a", "b"], "desk": {"floor": 2}})

    membership = backend.update_metadata(*member, public_metadata={"tags": ["c"], "desk": "none"})

    assert membership.public_metadata == {"tags": ["c"], "desk": "none"}


def test_an_object_replaces_a_single_value(backend: Backend, member):
    backend.update_metadata(*member, public_metadata={"desk": 2})

    membership = backend.update_metadata(*member, public_metadata={"desk": {"floor": 2}})

    assert membership.public_metadata == {"desk": {"floor": 2}}


def test_any_text_and_number_come_back(backend: Backend, member):
    metadata = {
        "text": "Zoë 🦉 \" \\ \n \u2028",
        "empty": "",
        "large": 9_007_199_254_740_993,
        "small": -0.000_1,
        "tags": [None, False, {"a": []}],
        "ключ": "значение",
    }

    membership = backend.update_metadata(*member, public_metadata=metadata)

    assert membership.public_metadata == metadata


def test_nothing_sent_changes_nothing(backend: Backend, member):
    before = backend.list(member[0], limit=1).data[0]

    after = backend.update_metadata(*member)

    assert after == before


def test_what_is_merged_has_to_fit(backend: Backend, member):
    half = {"first": "x" * 4096}
    backend.update_metadata(*member, public_metadata=half)

    with refused(422, "form_param_exceeds_allowed_size", "public_metadata"):
        backend.update_metadata(*member, public_metadata={"second": "x" * 4096})

    assert backend.list(member[0], limit=1).data[0].public_metadata == half


def test_exactly_eight_kilobytes_fit(backend: Backend, member):
    text = "x" * (8192 - len('{"text":""}'))

    membership = backend.update_metadata(*member, private_metadata={"text": text})

    assert membership.private_metadata == {"text": text}
    with refused(422, "form_param_exceeds_allowed_size", "private_metadata"):
        backend.update_metadata(*member, private_metadata={"text": text + "x"})


def test_a_body_nested_beyond_120_levels_is_refused(backend: Backend, member):
    deepest = nested(119)

    membership = backend.update_metadata(*member, public_metadata=deepest)

    assert membership.public_metadata == deepest
    with refused(400, "request_body_invalid"):
        backend.update_metadata(*member, public_metadata=nested(120))


@pytest.mark.parametrize("value", ["seat 3", [1], 7, True])
def test_metadata_that_is_no_object_is_refused(backend: Backend, member, value: object):
    # Made without the package's own check, which would not let it out.
    request = sdk.UpdateOrganizationMembershipMetadataRequest.model_construct(public_metadata=value)

    with refused(422, "form_param_value_invalid", "public_metadata"):
        backend.call(
            sdk.OrganizationMembershipsApi,
            "update_organization_membership_metadata",
            *member,
            request,
        )


def test_an_unknown_organization_is_not_found(backend: Backend):
    user = backend.user()

    with refused(404, "resource_not_found"):
        backend.update_metadata(UNKNOWN_ORGANIZATION, user.id, public_metadata={"seat": 3})


def test_who_is_not_a_member_is_not_found(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.update_metadata(organization.id, user.id, public_metadata={"seat": 3})
    with refused(404, "resource_not_found"):
        backend.update_metadata(organization.id, UNKNOWN_USER, public_metadata={"seat": 3})


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.update_metadata(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
    with refused(401, "authorization_header_format_invalid", documented=False):
        nobody.update_metadata(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
