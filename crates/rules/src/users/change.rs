//! Changing and removing a user.

use guildhall_types::{Code, DeletedObject, Fault, Metadata, Patch, User as Profile, Verification};

use crate::batch::Rows;
use crate::contacts;
use crate::metadata;
use crate::operation::{Context, Operation, Refusal, Wanted};
use crate::rows::{Identifier, User, UserView};
use crate::sessions;

/// Changes a user; what is kept or `None` stays.
#[derive(Debug, Default)]
pub struct Update {
    /// The id of the user.
    pub user_id: String,
    /// Whether every session of the user is revoked.
    pub sign_out: bool,
    /// The id another system gave the user, checked by [`contacts::external_id`].
    pub external_id: Patch<String>,
    /// The username, checked by [`contacts::username`].
    pub username: Patch<String>,
    /// The first name.
    pub first_name: Patch<String>,
    /// The last name.
    pub last_name: Patch<String>,
    /// The language the user prefers.
    pub locale: Patch<String>,
    /// The id of the e-mail address that is to count.
    pub primary_email_address_id: Option<String>,
    /// The id of the phone number that is to count.
    pub primary_phone_number_id: Option<String>,
    /// The id of the web3 wallet that is to count.
    pub primary_web3_wallet_id: Option<String>,
    /// The hash of a new password.
    pub password_hash: Option<String>,
    /// Whether the user may delete the own account.
    pub delete_self_enabled: Option<bool>,
    /// Whether the user may create organizations.
    pub create_organization_enabled: Option<bool>,
    /// How many organizations the user may create.
    pub create_organizations_limit: Patch<i64>,
    /// When the user accepted the terms, in Unix milliseconds.
    pub legal_accepted_at: Patch<i64>,
    /// When the user was created, in Unix milliseconds.
    pub created_at: Option<i64>,
    /// Whether sign-ins from new devices skip the extra check.
    pub bypass_client_trust: Option<bool>,
    /// Replaces metadata.
    pub metadata: NewMetadata,
}

/// Metadata of a user to merge or to set; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct NewMetadata {
    /// Metadata that frontends may read.
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    pub private_metadata: Option<Metadata>,
    /// Metadata that frontends may read and write.
    pub unsafe_metadata: Option<Metadata>,
}

impl Operation for Update {
    type Answer = UserView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.users.insert(self.user_id.clone());
        wanted.identifiers_of_users.insert(self.user_id.clone());
        wanted.identifiers.extend(self.new_identifiers());
        if self.sign_out {
            wanted.live_sessions_of.insert(self.user_id.clone());
        }
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<UserView, Refusal> {
        let before = get(rows, &self.user_id)?;
        let mut user = before.clone();
        self.refuse_taken(rows, user.key)?;
        self.apply_fields(&mut user.profile);
        self.apply_primaries(&mut user.profile)?;
        if let Some(hash) = &self.password_hash {
            user.password_hash = Some(hash.clone());
            user.profile.password_enabled = true;
            user.profile.password_last_updated_at = Some(context.now());
        }
        self.metadata.replace(&mut user.profile);
        if self.sign_out {
            sessions::sign_out(rows, user.key, context);
        }
        Ok(save(rows, &before, user, context))
    }
}

impl Update {
    fn new_identifiers(&self) -> impl Iterator<Item = Identifier> {
        let username = self.username.set().map(|name| contacts::username(name));
        let external_id = self.external_id.set().map(|id| contacts::external_id(id));
        username.into_iter().chain(external_id).flatten()
    }

    fn refuse_taken(&self, rows: &Rows, user: i64) -> Result<(), Refusal> {
        let taken: Vec<Fault> = self
            .new_identifiers()
            .filter(|identifier| rows.owner(identifier).is_some_and(|owner| owner != user))
            .map(|identifier| contacts::taken(&identifier))
            .collect();
        if taken.is_empty() { Ok(()) } else { Err(Refusal(taken)) }
    }

    fn apply_fields(&self, profile: &mut Profile) {
        patch(&mut profile.external_id, &self.external_id);
        patch(&mut profile.username, &self.username);
        patch(&mut profile.first_name, &self.first_name);
        patch(&mut profile.last_name, &self.last_name);
        patch(&mut profile.locale, &self.locale);
        patch(&mut profile.create_organizations_limit, &self.create_organizations_limit);
        patch(&mut profile.legal_accepted_at, &self.legal_accepted_at);
        profile.delete_self_enabled =
            self.delete_self_enabled.unwrap_or(profile.delete_self_enabled);
        profile.create_organization_enabled =
            self.create_organization_enabled.unwrap_or(profile.create_organization_enabled);
        profile.bypass_client_trust =
            self.bypass_client_trust.unwrap_or(profile.bypass_client_trust);
        profile.created_at = self.created_at.unwrap_or(profile.created_at);
    }

