//! How users look on a terminal.

use comfy_table::Table;
use guildhall_sdk::User;

use crate::output::{fields, rows};
use crate::text::{NOTHING, full_name, instant, list, metadata, optional};

/// Users, one a row.
pub(super) fn users(users: &[User]) -> Table {
    rows(
        ["USER", "NAME", "IDENTIFIER", "CREATED", "LAST SIGN-IN"],
        users.iter().map(|user| {
            [
                user.id.to_string(),
                full_name(user.first_name.as_deref(), user.last_name.as_deref()),
                optional(identifier(user)),
                instant(user.created_at),
                user.last_sign_in_at.map_or(NOTHING.to_owned(), instant),
            ]
        }),
    )
}

/// One user with all that people ask of them.
pub(super) fn user(user: &User) -> Table {
    let emails = user.email_addresses.iter().map(|it| it.email_address.as_str());
    let phones = user.phone_numbers.iter().map(|it| it.phone_number.as_str());
    let wallets = user.web3_wallets.iter().map(|it| it.web3_wallet.as_str());
    fields([
        ("user", user.id.to_string()),
        ("name", full_name(user.first_name.as_deref(), user.last_name.as_deref())),
        ("username", optional(user.username.as_deref())),
        ("e-mail addresses", list(emails)),
        ("phone numbers", list(phones)),
        ("web3 wallets", list(wallets)),
        ("external id", optional(user.external_id.as_deref())),
        ("may sign in", may_sign_in(user).to_owned()),
        ("public metadata", metadata(&user.public_metadata)),
        ("private metadata", user.private_metadata.as_ref().map_or(NOTHING.to_owned(), metadata)),
        ("unsafe metadata", metadata(&user.unsafe_metadata)),
        ("created", instant(user.created_at)),
        ("updated", instant(user.updated_at)),
        ("last signed in", user.last_sign_in_at.map_or(NOTHING.to_owned(), instant)),
        ("last active", user.last_active_at.map_or(NOTHING.to_owned(), instant)),
    ])
}

/// What tells the user from others, as memberships name it.
fn identifier(user: &User) -> Option<&str> {
    let email = user.email_addresses.iter();
    let email = email.filter(|it| Some(&it.id) == user.primary_email_address_id.as_ref());
    let phone = user.phone_numbers.iter();
    let phone = phone.filter(|it| Some(&it.id) == user.primary_phone_number_id.as_ref());
    let wallet = user.web3_wallets.iter();
    let wallet = wallet.filter(|it| Some(&it.id) == user.primary_web3_wallet_id.as_ref());
    let addresses = email.map(|it| &it.email_address).chain(phone.map(|it| &it.phone_number));
    let mut all = addresses.chain(wallet.map(|it| &it.web3_wallet)).chain(user.username.as_ref());
    all.next().map(String::as_str)
}

fn may_sign_in(user: &User) -> &'static str {
    match (user.banned, user.locked) {
        (true, _) => "no: banned",
        (false, true) => "no: locked",
        (false, false) => "yes",
    }
}
