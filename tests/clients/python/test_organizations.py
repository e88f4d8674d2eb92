"""create, get, list, update, delete and the metadata of `organizations`"""

import uuid
from typing import Any

import pytest
from clerk_backend_api import models

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex}"


def test_create_answers_the_whole_organization(backend: Backend):
    creator, slug = backend.user(), unique("engines")

    organization = backend.organizations.create(
        request={
            "name": "Analytical Engines",
            "slug": slug,
            "created_by": creator.id,
            "max_allowed_memberships": 7,
            "public_metadata": {"city": "London"},
            "private_metadata": {"plan": "paper"},
            "created_at": "2020-02-29T12:00:00.250Z",
        }
    )

    assert organization.id.startswith("org_")
    assert (organization.name, organization.slug) == ("Analytical Engines", slug)
    assert organization.created_by == creator.id
    assert organization.max_allowed_memberships == 7
    assert organization.public_metadata == {"city": "London"}
    assert organization.private_metadata == {"plan": "paper"}
    assert organization.created_at == 1_582_977_600_250
    assert (organization.has_image, organization.members_count) == (False, None)
    page = backend.memberships.list(organization_id=organization.id)
    assert [(member.role, member.public_user_data.user_id) for member in page.data] == [
        ("org:admin", creator.id)
    ]


def test_create_without_a_creator_makes_no_member(backend: Backend):
    organization = backend.organizations.create(request={"name": "Nobody's"})

    assert backend.memberships.list(organization_id=organization.id).total_count == 0


@pytest.mark.parametrize(
    ("fields", "code", "param_name"),
    [
        ({"name": "see https://example.com"}, "form_param_value_invalid", "name"),
        ({"name": "x" * 257}, "form_param_max_length_exceeded", "name"),
        ({"slug": "Not A Slug"}, "form_param_format_invalid", "slug"),
        ({"max_allowed_memberships": -1}, "form_param_value_invalid", "max_allowed_memberships"),
        ({"created_at": "yesterday"}, "form_param_invalid_time", "created_at"),
        (
            {"public_metadata": {"text": "x" * 8192}},
            "form_param_exceeds_allowed_size",
            "public_metadata",
        ),
    ],
    ids=["url as name", "long name", "slug", "quota", "created_at", "metadata"],
)
def test_create_names_a_wrong_field(
    backend: Backend, fields: dict, code: str, param_name: str
):
    with refused(422, code, param_name):
        backend.organizations.create(request={"name": "Engines", **fields})


def test_create_refuses_an_unknown_creator(backend: Backend):
    with refused(400, "organization_creator_not_found"):
        backend.organizations.create(request={"name": "Engines", "created_by": UNKNOWN_USER})


def test_create_refuses_a_slug_that_is_taken(backend: Backend):
    taken = backend.organization().slug

    with refused(422, "form_identifier_exists", "slug"):
        backend.organizations.create(request={"name": "Engines", "slug": taken})


def test_get_takes_the_id_and_the_slug(backend: Backend):
    made = backend.organization()

    assert backend.organizations.get(organization_id=made.id) == made
    assert backend.organizations.get(organization_id=made.slug) == made


def test_get_counts_members_when_asked(backend: Backend):
    made = backend.organization()
    backend.join(made, backend.user())

    organization = backend.organizations.get(
        organization_id=made.id,
        include_members_count=True,
        include_missing_member_with_elevated_permissions=True,
    )

    assert organization.members_count == 2
    assert organization.missing_member_with_elevated_permissions is False


def test_get_does_not_find_an_unknown_organization(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.organizations.get(organization_id=UNKNOWN_ORGANIZATION)


@pytest.fixture(scope="module")
def three(backend: Backend) -> list[models.Organization]:
    """Organizations named a, b, c behind a common word, of 1, 2 and 3 members."""
    word = unique("guild")
    organizations = [backend.organization(name=f"{word} {letter}") for letter in "abc"]
    for members, organization in enumerate(organizations):
        for _ in range(members):
            backend.join(organization, backend.user())
    return organizations


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "cba"),
        ({"order_by": "name"}, "abc"),
        ({"order_by": "-name"}, "cba"),
        ({"order_by": "+created_at"}, "abc"),
        ({"order_by": "+members_count"}, "abc"),
        ({"order_by": "-members_count"}, "cba"),
        ({"order_by": "name", "limit": 1, "offset": 1}, "b"),
    ],
    ids=str,
)
def test_list_sorts_and_pages_what_a_query_finds(
    backend: Backend, three: list[models.Organization], query: dict[str, Any], expected: str
):
    word = three[0].name.removesuffix(" a")

    page = backend.organizations.list(query=word, **query)

    assert "".join(organization.name[-1] for organization in page.data) == expected
    assert page.total_count == 3


