"""delete_organization_membership"""

from backend import UNKNOWN_ORGANIZATION, UNKNOWN_USER, Backend, refused


def test_it_answers_the_membership_that_was(backend: Backend):
    user, organization = backend.user(), backend.organization()
    created = backend.create(organization.id, user.id, public_metadata={"seat": 3})

    deleted = backend.delete(organization.id, user.id)

    assert deleted == created
    page = backend.list(organization.id)
    assert page.total_count == 1
    assert user.id not in [membership.public_user_data.user_id for membership in page.data]


def test_a_second_deletion_finds_nothing(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)
    backend.delete(organization.id, user.id)

    with refused(404, "resource_not_found"):
        backend.delete(organization.id, user.id)


def test_who_comes_back_is_a_new_member(backend: Backend):
    user, organization = backend.user(), backend.organization()
    first = backend.create(organization.id, user.id, public_metadata={"seat": 3})
    backend.delete(organization.id, user.id)

    second = backend.create(organization.id, user.id)

    assert second.id != first.id
    assert second.public_metadata == {}


def test_a_place_that_was_left_is_free(backend: Backend):
    user, organization = backend.user(), backend.organization(max_allowed_memberships=2)
    backend.create(organization.id, user.id)
    backend.delete(organization.id, user.id)

    assert backend.create(organization.id, backend.user().id).role == "org:member"


def test_the_last_admin_stays(backend: Backend):
    admin = backend.user()
    organization = backend.organization(admin)
    backend.create(organization.id, backend.user().id)

    with refused(400, "organization_minimum_permissions_needed"):
        backend.delete(organization.id, admin.id)

    assert backend.list(organization.id).total_count == 2


def test_one_of_two_admins_may_go(backend: Backend):
    admin = backend.user()
    organization = backend.organization(admin)
    backend.create(organization.id, backend.user().id, "org:admin")

    assert backend.delete(organization.id, admin.id).role == "org:admin"


def test_an_unknown_organization_is_not_found(backend: Backend):
    user = backend.user()

    with refused(404, "resource_not_found"):
        backend.delete(UNKNOWN_ORGANIZATION, user.id)


def test_who_is_not_a_member_is_not_found(backend: Backend):
    user, organization = backend.user(), backend.organization()

    with refused(404, "resource_not_found"):
        backend.delete(organization.id, user.id)
    with refused(404, "resource_not_found"):
        backend.delete(organization.id, UNKNOWN_USER)


def test_an_id_with_slashes_is_no_way_to_another_path(backend: Backend):
    user, organization = backend.user(), backend.organization()
    backend.create(organization.id, user.id)

    with refused(404, "resource_not_found"):
        backend.delete(organization.id, f"{UNKNOWN_USER}/../{user.id}")

    assert backend.list(organization.id).total_count == 2


def test_the_key_has_to_be_known(stranger: Backend, nobody: Backend):
    with refused(401, "clerk_key_invalid"):
        stranger.delete(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
    with refused(401, "authorization_header_format_invalid"):
        nobody.delete(UNKNOWN_ORGANIZATION, UNKNOWN_USER)
