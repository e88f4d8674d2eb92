//! Rows that batches have looked at or written lately, kept by SQLite's writer for the next ones: who
//! changes a row has often just made it, or changes it again.
//!
//! It is exact as what is kept in [`crate::standing`] is, whose state it goes by: nobody else has
//! committed since, and what the writer itself has committed is told to it.

use std::sync::Arc;

use guildhall_rules::{Change, Membership, Organization, Rows, UserCard, Wanted};

use crate::InstanceKey;
use crate::kept::{Kept, State};

/// How many bytes of organizations are kept, and as many of users as memberships show them.
const MOST_BYTES: usize = 2 << 20;
/// How many bytes of memberships are kept.
const MOST_MEMBERSHIP_BYTES: usize = 4 << 20;
/// What an entry takes beside its metadata or JSON, about, in bytes.
const ENTRY_BYTES: usize = 400;

/// Rows that were looked at or written lately.
pub(crate) struct Recent {
    /// By instance and id.
    organizations: Kept<(InstanceKey, String), Counted>,
    /// By instance and id.
    cards: Kept<(InstanceKey, String), (i64, Arc<UserCard>)>,
    /// By instance, organization and user; `None` where one was removed.
    memberships: Kept<(InstanceKey, i64, i64), Option<Membership>>,
}

/// An organization, and how many members have each role that anybody has.
#[derive(Clone)]
struct Counted {
    organization: Arc<Organization>,
    members: Arc<[(i64, i64)]>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            organizations: Kept::new(MOST_BYTES),
            cards: Kept::new(MOST_BYTES),
            memberships: Kept::new(MOST_MEMBERSHIP_BYTES),
        }
    }
}

/// What was kept of an instance for one state.
#[derive(Clone, Copy)]
pub(crate) struct RecentAt<'a> {
    recent: &'a Recent,
    instance: InstanceKey,
    state: State,
}

impl Recent {
    /// What is kept of an instance for this state.
    pub(crate) fn at(&self, instance: InstanceKey, state: State) -> RecentAt<'_> {
        RecentAt { recent: self, instance, state }
    }
}

/// Tells whether a batch that leaves roles and settings as they are changed no rows and counts but those
/// of what it has loaded: who removes a user does not load the organizations, and what goes with an
/// organization or in large numbers is not loaded at all.
pub(crate) fn are_all(rows: &Rows) -> bool {
    let mut memberships = rows.memberships().changes();
    rows.emptied().chain(rows.abandoned()).next().is_none()
        && memberships
            .all(|((organization, _), _)| rows.organizations().get(organization).is_some())
}

impl RecentAt<'_> {
    /// Loads the organizations and cards that are kept, and leaves the others wanted.
    pub(crate) fn load(self, wanted: &mut Wanted, rows: &mut Rows) {
        let Self { recent, instance, state } = self;
        wanted.organizations.retain(|id| {
            let kept = recent.organizations.get(state, &(instance, id.clone()));
            let Some(Counted { organization, members }) = kept else { return true };
            for (role, members) in members.iter() {
                rows.load_member_count(organization.key, *role, *members);
            }
            rows.load_organization(organization);
            false
        });
        // Who is wanted as a whole is no card.
        if wanted.users.is_empty() {
            wanted.cards.retain(|id| {
                let kept = recent.cards.get(state, &(instance, id.clone()));
                kept.map(|(user, card)| rows.load_card(user, card)).is_none()
            });
        }
    }

    /// Loads the memberships that are kept, and leaves the others wanted, once their organizations and
    /// users are loaded.
    pub(crate) fn load_memberships(self, wanted: &mut Wanted, rows: &mut Rows) {
        let Self { recent, instance, state } = self;
        wanted.memberships.retain(|(organization_id, user_id)| {
            let organization = rows.organization(organization_id).map(|it| it.key);
            let Some((organization, user)) = organization.zip(rows.user_key(user_id)) else {
                return true;
            };
            let kept = recent.memberships.get(state, &(instance, organization, user));
            let Some(membership) = kept else { return true };
            membership.into_iter().for_each(|membership| rows.load_membership(membership));
            false
        });
    }

    /// Keeps what a batch was decided on, as it has left it, once it is committed. It has left roles and
    /// settings as they were, and `rows` [are all](are_all) that it changed.
    pub(crate) fn keep(self, rows: Rows) {
        let Self { recent, instance, state } = self;
        for (_, organization) in rows.organizations().from(i64::MIN) {
            // Whether a count of nobody is stored cannot be told.
            let members = rows.member_counts(organization.key).filter(|(_, members)| *members != 0);
            let members: Arc<[_]> = members.collect();
            let key = (instance, organization.id.clone());
            let metadata = organization.public_metadata.len() + organization.private_metadata.len();
            let weight = ENTRY_BYTES + metadata + 16 * members.len();
            let organization = Arc::clone(organization);
            recent.organizations.keep(state, key, Counted { organization, members }, weight);
        }
        for (user, card) in rows.cards() {
            let (key, weight) = ((instance, card.id.clone()), ENTRY_BYTES + card.json.len());
            recent.cards.keep(state, key, (user, Arc::clone(card)), weight);
        }
        for (_, change) in rows.users().changes() {
            if let Change::Update(before, _) | Change::Delete(before) = change {
                recent.cards.remove(&(instance, before.profile.id.to_string()), |_| true);
            }
        }
        for ((organization, user), membership) in rows.into_memberships() {
            let metadata = membership.as_ref().map_or(0, |membership| {
                membership.public_metadata.len() + membership.private_metadata.len()
            });
            let key = (instance, organization, user);
            recent.memberships.keep(state, key, membership, ENTRY_BYTES + metadata);
        }
    }
}

#[cfg(test)]
mod tests;