    fn apply_primaries(&self, profile: &mut Profile) -> Result<(), Refusal> {
        let addresses = profile
            .email_addresses
            .iter()
            .map(|address| (address.id.as_str(), address.verification.as_ref()));
        let mut faults = Vec::new();
        faults.extend(primary_fault(
            "primary_email_address_id",
            &self.primary_email_address_id,
            addresses,
        ));
        let numbers = profile
            .phone_numbers
            .iter()
            .map(|number| (number.id.as_str(), number.verification.as_ref()));
        faults.extend(primary_fault(
            "primary_phone_number_id",
            &self.primary_phone_number_id,
            numbers,
        ));
        let wallets = profile
            .web3_wallets
            .iter()
            .map(|wallet| (wallet.id.as_str(), wallet.verification.as_ref()));
        faults.extend(primary_fault(
            "primary_web3_wallet_id",
            &self.primary_web3_wallet_id,
            wallets,
        ));
        if !faults.is_empty() {
            return Err(Refusal(faults));
        }
        choose(&mut profile.primary_email_address_id, &self.primary_email_address_id);
        choose(&mut profile.primary_phone_number_id, &self.primary_phone_number_id);
        choose(&mut profile.primary_web3_wallet_id, &self.primary_web3_wallet_id);
        Ok(())
    }
}

/// What is wrong with making `id` the primary one of `all`, if anything.
fn primary_fault<'a>(
    parameter: &str,
    id: &Option<String>,
    mut all: impl Iterator<Item = (&'a str, Option<&'a Verification>)>,
) -> Option<Fault> {
    let id = id.as_ref()?;
    match all.find(|(other, _)| other == id) {
        None => Some(Code::IdentificationNotFound.fault().at(parameter)),
        Some((_, Some(verification))) if verification.is_verified() => None,
        Some(_) => Some(Code::IdentificationUnverified.fault().at(parameter)),
    }
}

fn choose(field: &mut Option<String>, id: &Option<String>) {
    if id.is_some() {
        field.clone_from(id);
    }
}

fn patch<T: Clone>(field: &mut Option<T>, patch: &Patch<T>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => *field = None,
        Patch::Set(value) => *field = Some(value.clone()),
    }
}

impl NewMetadata {
    /// Sets each metadata that is given in place of the stored one.
    fn replace(&self, profile: &mut Profile) {
        if let Some(metadata) = &self.public_metadata {
            profile.public_metadata.clone_from(metadata);
        }
        if let Some(metadata) = &self.private_metadata {
            profile.private_metadata = Some(metadata.clone());
        }
        if let Some(metadata) = &self.unsafe_metadata {
            profile.unsafe_metadata.clone_from(metadata);
        }
    }

    /// Merges each metadata that is given into the stored one.
    fn merge(&self, profile: &mut Profile) -> Result<(), Refusal> {
        let private = profile.private_metadata.get_or_insert_default();
        let fields = [
            ("public_metadata", &mut profile.public_metadata, &self.public_metadata),
            ("private_metadata", private, &self.private_metadata),
            ("unsafe_metadata", &mut profile.unsafe_metadata, &self.unsafe_metadata),
        ];
        let mut faults = Vec::new();
        for (name, stored, changes) in fields {
            if let Some(changes) = changes {
                metadata::merge(stored, changes.clone());
                faults.extend(metadata::compact(name, stored).err());
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal(faults)) }
    }
}

/// Merges metadata into that of a user.
#[derive(Debug)]
pub struct MergeMetadata {
    /// The id of the user.
    pub user_id: String,
    /// What to merge.
    pub metadata: NewMetadata,
}

impl Operation for MergeMetadata {
    type Answer = UserView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.users.insert(self.user_id.clone());
        wanted.identifiers_of_users.insert(self.user_id.clone());
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<UserView, Refusal> {
        let before = get(rows, &self.user_id)?;
        let mut user = before.clone();
        self.metadata.merge(&mut user.profile)?;
        Ok(save(rows, &before, user, context))
    }
}

/// Removes a user with all memberships.
#[derive(Debug)]
pub struct Delete {
    /// The id of the user.
    pub user_id: String,
}

impl Operation for Delete {
    type Answer = DeletedObject;

    /// Memberships that are too many to load are left to be counted by those who read after.
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.users.insert(self.user_id.clone());
        wanted.memberships_of_users.insert(self.user_id.clone());
        wanted.removals = true;
        wanted.identifiers_of_users.insert(self.user_id.clone());
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<DeletedObject, Refusal> {
        let user = get(rows, &self.user_id)?;
        // The last holder of the minimum permissions may go this way: the account is the user's.
        rows.remove_user(&user, &user.identifiers());
        let external_id = user.profile.external_id;
        let id = user.profile.id.to_string();
        Ok(DeletedObject { external_id, ..DeletedObject::new("user", id) })
    }
}

fn get(rows: &Rows, id: &str) -> Result<User, Refusal> {
    rows.user(id).cloned().ok_or_else(|| Code::UserNotFound.about(&[id]).into())
}

/// Stores a user if it changed, moves the identifiers along, and tells it as it is now.
fn save(rows: &mut Rows, before: &User, mut user: User, context: &Context<'_>) -> UserView {
    if *before == user {
        return user.view();
    }
    user.profile.updated_at = context.later_than(before.profile.updated_at);
    let (old, new) = (before.identifiers(), user.identifiers());
    for gone in old.iter().filter(|identifier| !new.contains(identifier)) {
        rows.remove_identifier(gone);
    }
    for added in new.into_iter().filter(|identifier| !old.contains(identifier)) {
        rows.put_identifier(added, user.key);
    }
    let view = user.view();
    rows.put_user(user);
    view
}