def test_list_filters_by_ids(backend: Backend, three: list[models.Organization]):
    a, b, c = three
    creator = backend.memberships.list(organization_id=a.id).data[0].public_user_data.user_id
    ids = [a.id, b.id, UNKNOWN_ORGANIZATION]

    found = backend.organizations.list(organization_id=ids, include_members_count=True)
    of_user = backend.organizations.list(user_id=[creator])
    without = backend.organizations.list(query=c.name[:-2], organization_id=[f"-{c.id}"])

    assert [(found.id, found.members_count) for found in found.data] == [(b.id, 2), (a.id, 1)]
    assert [organization.id for organization in of_user.data] == [a.id]
    assert [organization.id for organization in without.data] == [b.id, a.id]
    assert (found.total_count, of_user.total_count, without.total_count) == (2, 1, 2)


def test_list_names_a_wrong_parameter(backend: Backend):
    with refused(422, "form_param_value_invalid", "limit"):
        backend.organizations.list(limit=501)


def test_update_changes_what_is_given(backend: Backend):
    made, slug = backend.organization(private_metadata={"plan": "paper"}), unique("renamed")

    organization = backend.organizations.update(
        organization_id=made.id,
        name="Difference Engines",
        slug=slug,
        max_allowed_memberships=3,
        admin_delete_enabled=False,
        created_at="2020-02-29T12:00:00Z",
    )

    assert (organization.id, organization.created_by) == (made.id, made.created_by)
    assert (organization.name, organization.slug) == ("Difference Engines", slug)
    assert organization.max_allowed_memberships == 3
    assert organization.admin_delete_enabled is False
    assert organization.created_at == 1_582_977_600_000
    assert organization.private_metadata == {"plan": "paper"}
    assert backend.organizations.get(organization_id=slug) == organization


def test_update_refuses_a_slug_that_is_taken(backend: Backend):
    taken, organization = backend.organization().slug, backend.organization()

    with refused(422, "form_identifier_exists", "slug"):
        backend.organizations.update(organization_id=organization.id, slug=taken)


def test_update_does_not_find_an_unknown_organization(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.organizations.update(organization_id=UNKNOWN_ORGANIZATION, name="Engines")


@pytest.mark.releases("3.", "5.")
def test_update_replaces_metadata(backend: Backend):
    made = backend.organization(public_metadata={"city": "London"}, private_metadata={"cost": 1})

    organization = backend.organizations.update(
        organization_id=made.id, public_metadata={"country": "UK"}
    )

    assert organization.public_metadata == {"country": "UK"}
    assert organization.private_metadata == {"cost": 1}


def test_merge_metadata_merges_deeply_and_null_removes(backend: Backend):
    made = backend.organization(
        public_metadata={"seat": {"row": 1, "place": "window"}, "city": "London"},
        private_metadata={"cost": 1},
    )

    organization = backend.organizations.merge_metadata(
        organization_id=made.id, public_metadata={"seat": {"row": 2, "place": None}, "city": None}
    )

    assert organization.public_metadata == {"seat": {"row": 2}}
    assert organization.private_metadata == {"cost": 1}


def test_merge_metadata_does_not_find_an_unknown_organization(backend: Backend):
    with refused(404, "resource_not_found"):
        backend.organizations.merge_metadata(
            organization_id=UNKNOWN_ORGANIZATION, public_metadata={"city": "London"}
        )


@pytest.mark.releases("7.")
def test_replace_metadata_replaces_what_is_given(backend: Backend):
    made = backend.organization(public_metadata={"city": "London"}, private_metadata={"cost": 1})

    organization = backend.organizations.replace_metadata(
        organization_id=made.id, public_metadata={"country": "UK"}
    )

    assert organization.public_metadata == {"country": "UK"}
    assert organization.private_metadata == {"cost": 1}


@pytest.mark.releases("7.")
def test_replace_metadata_names_what_is_too_large(backend: Backend):
    organization = backend.organization()

    with refused(422, "form_param_exceeds_allowed_size", "private_metadata"):
        backend.organizations.replace_metadata(
            organization_id=organization.id, private_metadata={"text": "x" * 8192}
        )


def test_delete_answers_what_was_deleted(backend: Backend):
    user, made = backend.user(), backend.organization()
    backend.join(made, user)

    deleted = backend.organizations.delete(organization_id=made.id)

    assert (deleted.object, deleted.id, deleted.deleted) == ("organization", made.id, True)
    assert backend.users.get_organization_memberships(user_id=user.id).data == []
    with refused(404, "resource_not_found"):
        backend.organizations.delete(organization_id=made.id)


def test_the_key_has_to_be_known(stranger: Backend):
    # The package's specification names no 401 for these operations.
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.organizations.get(organization_id=UNKNOWN_ORGANIZATION)
    with refused(401, "clerk_key_invalid", documented=False):
        stranger.organizations.list()
