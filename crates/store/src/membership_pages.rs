//! Memberships: pages of them.

use std::sync::Arc;

use guildhall_rules::{Membership, MembershipView, Organization, Role, UserCard};
use guildhall_types::{
    DEFAULT_LIMIT, Direction, ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListUserOrganizationMemberships, OrderBy, OrganizationMembershipOrder, Page,
};

use crate::db::Row;
use crate::error::Error;
use crate::filters::{Filters, Indexed, Order};
use crate::memberships::read;
use crate::reading::{Cost, Snapshot};
use crate::removals::{IN_LIVE_ORGANIZATION, OF_LIVE_USER};
use crate::users::UserConditions;
use crate::{InstanceKey, Store, organizations, roles};

/// Up to how many members of an organization are sorted and searched where they are asked for.
const SMALL_ORGANIZATION: i64 = 500;
/// From which offset on skipping rows counts as scanning.
const LARGE_OFFSET: u64 = 1000;
/// What [`read_with_user`] reads, in its order.
const COLUMNS_WITH_USER: &str = "m.organization, m.membership, m.\"user\", m.role, m.id,
                                 m.updated_at, m.public_metadata, m.private_metadata, u.id,
                                 u.initials, u.card";

fn read_with_user(row: &Row<'_>) -> Result<(Membership, UserCard), Error> {
    let user = UserCard { id: row.text(8)?, initials: row.text(9)?, json: row.text(10)? };
    Ok((read(row)?, user))
}

impl Store {
    /// A page of the members of an organization; `None` if there is no such organization.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn organization_memberships(
        &self,
        instance: InstanceKey,
        organization_id: &str,
        list: &ListOrganizationMemberships,
    ) -> Result<Option<Page<MembershipView>>, Error> {
        let page = PageOf::new(order(list.order_by), list.limit, list.offset);
        let mut filters = filters(instance, list);
        let is_cheap = page.is_cheap() && filters.is_empty();
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let mut found = organizations::get(&mut snapshot, instance, organization_id).await?;
        if !is_cheap && found.as_ref().is_some_and(|(_, members)| *members > SMALL_ORGANIZATION) {
            drop(snapshot);
            snapshot = self.pool.snapshot(Cost::Scan).await?;
            found = organizations::get(&mut snapshot, instance, organization_id).await?;
        }
        let Some((organization, members)) = found else { return Ok(None) };
        let is_filtered = !filters.is_empty();
        filters.add_organization(organization.key);
        filters.add(OF_LIVE_USER.to_owned());
        let users = users_total(&mut snapshot, instance).await?;
        let source = Source::cheapest(&page, &filters, members, users);
        let total_count = if is_filtered {
            let clauses = source.clauses();
            filters.count(&mut snapshot, format!("SELECT count(*) {clauses}{filters}")).await?
        } else {
            u64::try_from(members).unwrap_or(0)
        };
        let rows = page.read(&mut snapshot, filters, source).await?;
        let roles = roles::list(&mut snapshot, instance).await?;
        Ok(Some(Page { data: views(rows, roles, vec![organization]), total_count }))
    }

    /// The membership of a user in an organization; `Ok(None)` inside when there is none, and
    /// `None` outside when there is no such organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization_membership(
        &self,
        instance: InstanceKey,
        organization_id: &str,
        user_id: &str,
    ) -> Result<Option<Option<MembershipView>>, Error> {
        let list = ListOrganizationMemberships {
            limit: Some(1),
            user_id: vec![format!("+{user_id}")],
            ..Default::default()
        };
        let page = self.organization_memberships(instance, organization_id, &list).await?;
        Ok(page.map(|page| page.data.into_iter().next()))
    }

    /// A page of the memberships of a user; `None` if there is no such user.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn user_memberships(
        &self,
        instance: InstanceKey,
        user_id: &str,
        list: &ListUserOrganizationMemberships,
    ) -> Result<Option<Page<MembershipView>>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = "SELECT \"user\" FROM users WHERE instance = $1 AND id = $2";
        let parameters = vec![instance.into(), user_id.to_owned().into()];
        let Some(user) = snapshot.row(sql, parameters, |row| row.integer(0)).await? else {
            return Ok(None);
        };
        let mut filters = Filters::new(instance);
        let user = filters.bind(user);
        filters.add(format!("m.\"user\" = {user}"));
        filters.add(IN_LIVE_ORGANIZATION.to_owned());
        let sql = format!("SELECT count(*) FROM memberships m WHERE m.instance = $1{filters}");
        let total_count = filters.count(&mut snapshot, sql).await?;
        // All rows are of one user, so that only the direction of an order makes a difference.
        let direction = list.order_by.map_or(Direction::Descending, |order| order.direction);
        let created_at = OrderBy { field: OrganizationMembershipOrder::CreatedAt, direction };
        let page = PageOf::new(order(Some(created_at)), list.limit, list.offset);
        let data = across(&mut snapshot, filters, page, Source::Memberships).await?;
        Ok(Some(Page { data, total_count }))
    }

    /// A page of all memberships of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn instance_memberships(
        &self,
        instance: InstanceKey,
        list: &ListInstanceOrganizationMemberships,
    ) -> Result<Page<MembershipView>, Error> {
        let page = PageOf::new(order(list.order_by), list.limit, list.offset);
        let cost = if page.is_cheap() { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        let mut filters = Filters::new(instance);
        let sql = "SELECT total
                   FROM instance_counts
                   WHERE instance = $1 AND kind = 'memberships'";
        let total_count = filters.count(&mut snapshot, sql.to_owned()).await?;
        filters.add(IN_LIVE_ORGANIZATION.to_owned());
        filters.add(OF_LIVE_USER.to_owned());
        let source = if page.order.is_by_user() { Source::Users } else { Source::Memberships };
        let data = across(&mut snapshot, filters, page, source).await?;
        Ok(Page { data, total_count })
    }
}

