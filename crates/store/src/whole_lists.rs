//! Pages of all members of an organization on SQLite: which rows they have is kept until somebody joins
//! or leaves, or a commit changes more than memberships and sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::InstanceKey;
use crate::error::Error;
use crate::listed::Listed;
use crate::members::Head;
use crate::membership_lists::{MembershipPage, membership_page, views};
use crate::membership_pages::{Found, PageOf, PageRead};
use crate::reading::Snapshot;

/// What is kept of a page takes so many bytes beside its keys and texts, about.
const PAGE_BYTES: usize = 256;

/// The members of an organization from one change of who they are to the next: never the same for
/// two organizations, and another one after each change, if not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Composition(u64);

impl Composition {
    /// One that there was not before.
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        Self(MADE.fetch_add(1, Ordering::Relaxed))
    }
}

impl Head {
    /// A page of all members, none of whom may be hidden, that is kept or in the order of the
    /// memberships; `None` where it has to be read otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn page_of_all(
        &self,
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        page: &PageOf,
    ) -> Result<Option<MembershipPage>, Error> {
        if let Some(found) = self.kept_page(snapshot, instance, page) {
            return Ok(Some(found));
        }
        let Self { organization, roles, .. } = self;
        let read = page.read_in_own_order(snapshot, instance, organization, roles).await?;
        Ok(read.map(|read| self.keep_page(snapshot, page, read)))
    }

    /// A page of all members, none of whom is hidden, as it was read; where that can be, it is kept.
    pub(crate) fn page_as_read(
        &self,
        snapshot: &Snapshot,
        instance: InstanceKey,
        page: &PageOf,
        read: PageRead<Found>,
    ) -> MembershipPage {
        let organizations = std::slice::from_ref(&self.organization);
        let Some((kept, state)) = snapshot.kept() else {
            return membership_page(read, &self.roles, organizations, self.total_count());
        };
        let PageRead { rows, next, previous } = read;
        let views = views(rows, &self.roles, organizations);
        let rows = views.map(|view| kept.keep_row(instance, state, view)).collect();
        self.keep_page(snapshot, page, PageRead { rows, next, previous })
    }

    fn kept_page(
        &self,
        snapshot: &Snapshot,
        instance: InstanceKey,
        page: &PageOf,
    ) -> Option<MembershipPage> {
        let (kept, state) = snapshot.kept()?;
        let read = kept.pages.get(state, &(self.composition, page.clone()))?;
        let keys = read.rows.iter().map(|key| (instance, self.organization.key, *key));
        Some(MembershipPage {
            data: kept.rows.get_all(state, keys)?,
            total_count: self.total_count(),
            next: read.next.clone(),
            previous: read.previous.clone(),
        })
    }

    fn keep_page(
        &self,
        snapshot: &Snapshot,
        page: &PageOf,
        read: PageRead<Arc<Listed>>,
    ) -> MembershipPage {
        let PageRead { rows: data, next, previous } = read;
        if let Some((kept, state)) = snapshot.kept() {
            let keys: Vec<i64> = data.iter().map(|row| row.membership.key).collect();
            let texts = [&next, &previous].into_iter().flatten().map(String::len).sum::<usize>();
            let bytes = PAGE_BYTES + page.bytes() + size_of_val(&*keys) + texts;
            let read = PageRead { rows: keys, next: next.clone(), previous: previous.clone() };
            kept.pages.keep(state, (self.composition, page.clone()), Arc::new(read), bytes);
        }
        MembershipPage { data, total_count: self.total_count(), next, previous }
    }

    fn total_count(&self) -> u64 {
        u64::try_from(self.members).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::Organization;
    use guildhall_rules::memberships::{Delete, Update};
    use guildhall_rules::users::{Create as CreateUser, Update as UpdateUser};
    use guildhall_types::{
        Direction, ListOrganizationMemberships, OrderBy, OrganizationMembershipOrder, Patch,
    };

    use super::*;
    use crate::fresh::Fresh;

    const MEMBERS: usize = 24;
    const LIMIT: u32 = 5;

    /// What a page shows, as far as it may change here.
    type Shown = (Vec<(i64, String, String)>, u64, Option<String>, Option<String>);

    async fn page(
        fresh: &Fresh,
        organization: &Organization,
        list: &ListOrganizationMemberships,
    ) -> Shown {
        let (store, id) = (&fresh.store, &organization.id);
        let page = store.organization_memberships(fresh.instance, id, list, None).await;
        let MembershipPage { data, total_count, next, previous } = page.unwrap().unwrap();
        let row =
            |row: &Arc<Listed>| (row.membership.key, row.role.key.clone(), row.user.json.clone());
        (data.iter().map(row).collect(), total_count, next, previous)
    }

    /// Pages in each order, at offsets and after the first page.
    async fn pages(fresh: &Fresh, organization: &Organization) -> Vec<Shown> {
        let mut pages = Vec::new();
        for (field, _) in OrganizationMembershipOrder::ALL.iter().copied() {
            for direction in [Direction::Ascending, Direction::Descending] {
                let mut list = ListOrganizationMemberships {
                    limit: Some(LIMIT),
                    order_by: Some(OrderBy { field, direction }),
                    ..Default::default()
                };
                let first = page(fresh, organization, &list).await;
                list.starting_after.clone_from(&first.2);
                pages.push(first);
                pages.push(page(fresh, organization, &list).await);
                list.starting_after = None;
                for offset in [3, 20, 99] {
                    list.offset = Some(offset);
                    pages.push(page(fresh, organization, &list).await);
                }
            }
        }
        pages
    }

    #[tokio::test]
    async fn pages_are_the_same_whether_they_were_kept_or_not() {
        let fresh = Fresh::open().await;
        let organization = fresh.organization(Some(0)).await;
        let mut users = Vec::new();
        for number in 0..MEMBERS {
            // Some share a name, and some have none.
            let mut user = CreateUser::default();
            user.profile.first_name = (number % 3 > 0).then(|| format!("Name {}", number % 5));
            let user = fresh.store.write(fresh.instance, user).await.unwrap();
            users.push(user.id);
        }
        for user in &users[1..] {
            fresh.join(&organization, user.clone()).await;
        }
        let organization_id = organization.id.clone();
        let write = |user_id: &str| (organization_id.clone(), user_id.to_owned());
        for change in 0..6 {
            match change {
                0 => {}
                1 => fresh.join(&organization, users[0].clone()).await,
                2 => {
                    let (organization_id, user_id) = write(&users[5]);
                    let role = "org:admin".to_owned();
                    let update = Update { organization_id, user_id, role };
                    fresh.store.write(fresh.instance, update).await.unwrap();
                }
                3 => {
                    let first_name = Patch::Set("Aaron".to_owned());
                    let user_id = users[23].clone();
                    let update = UpdateUser { user_id, first_name, ..Default::default() };
                    fresh.store.write(fresh.instance, update).await.unwrap();
                }
                4 => {
                    let (organization_id, user_id) = write(&users[7]);
                    let delete = Delete { organization_id, user_id };
                    fresh.store.write(fresh.instance, delete).await.unwrap();
                }
                _ => {
                    let sql = "UPDATE users SET sort_first_name = 'zoe', sort_username = 'abc'
                               WHERE id = ?1";
                    fresh.connect().execute(sql, [&users[9]]).unwrap();
                }
            }
            let found = pages(&fresh, &organization).await;
            let again = pages(&fresh, &organization).await;
            fresh.store.pool.kept.forget();
            let anew = pages(&fresh, &organization).await;
            assert!(found == anew && again == anew, "after change {change}");
        }
    }

    #[tokio::test]
    async fn a_page_is_kept_until_somebody_joins() {
        let fresh = Fresh::open().await;
        let organization = fresh.organization(None).await;
        let mut users = Vec::new();
        for _ in 0..2 {
            users.push(fresh.store.write(fresh.instance, CreateUser::default()).await.unwrap().id);
        }
        let field = OrganizationMembershipOrder::FirstName;
        let order_by = Some(OrderBy { field, direction: Direction::Ascending });
        let list = ListOrganizationMemberships { order_by, ..Default::default() };
        let is_kept = || {
            let pool = &fresh.store.pool;
            let state = pool.state().unwrap().unwrap();
            let head = pool.kept.heads.get(state, &(fresh.instance, organization.id.clone()));
            let order = crate::membership_lists::order(order_by);
            let page = |head: Arc<Head>| (head.composition, PageOf::new(order, None, None));
            head.is_some_and(|head| pool.kept.pages.get(state, &page(head)).is_some())
        };
        fresh.join(&organization, users.remove(0)).await;
        page(&fresh, &organization, &list).await;
        assert!(is_kept());

        fresh.join(&organization, users.remove(0)).await;
        assert!(!is_kept());
        assert_eq!(page(&fresh, &organization, &list).await.1, 2);
    }
}
