//! Making a user.

use guildhall_types::{
    EmailAddress, Fault, PhoneNumber, User as Profile, UserId, Verification, Web3Wallet,
};

use crate::batch::Rows;
use crate::contacts;
use crate::operation::{Context, Operation, Refusal, Wanted};
use crate::rows::{Identifier, User, UserView};

/// Where ids of addresses begin.
const IDENTIFICATION_PREFIX: &str = "idn_";

/// An address to add to a user, and whether it counts as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The address as it was given; a phone number in E.164 form.
    pub value: String,
    /// What makes it one with others.
    pub identifier: Identifier,
    /// Whether it is only held for the user.
    pub reserved: bool,
}

/// Makes a user.
#[derive(Debug, Default)]
pub struct Create {
    /// What the wire shows of the user, without ids, addresses and instants that are made here.
    pub profile: Profile,
    /// E-mail addresses, the first of which becomes the primary one.
    pub email_addresses: Vec<Contact>,
    /// Phone numbers, likewise.
    pub phone_numbers: Vec<Contact>,
    /// Web3 wallets, likewise.
    pub web3_wallets: Vec<Contact>,
    /// The hash of the password.
    pub password_hash: Option<String>,
    /// When the user was created, in Unix milliseconds; now when `None`.
    pub created_at: Option<i64>,
}

impl Create {
    fn identifiers(&self) -> Vec<Identifier> {
        let contacts = [&self.email_addresses, &self.phone_numbers, &self.web3_wallets];
        let username = self.profile.username.iter().map(|name| contacts::username(name));
        let external_id = self.profile.external_id.iter().map(|id| contacts::external_id(id));
        contacts
            .into_iter()
            .flatten()
            .map(|contact| contact.identifier.clone())
            .chain(username.chain(external_id).flatten())
            .collect()
    }

    fn profile(&self, context: &mut Context<'_>) -> Profile {
        let now = context.now();
        let mut profile = self.profile.clone();
        profile.id = UserId::from(context.id(UserId::PREFIX));
        "user".clone_into(&mut profile.object);
        profile.created_at = self.created_at.unwrap_or(now);
        profile.updated_at = now;
        profile.password_enabled = self.password_hash.is_some();
        profile.password_last_updated_at = self.password_hash.as_ref().map(|_| now);
        profile.email_addresses = self
            .email_addresses
            .iter()
            .map(|contact| {
                let verification = verification(contact, "email_code");
                EmailAddress::new(
                    identification_id(context),
                    contact.value.clone(),
                    verification,
                    now,
                )
            })
            .collect();
        profile.phone_numbers = self
            .phone_numbers
            .iter()
            .map(|contact| {
                let verification = verification(contact, "phone_code");
                PhoneNumber::new(
                    identification_id(context),
                    contact.value.clone(),
                    verification,
                    now,
                )
            })
            .collect();
        profile.web3_wallets = self
            .web3_wallets
            .iter()
            .map(|contact| Web3Wallet::new(identification_id(context), contact.value.clone(), now))
            .collect();
        profile.primary_email_address_id =
            profile.email_addresses.first().map(|address| address.id.clone());
        profile.primary_phone_number_id =
            profile.phone_numbers.first().map(|number| number.id.clone());
        profile.primary_web3_wallet_id =
            profile.web3_wallets.first().map(|wallet| wallet.id.clone());
        profile
    }
}

fn identification_id(context: &mut Context<'_>) -> String {
    context.id(IDENTIFICATION_PREFIX)
}

fn verification(contact: &Contact, strategy: &str) -> Verification {
    if contact.reserved { Verification::unverified(strategy) } else { Verification::admin() }
}

impl Operation for Create {
    type Answer = UserView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.identifiers.extend(self.identifiers());
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<UserView, Refusal> {
        let identifiers = self.identifiers();
        let taken: Vec<Fault> = identifiers
            .iter()
            .filter(|identifier| rows.owner(identifier).is_some())
            .map(contacts::taken)
            .collect();
        if !taken.is_empty() {
            return Err(Refusal(without_repeats(taken)));
        }
        let user = User {
            key: context.key(),
            profile: self.profile(context),
            password_hash: self.password_hash.clone(),
        };
        for identifier in identifiers {
            rows.put_identifier(identifier, user.key);
        }
        let view = user.view();
        rows.put_user(user);
        Ok(view)
    }
}

fn without_repeats(faults: Vec<Fault>) -> Vec<Fault> {
    let mut once: Vec<Fault> = Vec::new();
    for fault in faults {
        if !once.contains(&fault) {
            once.push(fault);
        }
    }
    once
}
