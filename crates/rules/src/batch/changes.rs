//! What a batch has changed: final or taken back while it is decided, and told to who writes it.

use std::sync::Arc;

use super::Rows;
use crate::rows::{
    CountDelta, Identifier, Membership, Organization, OrganizationSettings, User, UserCard,
};
use crate::table::{Change, Table};

impl Rows {
    /// Makes what was changed so far final.
    pub fn mark(&mut self) {
        self.settings.mark();
        self.instance.mark();
        self.catalogue.mark();
        self.role_sets.mark();
        self.sessions.mark();
        self.organizations.mark();
        self.users.mark();
        self.memberships.mark();
        self.identifiers.mark();
        self.slugs.mark();
        self.member_counts.mark();
        self.emptied.mark();
        self.abandoned.mark();
    }

    /// Takes back every change since the mark.
    pub fn rollback(&mut self) {
        self.settings.rollback();
        self.instance.rollback();
        self.catalogue.rollback();
        self.role_sets.rollback();
        self.sessions.rollback();
        self.organizations.rollback();
        self.users.rollback();
        self.memberships.rollback();
        self.identifiers.rollback();
        self.slugs.rollback();
        self.member_counts.rollback();
        self.emptied.rollback();
        self.abandoned.rollback();
    }

    /// Tells whether anything is to be written. What is removed as a whole changes its own row too.
    pub fn are_changed(&self) -> bool {
        !self.change_memberships_only()
            || self.memberships.changes().next().is_some()
            || self.sessions.are_changed()
    }

    /// Tells whether nothing but memberships, what counts them and sessions is to be written.
    pub fn change_memberships_only(&self) -> bool {
        self.organizations.changes().next().is_none()
            && self.users.changes().next().is_none()
            && self.changed_settings().is_none()
            && self.changed_instance().is_none()
            && !self.catalogue.is_changed()
            && !self.role_sets.are_changed()
            && self.identifiers.changes().next().is_none()
    }

    /// What the instance has set, if that changed.
    pub fn changed_settings(&self) -> Option<&OrganizationSettings> {
        self.settings.changes().next()?;
        self.settings.get(&())
    }

    /// The organizations, to see what changed.
    pub fn organizations(&self) -> &Table<i64, Arc<Organization>> {
        &self.organizations
    }

    /// The users, to see what changed.
    pub fn users(&self) -> &Table<i64, User> {
        &self.users
    }

    /// The memberships by organization and user, to see what changed.
    pub fn memberships(&self) -> &Table<(i64, i64), Membership> {
        &self.memberships
    }

    /// What memberships show of the users that were loaded for that alone, by the rows of those.
    pub fn cards(&self) -> impl Iterator<Item = (i64, &Arc<UserCard>)> {
        self.cards.values().map(|(user, card)| (*user, card))
    }

    /// The memberships that were loaded or made, as they are now; `None` for one that is gone.
    pub fn into_memberships(self) -> impl Iterator<Item = ((i64, i64), Option<Membership>)> {
        self.memberships.into_rows()
    }

    /// The identifiers, to see what changed.
    pub fn identifiers(&self) -> &Table<Identifier, i64> {
        &self.identifiers
    }

    /// Organizations whose every membership goes, with how many of them were never loaded.
    pub fn emptied(&self) -> impl Iterator<Item = (i64, i64)> {
        self.emptied.from(i64::MIN).map(|(organization, members)| (*organization, *members))
    }

    /// Users who are gone and whose memberships were too many to load, with how many they are.
    pub fn abandoned(&self) -> impl Iterator<Item = (i64, i64)> {
        self.abandoned.from(i64::MIN).map(|(user, memberships)| (*user, *memberships))
    }

    /// How the counts of members changed, without the organizations that were emptied.
    pub fn count_deltas(&self) -> Vec<CountDelta> {
        let deltas = self.member_counts.changes().filter_map(|((organization, role), change)| {
            let (by, is_new) = match change {
                Change::Insert(now) => (*now, true),
                Change::Update(before, now) => (now - before, false),
                Change::Delete(before) => (-before, false),
            };
            let kept = by != 0 && self.emptied.get(organization).is_none();
            kept.then_some(CountDelta { organization: *organization, role: *role, by, is_new })
        });
        deltas.collect()
    }
}
