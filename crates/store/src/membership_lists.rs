//! Lists of memberships: what they have in common, and those of a user and of an instance.

use std::sync::Arc;

use guildhall_rules::{MembershipView, Organization, Role};
use guildhall_types::{
    Direction, ListInstanceOrganizationMemberships, ListUserOrganizationMemberships, OrderBy,
    OrganizationMembershipOrder,
};

use crate::db::Row;
use crate::error::Error;
use crate::filters::Filters;
use crate::listed::Listed;
use crate::membership_pages::{Found, PageOf, PageRead};
use crate::orders::{Indexed, Order};
use crate::reading::{Cost, Question, Snapshot};
use crate::removals::{IN_LIVE_ORGANIZATION, OF_LIVE_USER};
use crate::roles::Granted;
use crate::sources::Source;
use crate::{InstanceKey, Store, organizations, removals, roles};

/// A page of memberships, and where its neighbours are.
#[derive(Clone, Debug)]
pub struct MembershipPage {
    /// The rows, in the order of the list.
    pub data: Vec<Arc<Listed>>,
    /// How many rows match over all pages.
    pub total_count: u64,
    /// What `starting_after` has to be for the next page, if there is one.
    pub next: Option<String>,
    /// What `ending_before` has to be for the previous page, if there may be one.
    pub previous: Option<String>,
}

impl Store {
    /// A page of the memberships of a user; `None` if there is no such user.
    ///
    /// # Errors
    /// [`Error::NoSuchPosition`] about a cursor; otherwise when the database fails or the read
    /// takes too long.
    pub async fn user_memberships(
        &self,
        instance: InstanceKey,
        user_id: &str,
        list: &ListUserOrganizationMemberships,
    ) -> Result<Option<MembershipPage>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let user = "SELECT u.\"user\" FROM users u WHERE u.instance = $1 AND u.id = $2";
        let parameters = vec![instance.into(), user_id.to_owned().into()];
        let count = format!(
            "SELECT count(*)
             FROM memberships m
             WHERE m.instance = $1 AND m.\"user\" = ({user}) AND {IN_LIVE_ORGANIZATION}"
        );
        let number = |row: &Row<'_>| row.integer(0);
        let count = Question { sql: count.into(), parameters: parameters.clone(), read: number };
        let user = Question { sql: user.into(), parameters, read: number };
        let asked = (user, count, roles::question(instance));
        let (user, count, roles) = snapshot.all_three(asked).await?;
        let Some(user) = user.into_iter().next() else { return Ok(None) };
        let total_count = count.first().map_or(0, |count| u64::try_from(*count).unwrap_or(0));
        let mut filters = Filters::new(instance);
        let user = filters.bind(user);
        filters.add(format!("m.\"user\" = {user}"));
        filters.add(IN_LIVE_ORGANIZATION.to_owned());
        // All rows are of one user, so that only the direction of an order makes a difference.
        let direction = list.order_by.map_or(Direction::Descending, |order| order.direction);
        // A plus keeps the planner from going through the memberships of everybody in this order.
        let key = "+m.membership";
        let order = Order::new(key, key, direction, Indexed::Yes);
        let page = PageOf::new(order, list.limit, list.offset);
        let (after, before) = (list.starting_after.as_ref(), list.ending_before.as_ref());
        let page = page.beside(&mut snapshot, &filters, after, before).await?;
        let read = page.read(&mut snapshot, &filters, Source::Memberships).await?;
        Ok(Some(across(&mut snapshot, instance, read, roles, total_count).await?))
    }

    /// A page of all memberships of an instance.
    ///
    /// # Errors
    /// [`Error::NoSuchPosition`] about a cursor; otherwise when the database fails or the read
    /// takes too long.
    pub async fn instance_memberships(
        &self,
        instance: InstanceKey,
        list: &ListInstanceOrganizationMemberships,
    ) -> Result<MembershipPage, Error> {
        let page = PageOf::new(order(list.order_by), list.limit, list.offset);
        let mut filters = Filters::new(instance);
        let total = "SELECT total
                     FROM instance_counts
                     WHERE instance = $1 AND kind = 'memberships'";
        let asked =
            || (removals::pending(instance), filters.counted(total), roles::question(instance));
        let cost = if page.is_cheap() { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        let mut found = snapshot.all_three(asked()).await?;
        // While something large is being removed, a page may begin behind all of it.
        if cost == Cost::Page && !found.0.is_empty() {
            drop(snapshot);
            snapshot = self.pool.snapshot(Cost::Scan).await?;
            found = snapshot.all_three(asked()).await?;
        }
        let (pending, total, roles) = found;
        let total_count = total.first().copied().unwrap_or(0);
        let (after, before) = (list.starting_after.as_ref(), list.ending_before.as_ref());
        let page = page.beside(&mut snapshot, &filters, after, before).await?;
        if !pending.is_empty() {
            filters.add(IN_LIVE_ORGANIZATION.to_owned());
            filters.add(OF_LIVE_USER.to_owned());
        }
        let source = if page.is_by_user() { Source::Users } else { Source::Memberships };
        let read = page.read(&mut snapshot, &filters, source).await?;
        across(&mut snapshot, instance, read, roles, total_count).await
    }
}

