//! What many reads need, kept; and what a batch of writes leaves of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use guildhall_rules::{Change, MembershipView, Rows, UserCard};
use guildhall_types::Direction;

use crate::InstanceKey;
use crate::instances::Instance;
use crate::kept::{Kept, State};
use crate::keys::KeyHash;
use crate::listed::Listed;
use crate::members::Head;
use crate::membership_pages::{PageOf, PageRead};
use crate::own_order::Marks;
use crate::rosters::Asked;
use crate::whole_lists::Composition;

/// Of how many secret keys the instances are kept.
const MOST_INSTANCES: usize = 1024;
/// Of how many organizations is kept what every page of their members needs.
const MOST_HEADS: usize = 4096;
/// How many bytes of users are kept, as pages of memberships show them.
const MOST_CARD_BYTES: usize = 8 << 20;
/// How many bytes of memberships are kept, as lists give them.
const MOST_ROW_BYTES: usize = 16 << 20;
/// How many bytes of pages are kept, without their rows.
const MOST_PAGE_BYTES: usize = 4 << 20;
/// How many marks are kept, each of eight bytes.
const MOST_MARKS: usize = 64 << 10;
/// How many bytes of users are kept to be counted.
const MOST_ROSTER_BYTES: usize = 32 << 20;
/// Of how many values of users is kept whether many share them.
const MOST_SHARED_VALUES: usize = 4096;

/// What many reads need.
pub(crate) struct KeptReads {
    /// By the hash of a secret key.
    pub(crate) instances: Kept<KeyHash, Arc<Instance>>,
    /// By instance and organization id.
    pub(crate) heads: Kept<(InstanceKey, String), Arc<Head>>,
    /// By instance and user, weighed in bytes.
    pub(crate) cards: Kept<(InstanceKey, i64), Arc<UserCard>>,
    /// By instance, organization and membership, weighed in bytes.
    pub(crate) rows: Kept<(InstanceKey, i64, i64), Arc<Listed>>,
    /// The keys of the memberships of whole lists, weighed in bytes.
    pub(crate) pages: Kept<(Composition, PageOf), Arc<PageRead<i64>>>,
    /// By instance, organization and direction; weighed in marks.
    pub(crate) marks: Kept<(InstanceKey, i64, Direction), Marks>,
    /// The users of organizations, by instance and organization, weighed in bytes.
    pub(crate) rosters: Kept<(InstanceKey, i64), Asked>,
    /// Whether many users share a value of a column, or miss it; by instance, column and value.
    pub(crate) shared_values: Kept<(InstanceKey, &'static str, Option<String>), bool>,
}

impl Default for KeptReads {
    fn default() -> Self {
        Self {
            instances: Kept::new(MOST_INSTANCES),
            heads: Kept::new(MOST_HEADS),
            cards: Kept::new(MOST_CARD_BYTES),
            rows: Kept::new(MOST_ROW_BYTES),
            pages: Kept::new(MOST_PAGE_BYTES),
            marks: Kept::new(MOST_MARKS),
            rosters: Kept::new(MOST_ROSTER_BYTES),
            shared_values: Kept::new(MOST_SHARED_VALUES),
        }
    }
}

impl KeptReads {
    /// A membership of a list, kept to be given again.
    pub(crate) fn keep_row(
        &self,
        instance: InstanceKey,
        state: State,
        view: MembershipView,
    ) -> Arc<Listed> {
        let listed = Listed::kept(view);
        let key = (instance, listed.membership.organization, listed.membership.key);
        self.rows.keep(state, key, Arc::clone(&listed), listed.weight());
        listed
    }

