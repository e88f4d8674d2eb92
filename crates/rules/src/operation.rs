//! What an operation is: the rows it wants, and what it decides about them.

use std::collections::BTreeSet;

use guildhall_types::Fault;

use crate::batch::Rows;
use crate::ids::{Keys, new_id};
use crate::rows::Identifier;

/// A write, decided by looking at rows in memory.
pub trait Operation: Send + 'static {
    /// What the caller gets when it is done.
    type Answer: Send + 'static;

    /// Whether no other operation may be decided on the same rows.
    const ALONE: bool = false;

    /// Names the rows to load before deciding.
    fn wants(&self, wanted: &mut Wanted);

    /// Decides, and makes the changes in `rows`.
    ///
    /// It may be called again with fresh rows when the first attempt was lost at the database.
    ///
    /// # Errors
    /// A refusal; whatever was changed in `rows` before is taken back.
    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<Self::Answer, Refusal>;
}

/// Why an operation is refused: at least one fault, the first of which gives the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Vec<Fault>);

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// The rows that the operations of a batch want.
///
/// Loading an organization brings the counts of its members along.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Organizations by id.
    pub organizations: BTreeSet<String>,
    /// Organizations by slug.
    pub slugs: BTreeSet<String>,
    /// Users by id.
    pub users: BTreeSet<String>,
    /// Users by id, of whom no more is wanted than what memberships show.
    pub cards: BTreeSet<String>,
    /// Memberships by the ids of organization and user, both of which are wanted too, of the user at
    /// least the card.
    pub memberships: BTreeSet<(String, String)>,
    /// Every membership of these users, named by id, who are wanted too; where they are many, only
    /// how many they are.
    pub memberships_of_users: BTreeSet<String>,
    /// Whose these identifiers are.
    pub identifiers: BTreeSet<Identifier>,
    /// Every identifier of these users, named by id, who are wanted too; only who changes a user
    /// wants them.
    pub identifiers_of_users: BTreeSet<String>,
    /// Whether an organization or a user is to be removed with every membership.
    pub removals: bool,
    /// Whether roles, permissions or settings are to be changed: all of them are loaded,
    /// role sets too.
    pub catalogue: bool,
    /// Whether what the instance has set about itself is to be changed.
    pub instance: bool,
    /// Whether anybody has these roles, named by id.
    pub assigned_roles: BTreeSet<String>,
    /// Whether roles are to be given: the role sets of the instance are loaded, and hold still.
    pub role_sets: bool,
    /// Which roles members have in the organizations of these role sets, named by key or id.
    pub held_in_role_sets: BTreeSet<String>,
    /// Sessions by id.
    pub sessions: BTreeSet<String>,
    /// What decides about the next organization of these users, named by id, of whom at least the
    /// card is wanted too.
    pub next_organizations_of: BTreeSet<String>,
    /// The live sessions of members in their organization, by the ids of organization and user,
    /// both of which are wanted too, of the user at least the card; where there are any, the latest
    /// memberships of the user as well.
    pub sessions_of_members: BTreeSet<(String, String)>,
    /// Every live session of these users, named by id, who are wanted too.
    pub live_sessions_of: BTreeSet<String>,
    /// How many operations may end memberships, so that as many latest ones may have to be passed
    /// over.
    pub endings: i64,
}

impl Wanted {
    /// Wants an organization by id.
    pub fn organization(&mut self, id: &str) {
        self.organizations.insert(id.to_owned());
    }

    /// Wants a user by id.
    pub fn user(&mut self, id: &str) {
        self.users.insert(id.to_owned());
    }

    /// Wants to know whether there is a user, and what memberships show of them.
    pub fn card(&mut self, user_id: &str) {
        self.cards.insert(user_id.to_owned());
    }

    /// Wants a membership, with its organization and the card of its user.
    pub fn membership(&mut self, organization_id: &str, user_id: &str) {
        self.organization(organization_id);
        self.card(user_id);
        self.memberships.insert((organization_id.to_owned(), user_id.to_owned()));
    }
}

/// Sets a field to a value, if there is one.
pub(crate) fn set<T: Clone>(field: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

/// What an operation needs of the world: time, keys and randomness.
pub struct Context<'a> {
    now: i64,
    keys: &'a mut Keys,
    random: &'a mut dyn FnMut(&mut [u8; 16]),
}

impl<'a> Context<'a> {
    /// A context at `now` (Unix milliseconds); `random` fills what it is given.
    pub fn new(now: i64, keys: &'a mut Keys, random: &'a mut dyn FnMut(&mut [u8; 16])) -> Self {
        Self { now, keys, random }
    }

    /// The present instant, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The instant of a change to something that last changed at `before`: later, whatever the
    /// clock does.
    pub fn later_than(&self, before: i64) -> i64 {
        self.now.max(before + 1)
    }

    /// A row key that is larger than every one before.
    pub fn key(&mut self) -> i64 {
        self.keys.next_at(self.now)
    }

    /// A new id that begins with `prefix`.
    pub fn id(&mut self, prefix: &str) -> String {
        new_id(prefix, self.now, &self.random())
    }

    /// Sixteen random bytes.
    pub fn random(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        (self.random)(&mut bytes);
        bytes
    }
}