/// A page of memberships in several organizations.
async fn across(
    snapshot: &mut Snapshot,
    filters: Filters,
    page: PageOf,
    source: Source,
) -> Result<Vec<MembershipView>, Error> {
    let instance = filters.instance();
    let rows = page.read(snapshot, filters, source).await?;
    let mut keys: Vec<i64> = rows.iter().map(|(membership, _)| membership.organization).collect();
    keys.sort_unstable();
    keys.dedup();
    let organizations = organizations::list(snapshot, instance, &keys).await?;
    let roles = roles::list(snapshot, instance).await?;
    Ok(views(rows, roles, organizations))
}

/// Where the memberships `m` of a page are chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The memberships themselves.
    Memberships,
    /// The memberships, each with its user `u` looked up.
    MembershipsWithUsers,
    /// The users `u` in the order of an index of theirs, each with its memberships looked up.
    Users,
}

impl Source {
    /// What is cheapest for a page out of `members` memberships in an instance of `users` users.
    fn cheapest(page: &PageOf, filters: &Filters, members: i64, users: i64) -> Self {
        if !page.order.is_by_user() {
            return match filters.are_about_users() {
                true => Self::MembershipsWithUsers,
                false => Self::Memberships,
            };
        }
        // Sorting looks at every member. Walking looks at as many users as it takes to meet
        // those of the page, if members are spread evenly.
        let wanted = i64::from(page.limit) + i64::try_from(page.offset).unwrap_or(i64::MAX / 2);
        let walked = wanted.saturating_mul(users) / members.max(1);
        if filters.are_about_users() || walked > members {
            Self::MembershipsWithUsers
        } else {
            Self::Users
        }
    }

    /// The clauses up to and including the first conditions.
    fn clauses(self) -> &'static str {
        match self {
            Self::Memberships => "FROM memberships m WHERE m.instance = $1",
            Self::MembershipsWithUsers => {
                "FROM memberships m
                 JOIN users u ON u.instance = m.instance AND u.\"user\" = m.\"user\"
                 WHERE m.instance = $1"
            }
            // A cross join keeps SQLite from turning the tables round.
            Self::Users => {
                "FROM users u
                 CROSS JOIN memberships m
                 WHERE u.instance = $1 AND m.instance = u.instance AND m.\"user\" = u.\"user\""
            }
        }
    }
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug)]
struct PageOf {
    order: Order,
    limit: u32,
    offset: u64,
}

