"""What an instance has set about itself: `update_instance`."""

import clerk_backend_sdk as sdk

from backend import Backend, refused


def update(backend: Backend, **fields: object) -> None:
    request = sdk.UpdateInstanceRequest(**fields)
    return backend.call(sdk.InstanceSettingsApi, "update_instance", request)


def test_every_field_that_the_package_knows_is_taken(backend: Backend):
    answer = update(
        backend,
        test_mode=True,
        hibp=False,
        enhanced_email_deliverability=False,
        support_email="help@example.com",
        clerk_js_version="4",
        development_origin="http://localhost:3000",
        allowed_origins=["capacitor://localhost"],
        cookieless_dev=False,
        url_based_session_syncing=True,
    )

    assert answer is None


def test_too_long_an_origin_is_refused(backend: Backend):
    with refused(422, "form_param_max_length_exceeded", "allowed_origins"):
        update(backend, allowed_origins=["x" * 257])
