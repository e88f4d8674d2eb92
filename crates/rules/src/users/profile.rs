//! What a user is called by and shown as.

use serde_json::{Value, json};

use crate::contacts;
use crate::metadata;
use crate::rows::{Identifier, User, UserCard, UserView};
use crate::text;

/// What [`User::document`] leaves out: metadata is stored beside it, pictures depend on where the
/// server is reached.
const NOT_IN_DOCUMENT: [&str; 5] =
    ["public_metadata", "private_metadata", "unsafe_metadata", "image_url", "profile_image_url"];

impl User {
    /// What a user is called by: the primary e-mail address, else phone number, else username,
    /// else web3 wallet.
    pub fn identifier(&self) -> Option<&str> {
        self.primary_email_address()
            .or_else(|| self.primary_phone_number())
            .or(self.profile.username.as_deref())
            .or_else(|| self.primary_web3_wallet())
    }

    /// The e-mail address that counts.
    pub fn primary_email_address(&self) -> Option<&str> {
        let id = self.profile.primary_email_address_id.as_ref()?;
        let address = self.profile.email_addresses.iter().find(|address| address.id == *id)?;
        Some(&address.email_address)
    }

    /// The phone number that counts.
    pub fn primary_phone_number(&self) -> Option<&str> {
        let id = self.profile.primary_phone_number_id.as_ref()?;
        let number = self.profile.phone_numbers.iter().find(|number| number.id == *id)?;
        Some(&number.phone_number)
    }

    /// The web3 wallet that counts.
    pub fn primary_web3_wallet(&self) -> Option<&str> {
        let id = self.profile.primary_web3_wallet_id.as_ref()?;
        let wallet = self.profile.web3_wallets.iter().find(|wallet| wallet.id == *id)?;
        Some(&wallet.web3_wallet)
    }

    /// At most two letters that stand for the user in the picture.
    pub fn initials(&self) -> String {
        let names = [self.profile.first_name.as_deref(), self.profile.last_name.as_deref()];
        match text::initials(&names.map(Option::unwrap_or_default)) {
            none if none.is_empty() => text::initials(&[self.identifier().unwrap_or_default()]),
            initials => initials,
        }
    }

    /// What memberships show of the user.
    pub fn card(&self) -> UserCard {
        let profile = &self.profile;
        let json = json!({
            "user_id": profile.id,
            "first_name": profile.first_name,
            "last_name": profile.last_name,
            "has_image": profile.has_image,
            "identifier": self.identifier(),
            "username": profile.username,
            "banned": profile.banned,
            "deprovisioned": false,
        });
        UserCard { id: profile.id.to_string(), initials: self.initials(), json: json.to_string() }
    }

    /// What the wire shows of the user as JSON, without metadata and the addresses of pictures.
    pub fn document(&self) -> String {
        let mut value = serde_json::to_value(&self.profile).expect("a profile has a JSON form");
        if let Value::Object(fields) = &mut value {
            fields.retain(|name, _| !NOT_IN_DOCUMENT.contains(&name.as_str()));
        }
        value.to_string()
    }

    /// The user as answers tell it.
    pub fn view(&self) -> UserView {
        let private_metadata = self.profile.private_metadata.as_ref();
        UserView {
            id: self.profile.id.to_string(),
            initials: self.initials(),
            document: self.document(),
            public_metadata: metadata::to_json(&self.profile.public_metadata),
            private_metadata: private_metadata
                .map_or(metadata::EMPTY.to_owned(), metadata::to_json),
            unsafe_metadata: metadata::to_json(&self.profile.unsafe_metadata),
        }
    }

    /// Every identifier the user has.
    pub fn identifiers(&self) -> Vec<Identifier> {
        let profile = &self.profile;
        let addresses = profile.email_addresses.iter();
        let numbers = profile.phone_numbers.iter();
        let wallets = profile.web3_wallets.iter();
        addresses
            .map(|address| contacts::email_address(&address.email_address))
            .chain(numbers.map(|number| contacts::phone_number(&number.phone_number)))
            .chain(wallets.map(|wallet| contacts::web3_wallet(&wallet.web3_wallet)))
            .chain(profile.username.iter().map(|username| contacts::username(username)))
            .chain(profile.external_id.iter().map(|id| contacts::external_id(id)))
            .map(|identifier| identifier.expect("identifiers are checked before they are stored"))
            .collect()
    }
}