impl PageOf {
    fn new(order: Order, limit: Option<u32>, offset: Option<u64>) -> Self {
        Self { order, limit: limit.unwrap_or(DEFAULT_LIMIT), offset: offset.unwrap_or(0) }
    }

    /// Tells whether the page costs what it returns, were there no filters.
    fn is_cheap(&self) -> bool {
        self.order.is_indexed() && self.offset < LARGE_OFFSET
    }

    /// Reads the page: the rows are chosen first, and only those of the page read whole.
    async fn read(
        &self,
        snapshot: &mut Snapshot,
        mut filters: Filters,
        source: Source,
    ) -> Result<Vec<(Membership, UserCard)>, Error> {
        let (order, clauses) = (self.order, source.clauses());
        let limit = filters.page(self.limit, self.offset);
        let sql = format!(
            "SELECT {COLUMNS_WITH_USER}
             FROM (SELECT m.organization, m.membership
                   {clauses}{filters}
                   {order}
                   {limit}) page
             JOIN memberships m
               ON m.instance = $1 AND m.organization = page.organization
                  AND m.membership = page.membership
             JOIN users u ON u.instance = m.instance AND u.\"user\" = m.\"user\"
             {order}"
        );
        snapshot.rows(sql, filters.into_parameters(), read_with_user).await
    }
}

/// How many users an instance has.
async fn users_total(snapshot: &mut Snapshot, instance: InstanceKey) -> Result<i64, Error> {
    let sql = "SELECT total FROM instance_counts WHERE instance = $1 AND kind = 'users'";
    let total = snapshot.row(sql, vec![instance.into()], |row| row.integer(0)).await?;
    Ok(total.unwrap_or(0))
}

fn views(
    rows: Vec<(Membership, UserCard)>,
    roles: Vec<Role>,
    organizations: Vec<Organization>,
) -> Vec<MembershipView> {
    let roles: Vec<Arc<Role>> = roles.into_iter().map(Arc::new).collect();
    let organizations: Vec<Arc<Organization>> = organizations.into_iter().map(Arc::new).collect();
    rows.into_iter()
        .filter_map(|(membership, user)| {
            let role = roles.iter().find(|role| role.row == membership.role)?;
            let at = organizations
                .binary_search_by_key(&membership.organization, |organization| organization.key)
                .ok()?;
            Some(MembershipView {
                role: Arc::clone(role),
                organization: Arc::clone(&organizations[at]),
                user,
                membership,
            })
        })
        .collect()
}

fn order(order_by: Option<OrderBy<OrganizationMembershipOrder>>) -> Order {
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

fn filters(instance: InstanceKey, list: &ListOrganizationMemberships) -> Filters {
    let mut filters = Filters::new(instance);
    filters.signed("u.id", &list.user_id);
    if !list.role.is_empty() {
        let keys = filters.bind_all(list.role.clone());
        filters.add(format!(
            "m.role IN (SELECT r.role FROM roles r WHERE r.instance = $1 AND r.key IN ({keys}))"
        ));
    }
    let conditions = UserConditions {
        email_address: &list.email_address,
        phone_number: &list.phone_number,
        username: &list.username,
        web3_wallet: &list.web3_wallet,
        query: list.query.as_ref(),
        email_address_query: list.email_address_query.as_ref(),
        phone_number_query: list.phone_number_query.as_ref(),
        username_query: list.username_query.as_ref(),
        name_query: list.name_query.as_ref(),
    };
    conditions.add_to(&mut filters);
    // The specification speaks of the user's dates.
    filters.between("u.created_at", list.created_at_after, list.created_at_before);
    filters.between("u.last_active_at", list.last_active_at_after, list.last_active_at_before);
    filters
}
