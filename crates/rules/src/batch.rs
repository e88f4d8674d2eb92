//! What a batch has loaded, and what it makes of it; `changes` is what that comes to.

mod changes;

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;
use guildhall_types::UpdateInstance;

use crate::catalogue::Catalogue;
use crate::role_sets::RoleSets;
use crate::rows::{
    Identifier, Membership, Organization, OrganizationSettings, Role, User, UserCard,
};
use crate::sessions::SessionRows;
use crate::table::Table;

/// What one batch has loaded of one instance, and what it made of it.
#[derive(Debug, Default)]
pub struct Rows {
    /// Every role of the instance.
    pub roles: Arc<[Arc<Role>]>,
    /// Roles and permissions to be managed, where they are wanted.
    pub catalogue: Catalogue,
    /// Role sets, where they are wanted.
    pub role_sets: RoleSets,
    /// Sessions, where they are wanted.
    pub sessions: SessionRows,
    settings: Table<(), OrganizationSettings>,
    instance: Table<(), UpdateInstance>,
    organizations: Table<i64, Arc<Organization>>,
    users: Table<i64, User>,
    memberships: Table<(i64, i64), Membership>,
    identifiers: Table<Identifier, i64>,
    slugs: Table<String, i64>,
    member_counts: Table<(i64, i64), i64>,
    emptied: Table<i64, i64>,
    abandoned: Table<i64, i64>,
    membership_totals: HashMap<i64, i64>,
    organization_keys: HashMap<String, i64>,
    user_keys: HashMap<String, i64>,
    cards: HashMap<String, (i64, Arc<UserCard>)>,
}

impl Rows {
    /// Takes in what the instance has set.
    pub fn load_settings(&mut self, settings: OrganizationSettings) {
        self.settings.load((), settings);
    }

    /// Takes in what the instance has set about itself.
    pub fn load_instance(&mut self, instance: UpdateInstance) {
        self.instance.load((), instance);
    }

    /// What the instance has set about itself, where it is wanted.
    pub fn instance(&self) -> UpdateInstance {
        self.instance.get(&()).cloned().unwrap_or_default()
    }

    /// Replaces what the instance has set about itself.
    pub fn put_instance(&mut self, instance: UpdateInstance) {
        self.instance.put((), instance);
    }

    /// What the instance has set about itself, if that changed.
    pub fn changed_instance(&self) -> Option<&UpdateInstance> {
        self.instance.changes().next()?;
        self.instance.get(&())
    }

    /// Takes in an organization as it is stored.
    pub fn load_organization(&mut self, organization: impl Into<Arc<Organization>>) {
        let organization = organization.into();
        self.organization_keys.insert(organization.id.clone(), organization.key);
        self.slugs.load(organization.slug.clone(), organization.key);
        self.organizations.load(organization.key, organization);
    }

    /// Takes in a user as it is stored.
    pub fn load_user(&mut self, user: User) {
        self.user_keys.insert(user.profile.id.to_string(), user.key);
        self.users.load(user.key, user);
    }

    /// Takes in the row of a user and what memberships show of them.
    pub fn load_card(&mut self, user: i64, card: impl Into<Arc<UserCard>>) {
        let card = card.into();
        self.cards.insert(card.id.clone(), (user, card));
    }

    /// Takes in a membership as it is stored.
    pub fn load_membership(&mut self, membership: Membership) {
        self.memberships.load((membership.organization, membership.user), membership);
    }

    /// Takes in whose an identifier is.
    pub fn load_identifier(&mut self, identifier: Identifier, user: i64) {
        self.identifiers.load(identifier, user);
    }

    /// Takes in how many members of an organization hold a role.
    pub fn load_member_count(&mut self, organization: i64, role: i64, members: i64) {
        self.member_counts.load((organization, role), members);
    }

    /// Takes in how many memberships a user has, where they are too many to load.
    pub fn load_membership_total(&mut self, user: i64, memberships: i64) {
        self.membership_totals.insert(user, memberships);
    }

    /// What the instance has set.
    pub fn settings(&self) -> OrganizationSettings {
        self.settings.get(&()).cloned().unwrap_or_default()
    }

    /// The organization of that id.
    pub fn organization(&self, id: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(self.organization_keys.get(id)?)
    }

    /// The organization that has that slug.
    pub fn organization_by_slug(&self, slug: &str) -> Option<&Organization> {
        self.organizations.get(self.slugs.get(&slug.to_owned())?).map(Arc::as_ref)
    }