    /// Keeps what a commit between two states left as it was.
    pub(crate) fn outlive(&self, (from, to): (State, State), touched: Touched) {
        let Touched { instance, organizations, memberships } = touched;
        let heads = organizations.iter().map(|(_, id)| (instance, id.clone()));
        let keys = || organizations.iter().map(|(key, _)| *key);
        let marks = [Direction::Ascending, Direction::Descending]
            .into_iter()
            .flat_map(|direction| keys().map(move |key| (instance, key, direction)));
        self.heads.outlive(from, to, heads);
        self.marks.outlive(from, to, marks);
        self.rosters.outlive(from, to, keys().map(|key| (instance, key)));
        let rows = memberships.into_iter().map(|(organization, key)| (instance, organization, key));
        self.rows.outlive(from, to, rows);
        // Nobody asks again for those of an organization whose members change; they stay until the limit.
        self.pages.outlive(from, to, []);
        self.instances.outlive(from, to, []);
        self.cards.outlive(from, to, []);
        self.shared_values.outlive(from, to, []);
    }

    /// Nothing is kept any more.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.instances.forget();
        self.heads.forget();
        self.cards.forget();
        self.rows.forget();
        self.pages.forget();
        self.marks.forget();
        self.rosters.forget();
        self.shared_values.forget();
    }
}

/// What a batch has changed of what is kept, where that is nothing but memberships.
#[derive(Debug)]
pub(crate) struct Touched {
    instance: InstanceKey,
    /// Those that members have joined or left, by row and id.
    organizations: Vec<(i64, String)>,
    /// Those that were changed or have gone, by the rows of their organizations and their own.
    memberships: Vec<(i64, i64)>,
}

impl Touched {
    /// What `rows` have changed; `None` where that is more than memberships, or cannot be told.
    pub(crate) fn by(instance: InstanceKey, rows: &Rows) -> Option<Self> {
        let mut touched = Self { instance, organizations: Vec::new(), memberships: Vec::new() };
        if !rows.change_memberships_only() {
            return None;
        }
        let mut joined_or_left = BTreeSet::new();
        for ((organization, _), change) in rows.memberships().changes() {
            if !matches!(change, Change::Update(..)) {
                joined_or_left.insert(*organization);
            }
            match change {
                Change::Insert(_) => {}
                Change::Update(before, _) | Change::Delete(before) => {
                    touched.memberships.push((*organization, before.key));
                }
            }
        }
        for key in joined_or_left {
            touched.organizations.push((key, rows.organizations().get(&key)?.id.clone()));
        }
        Some(touched)
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::Organization;
    use guildhall_rules::users::Create as CreateUser;
    use guildhall_types::ListOrganizationMemberships;

    use super::*;
    use crate::fresh::Fresh;

    /// What is kept of an organization at the present state.
    fn head(fresh: &Fresh, organization: &Organization) -> Option<Arc<Head>> {
        let pool = &fresh.store.pool;
        let state = pool.state().unwrap().unwrap();
        pool.kept.heads.get(state, &(fresh.instance, organization.id.clone()))
    }

    #[tokio::test]
    async fn a_member_who_joins_leaves_what_is_kept_of_other_organizations() {
        let fresh = Fresh::open().await;
        let (joined, other) = (fresh.organization(None).await, fresh.organization(None).await);
        let mut users = Vec::new();
        for _ in 0..2 {
            let user = fresh.store.write(fresh.instance, CreateUser::default()).await.unwrap();
            users.push(user.id);
        }
        let list = async |organization: &Organization| {
            let (store, list) = (&fresh.store, ListOrganizationMemberships::default());
            let page =
                store.organization_memberships(fresh.instance, &organization.id, &list, None);
            page.await.unwrap().unwrap().total_count
        };
        assert_eq!((list(&joined).await, list(&other).await), (0, 0));

        fresh.join(&joined, users.remove(0)).await;
        assert!(head(&fresh, &joined).is_none() && head(&fresh, &other).is_some());
        assert_eq!((list(&joined).await, list(&other).await), (1, 0));

        // What another process commits is not followed, even just before a commit that is.
        fresh.connect().execute("UPDATE organizations SET name = 'Renamed'", []).unwrap();
        fresh.join(&joined, users.remove(0)).await;
        assert!(head(&fresh, &joined).is_none() && head(&fresh, &other).is_none());
    }
}
