"""The instance and what it has set about organizations, through `instance_settings`."""

from typing import Any, Callable, Iterator

import pytest
from clerk_backend_api import models

from backend import Backend, refused

Set = Callable[..., models.OrganizationSettings]


@pytest.fixture
def change(backend: Backend) -> Iterator[Set]:
    """Changes settings, and brings those of a new instance back after the test."""

    def change(**fields: Any) -> models.OrganizationSettings:
        return backend.clerk.instance_settings.update_organization_settings(request=fields)

    yield change
    defaults = {"max_allowed_memberships": 0, "admin_delete_enabled": True, "slug_disabled": False}
    change(enabled=True, **defaults)


def test_the_instance_is_answered(backend: Backend):
    instance = backend.clerk.instance_settings.get()

    assert instance.id.startswith("ins_")
    assert (instance.object, instance.environment_type) == ("instance", "development")
    assert instance.allowed_origins is None


def test_a_new_instance_has_its_settings(change: Set):
    settings = change()

    assert settings.object == "organization_settings"
    assert (settings.enabled, settings.admin_delete_enabled) == (True, True)
    assert (settings.max_allowed_memberships, settings.max_allowed_roles) == (0, 10)
    assert (settings.creator_role, settings.domains_default_role) == ("org:admin", "org:member")
    assert (settings.domains_enabled, settings.domains_enrollment_modes) == (False, [])


@pytest.mark.releases("5.", "7.")
def test_settings_are_read_as_they_were_set(backend: Backend, change: Set):
    changed = change(max_allowed_memberships=5, admin_delete_enabled=False, slug_disabled=None)

    assert backend.clerk.instance_settings.get_organization_settings() == changed
    assert (changed.slug_disabled, changed.initial_role_set_key) == (False, "role_set:default")


def test_new_organizations_get_what_is_set(backend: Backend, change: Set):
    changed = change(max_allowed_memberships=1, admin_delete_enabled=False)

    organization = backend.organization()

    assert (changed.max_allowed_memberships, changed.admin_delete_enabled) == (1, False)
    assert organization.max_allowed_memberships == 1
    assert organization.admin_delete_enabled is False
    with refused(403, "organization_membership_quota_exceeded"):
        backend.join(organization, backend.user())


@pytest.mark.releases("5.", "7.")
def test_slugs_can_be_left_to_the_server(backend: Backend, change: Set):
    change(slug_disabled=True)

    with refused(403, "organization_slugs_disabled", "slug"):
        backend.organization(slug="engines")
    assert backend.organization().slug.startswith("analytical-engines")
    assert change(slug_disabled=False).slug_disabled is False


@pytest.mark.releases("5.", "7.")
def test_roles_are_set_by_id(backend: Backend, change: Set):
    [admin] = backend.clerk.organization_roles.list(query="org:admin").data
    [member] = backend.clerk.organization_roles.list(query="org:member").data

    changed = change(creator_role_id=admin.id, domains_default_role_id=admin.id)
    restored = change(domains_default_role_id=member.id)

    assert (changed.creator_role, changed.domains_default_role) == ("org:admin", "org:admin")
    assert restored.domains_default_role == "org:member"
    with refused(422, "organization_missing_creator_role_permissions", "creator_role_id"):
        change(creator_role_id=member.id)


def test_organizations_can_be_turned_off_and_on(backend: Backend, change: Set):
    made = backend.organization()

    assert change(enabled=False).enabled is False
    with refused(403, "organization_not_enabled_in_instance"):
        backend.organizations.get(organization_id=made.id)
    assert change(enabled=True).enabled is True

    assert backend.organizations.get(organization_id=made.id) == made


def test_a_wrong_setting_is_named(change: Set):
    with refused(422, "form_param_value_invalid", "max_allowed_memberships"):
        change(max_allowed_memberships=-1)
    with refused(404, "resource_not_found", "creator_role_id"):
        change(creator_role_id="role_3E1yAbCdEfGhIjKlMnOpQrStUvW")


# Last here: the origins cannot be brought back to none at all.
def test_an_update_of_the_instance_is_taken_and_its_origins_are_told(backend: Backend):
    origins = ["capacitor://localhost"]
    settings = backend.clerk.instance_settings

    settings.update(request={"allowed_origins": origins, "test_mode": True})
    settings.update(request={"support_email": "help@example.com"})

    if hasattr(settings, "get"):
        assert settings.get().allowed_origins == origins
    with refused(422, "form_param_max_length_exceeded", "allowed_origins"):
        settings.update(request={"allowed_origins": ["x" * 257]})