    /// The user of that id, where the whole of them is wanted.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(self.user_keys.get(id)?)
    }

    /// The row of the user of that id, of whom at least the card is wanted.
    pub fn user_key(&self, id: &str) -> Option<i64> {
        match self.user_keys.get(id) {
            Some(key) => self.users.get(key).map(|user| user.key),
            None => self.cards.get(id).map(|(key, _)| *key),
        }
    }

    /// What memberships show of the user of that id, of whom at least that is wanted.
    pub(crate) fn user_card(&self, id: &str) -> Option<Arc<UserCard>> {
        match self.user_keys.get(id) {
            Some(key) => self.users.get(key).map(|user| Arc::new(user.card())),
            None => self.cards.get(id).map(|(_, card)| Arc::clone(card)),
        }
    }

    /// The membership of a user in an organization, both named by row.
    pub fn membership(&self, organization: i64, user: i64) -> Option<&Membership> {
        self.memberships.get(&(organization, user))
    }

    /// The memberships of a user that the batch has loaded or made, by row, and their organizations.
    pub(crate) fn memberships_of(&self, user: i64) -> impl Iterator<Item = (i64, i64)> {
        let all = self.memberships.from((i64::MIN, i64::MIN));
        all.filter(move |((_, of), _)| *of == user)
            .map(|((organization, _), membership)| (membership.key, *organization))
    }

    /// Tells whether this batch ended what a user was to an organization.
    pub(crate) fn has_left(&self, organization: i64, user: i64) -> bool {
        self.memberships.is_removed(&(organization, user))
            || self.organizations.is_removed(&organization)
    }

    /// The row of the user who has that identifier.
    pub fn owner(&self, identifier: &Identifier) -> Option<i64> {
        self.identifiers.get(identifier).copied()
    }

    /// The role of that key.
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == key).map(Arc::as_ref)
    }

    /// The role of that row.
    pub fn role_of(&self, membership: &Membership) -> Option<&Arc<Role>> {
        self.roles.iter().find(|role| role.row == membership.role)
    }

    /// How many members an organization has.
    pub fn members_count(&self, organization: i64) -> i64 {
        self.member_counts(organization).map(|(_, members)| members).sum()
    }

    /// How many members of an organization hold a role that `grants` accepts.
    pub fn members_with(&self, organization: i64, grants: impl Fn(&Role) -> bool) -> i64 {
        let accepted: BTreeSet<i64> =
            self.roles.iter().filter(|role| grants(role)).map(|role| role.row).collect();
        self.member_counts(organization)
            .filter(|(role, _)| accepted.contains(role))
            .map(|(_, members)| members)
            .sum()
    }

    /// The roles that members of an organization have.
    pub(crate) fn held_in(&self, organization: i64) -> impl Iterator<Item = &Role> {
        let held: BTreeSet<i64> = self
            .member_counts(organization)
            .filter(|(_, members)| *members > 0)
            .map(|(role, _)| role)
            .collect();
        self.roles.iter().map(Arc::as_ref).filter(move |role| held.contains(&role.row))
    }

    /// How many members of an organization have each role, by row.
    pub fn member_counts(&self, organization: i64) -> impl Iterator<Item = (i64, i64)> {
        self.member_counts
            .from((organization, i64::MIN))
            .take_while(move |((of, _), _)| *of == organization)
            .map(|((_, role), members)| (*role, *members))
    }

    /// Replaces what the instance has set.
    pub fn put_settings(&mut self, settings: OrganizationSettings) {
        self.settings.put((), settings);
    }

    /// Makes or replaces an organization.
    pub fn put_organization(&mut self, organization: Organization) {
        let before = self.organizations.get(&organization.key).map(|before| before.slug.clone());
        if let Some(slug) = before.filter(|slug| *slug != organization.slug) {
            self.slugs.remove(&slug);
        }
        self.organization_keys.insert(organization.id.clone(), organization.key);
        self.slugs.put(organization.slug.clone(), organization.key);
        self.organizations.put(organization.key, Arc::new(organization));
    }

    /// Removes an organization and every membership in it, those not loaded too.
    pub fn remove_organization(&mut self, organization: &Organization) {
        let key = organization.key;
        let loaded: Vec<Membership> = self
            .memberships
            .from((key, i64::MIN))
            .take_while(|((of, _), _)| *of == key)
            .map(|(_, membership)| membership.clone())
            .collect();
        for membership in &loaded {
            self.remove_membership(membership);
        }
        let others = self.members_count(key);
        self.emptied.put(key, others);
        self.slugs.remove(&organization.slug);
        self.organizations.remove(&key);
    }

    /// Makes or replaces a user.
    pub fn put_user(&mut self, user: User) {
        self.user_keys.insert(user.profile.id.to_string(), user.key);
        self.users.put(user.key, user);
    }

    /// Removes a user with the identifiers given and every membership, those not loaded too.
    pub fn remove_user(&mut self, user: &User, identifiers: &[Identifier]) {
        let loaded: Vec<Membership> = self
            .memberships
            .from((i64::MIN, i64::MIN))
            .filter(|((_, of), _)| *of == user.key)
            .map(|(_, membership)| membership.clone())
            .collect();
        for membership in &loaded {
            self.remove_membership(membership);
        }
        if let Some(others) = self.membership_totals.get(&user.key) {
            self.abandoned.put(user.key, *others);
        }
        for identifier in identifiers {
            self.identifiers.remove(identifier);
        }
        self.users.remove(&user.key);
    }

    /// Gives an identifier to a user.
    pub fn put_identifier(&mut self, identifier: Identifier, user: i64) {
        self.identifiers.put(identifier, user);
    }

    /// Frees an identifier.
    pub fn remove_identifier(&mut self, identifier: &Identifier) {
        self.identifiers.remove(identifier);
    }

    /// Makes or replaces a membership; the counts follow.
    pub fn put_membership(&mut self, membership: Membership) {
        let key = (membership.organization, membership.user);
        let before = self.memberships.get(&key).map(|before| before.role);
        if before != Some(membership.role) {
            if let Some(role) = before {
                self.count((membership.organization, role), -1);
            }
            self.count((membership.organization, membership.role), 1);
        }
        self.memberships.put(key, membership);
    }

    /// Removes a membership; the counts follow.
    pub fn remove_membership(&mut self, membership: &Membership) {
        self.count((membership.organization, membership.role), -1);
        self.memberships.remove(&(membership.organization, membership.user));
    }

    fn count(&mut self, key: (i64, i64), by: i64) {
        let members = self.member_counts.get(&key).copied().unwrap_or(0);
        self.member_counts.put(key, members + by);
    }
}
