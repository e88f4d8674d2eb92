"""What the package asks of an answer, whichever operation gives it."""

import asyncio

import pytest
from clerk_backend_api import Clerk

from backend import Backend

API_VERSIONS = {"7.0.0": "2025-11-10", "5.0.7": "2025-11-10", "3.3.1": "2025-04-10"}


def test_an_answer_is_of_the_version_that_the_package_names(backend: Backend, release: str):
    answers = []
    client = backend.clerk.sdk_configuration.client
    client.event_hooks = {"response": [answers.append]}

    backend.organization()

    client.event_hooks = {}
    assert len(answers) == 2
    for answer in answers:
        assert answer.request.headers["clerk-api-version"] == API_VERSIONS[release]
        assert answer.headers["clerk-api-version"] == API_VERSIONS[release]
        assert answer.headers["content-type"] == "application/json"
        assert len(answer.headers["x-clerk-trace-id"]) == 32


def test_its_asynchronous_calls_are_answered_alike(server, backend: Backend):
    user, organization = backend.user(), backend.organization()

    async def join_and_leave():
        async with Clerk(
            bearer_auth=server.secret_key, server_url=f"{server.url}/v1", retry_config=None
        ) as clerk:
            memberships = clerk.organization_memberships
            path = {"organization_id": organization.id, "user_id": user.id}
            joined = await memberships.create_async(**path, role="org:member")
            left = await memberships.delete_async(**path)
            return joined, left

    joined, left = asyncio.run(join_and_leave())

    assert joined.id == left.id
    assert left.public_user_data.user_id == user.id


def test_its_models_take_a_user_with_everything(backend: Backend):
    made = backend.user(
        external_id="payroll-1815",
        first_name="Ada",
        last_name="Lovelace",
        username="countess",
        email_address=["ada-everything@example.com", "lovelace-everything@example.com"],
        phone_number=["+12015550170"],
        web3_wallet=["0x52908400098527886E0F7030069857D2E4169EE7"],
        password="difference engine no. 2",
        public_metadata={"language": "en"},
        private_metadata={"cost": 1},
        unsafe_metadata={"theme": "dark"},
        legal_accepted_at="2024-02-29T12:00:00Z",
        create_organizations_limit=3,
        created_at="2020-02-29T12:00:00.250Z",
    )

    user = backend.users.get(user_id=made.id)

    assert user == made
    assert [address.email_address for address in user.email_addresses] == [
        "ada-everything@example.com",
        "lovelace-everything@example.com",
    ]
    assert user.email_addresses[0].verification.status == "verified"
    assert user.primary_email_address_id == user.email_addresses[0].id
    assert user.phone_numbers[0].phone_number == "+12015550170"
    assert user.phone_numbers[0].verification.status == "verified"
    assert user.web3_wallets[0].web3_wallet.lower() == "0x52908400098527886e0f7030069857d2e4169ee7"
    assert (user.username, user.external_id) == ("countess", "payroll-1815")
    assert user.password_enabled is True
    assert user.created_at == 1_582_977_600_250
    assert user.legal_accepted_at == 1_709_208_000_000
    assert (user.public_metadata, user.private_metadata) == ({"language": "en"}, {"cost": 1})
    assert user.unsafe_metadata == {"theme": "dark"}
    assert user.create_organizations_limit == 3


def test_its_models_take_a_user_with_the_least(backend: Backend):
    user = backend.user()

    assert (user.first_name, user.last_name, user.username) == (None, None, None)
    assert (user.external_id, user.primary_phone_number_id) == (None, None)
    assert (user.last_sign_in_at, user.last_active_at) == (None, None)
    assert user.password_enabled is False
    assert (user.banned, user.locked, user.has_image) == (False, False, False)
    assert (user.passkeys, user.external_accounts, user.saml_accounts) == ([], [], [])


@pytest.mark.releases("7.")
def test_its_models_take_addresses_that_are_only_reserved(backend: Backend):
    user = backend.user(
        email_address=["ada-reserved@example.com", "lovelace-reserved@example.com"],
        email_address_identification_status=["verified", "reserved"],
        phone_number=["+12015550171"],
        phone_number_identification_status=["reserved"],
    )

    first, second = user.email_addresses
    assert (first.reserved, second.reserved) == (False, True)
    assert user.primary_email_address_id == first.id
    assert user.phone_numbers[0].reserved is True