/// A page of memberships in several organizations.
async fn across(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    read: PageRead<Found>,
    roles: Vec<Granted>,
    total_count: u64,
) -> Result<MembershipPage, Error> {
    let mut keys: Vec<i64> = read.rows.iter().map(|row| row.membership.organization).collect();
    keys.sort_unstable();
    keys.dedup();
    let organizations = shared(organizations::list(snapshot, instance, &keys).await?);
    Ok(membership_page(read, &shared(roles::group(roles)), &organizations, total_count))
}

/// Puts rows, roles and organizations, which are in the order of their keys, together.
pub(crate) fn membership_page(
    read: PageRead<Found>,
    roles: &[Arc<Role>],
    organizations: &[Arc<Organization>],
    total_count: u64,
) -> MembershipPage {
    let PageRead { rows, next, previous } = read;
    let data = views(rows, roles, organizations).map(Listed::once).collect();
    MembershipPage { data, total_count, next, previous }
}

/// Rows with their roles and their organizations, which are in the order of their keys.
pub(crate) fn views(
    rows: Vec<Found>,
    roles: &[Arc<Role>],
    organizations: &[Arc<Organization>],
) -> impl Iterator<Item = MembershipView> {
    rows.into_iter().filter_map(|Found { membership, user, .. }| {
        let role = roles.iter().find(|role| role.row == membership.role)?;
        let at = organizations
            .binary_search_by_key(&membership.organization, |organization| organization.key)
            .ok()?;
        let organization = Arc::clone(&organizations[at]);
        Some(MembershipView { role: Arc::clone(role), organization, user, membership })
    })
}

/// Each of several values, to be shared.
pub(crate) fn shared<T>(rows: Vec<T>) -> Vec<Arc<T>> {
    rows.into_iter().map(Arc::new).collect()
}

pub(crate) fn order(order_by: Option<OrderBy<OrganizationMembershipOrder>>) -> Order {
    let tie = "m.membership";
    let Some(order) = order_by else {
        return Order::new(tie, tie, Direction::Descending, Indexed::Yes);
    };
    let (column, indexed) = match order.field {
        OrganizationMembershipOrder::CreatedAt => (tie, Indexed::Yes),
        OrganizationMembershipOrder::PhoneNumber => ("u.sort_phone_number", Indexed::No),
        OrganizationMembershipOrder::EmailAddress => ("u.sort_email_address", Indexed::No),
        OrganizationMembershipOrder::FirstName => ("u.sort_first_name", Indexed::No),
        OrganizationMembershipOrder::LastName => ("u.sort_last_name", Indexed::No),
        OrganizationMembershipOrder::Username => ("u.sort_username", Indexed::No),
    };
    Order::new(column, tie, order.direction, indexed)
}
