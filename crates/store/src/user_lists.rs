//! Users: one, lists of them, and their number.

use guildhall_rules::{IdentifierKind, UserView};
use guildhall_types::{DEFAULT_LIMIT, Direction, ListUsers, UserOrder};

use crate::db::Row;
use crate::error::Error;
use crate::filters::Filters;
use crate::member_of::{Begin, MemberOf};
use crate::orders::{Indexed, Order};
use crate::reading::{Cost, Snapshot};
use crate::{InstanceKey, Store, search};

/// What [`read_view`] reads, in its order.
const VIEW_COLUMNS: &str = "u.id, u.initials, u.document, u.public_metadata, u.private_metadata,
                            u.unsafe_metadata";

fn read_view(row: &Row<'_>) -> Result<UserView, Error> {
    Ok(UserView {
        id: row.text(0)?,
        initials: row.text(1)?,
        document: row.text(2)?,
        public_metadata: row.text(3)?,
        private_metadata: row.text(4)?,
        unsafe_metadata: row.text(5)?,
    })
}

impl Store {
    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, instance: InstanceKey, id: &str) -> Result<Option<UserView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {VIEW_COLUMNS} FROM users u WHERE u.instance = $1 AND u.id = $2");
        snapshot.row(sql, vec![instance.into(), id.to_owned().into()], read_view).await
    }

    /// A page of the users of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn users(
        &self,
        instance: InstanceKey,
        list: &ListUsers,
    ) -> Result<Vec<UserView>, Error> {
        let order = order(list);
        let mut filters = filters(instance, list);
        let (limit, offset) = (list.limit.unwrap_or(DEFAULT_LIMIT), list.offset.unwrap_or(0));
        let wanted = i64::from(limit).saturating_add(i64::try_from(offset).unwrap_or(i64::MAX));
        let is_near = order.is_indexed() && offset < 1000;
        let is_plain = filters.is_empty() && is_near;
        let (mut snapshot, of) = self.users_snapshot(&filters, list, is_plain).await?;
        if let Some(id) = &list.starting_after {
            add_place(&mut snapshot, &mut filters, order, id).await?;
        }
        let mut instance = "u.instance";
        if !filters.are_selective() && !of.as_ref().is_some_and(MemberOf::are_few) {
            let found = search::narrow(&mut snapshot, &mut filters).await?;
            if found.is_some_and(|found| found <= search::SORTED) {
                instance = search::instance_column(&snapshot, &filters);
            }
        }
        if let Some(of) = of {
            let begin = of.cheapest(&filters, wanted);
            of.add_to(&mut filters, begin);
        }
        let limit = filters.page(limit, offset);
        // The rows are chosen first, so that only those of the page are read whole; the cross join
        // keeps SQLite from turning that round.
        let sql = format!(
            "SELECT {VIEW_COLUMNS}
             FROM (SELECT u.\"user\"
                   FROM users u
                   WHERE {instance} = $1{filters}
                   {order}
                   {limit}) page
             CROSS JOIN users u
             WHERE u.instance = $1 AND u.\"user\" = page.\"user\"
             {order}"
        );
        snapshot.rows(sql, filters.into_parameters(), read_view).await
    }

    /// How many users of an instance match; page and order do not count.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn users_count(&self, instance: InstanceKey, list: &ListUsers) -> Result<u64, Error> {
        let mut filters = filters(instance, list);
        if filters.is_empty() {
            let mut snapshot = self.pool.snapshot(Cost::Page).await?;
            let of = MemberOf::read(&mut snapshot, &filters, &list.organization_id).await?;
            if let Some(counted) = of.counted() {
                return Ok(u64::try_from(counted).unwrap_or(0));
            }
        }
        let (mut snapshot, of) = self.users_snapshot(&filters, list, false).await?;
        if !filters.are_selective() && !of.as_ref().is_some_and(MemberOf::are_few) {
            search::narrow(&mut snapshot, &mut filters).await?;
        }
        if let Some(of) = of {
            let begin = if filters.are_selective() { Begin::Users } else { Begin::Members };
            of.add_to(&mut filters, begin);
        }
        let sql = format!("SELECT count(*) FROM users u WHERE u.instance = $1{filters}");
        filters.count(&mut snapshot, sql).await
    }

    /// A snapshot for what a list of users costs, and what it says of the organizations that the
    /// list names. `is_plain` tells whether the list would be cheap without them.
    async fn users_snapshot(
        &self,
        filters: &Filters,
        list: &ListUsers,
        is_plain: bool,
    ) -> Result<(Snapshot, Option<MemberOf>), Error> {
        let ids = &list.organization_id;
        let is_selective = filters.are_selective();
        if is_selective || is_plain || !ids.is_empty() {
            let mut snapshot = self.pool.snapshot(Cost::Page).await?;
            if ids.is_empty() {
                return Ok((snapshot, None));
            }
            let of = MemberOf::read(&mut snapshot, filters, ids).await?;
            if is_selective || of.are_few() || is_plain && of.are_nearly_all() {
                return Ok((snapshot, Some(of)));
            }
        }
        let mut snapshot = self.pool.snapshot(Cost::Scan).await?;
        let of = match ids.is_empty() {
            true => None,
            false => Some(MemberOf::read(&mut snapshot, filters, ids).await?),
        };
        Ok((snapshot, of))
    }
}

/// Requires users to come after the one of that id, in an order by `created_at`.
async fn add_place(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
    order: Order,
    id: &str,
) -> Result<(), Error> {
    let mut place = Filters::new(filters.instance());
    let id = place.bind(id.to_owned());
    let sql = format!("SELECT created_at, \"user\" FROM users WHERE instance = $1 AND id = {id}");
    let read = |row: &Row<'_>| Ok((row.integer(0)?, row.integer(1)?));
    let Some((created_at, user)) = snapshot.row(sql, place.into_parameters(), read).await? else {
        return Err(Error::NoSuchPosition { parameter: "starting_after" });
    };
    let (created_at, user) = (filters.bind(created_at), filters.bind(user));
    let later = order.later();
    filters.add(format!("(u.created_at, u.\"user\") {later} ({created_at}, {user})"));
    Ok(())
}

fn order(list: &ListUsers) -> Order {
    let tie = "u.\"user\"";
    let Some(order) = list.order_by else {
        return Order::new("u.created_at", tie, Direction::Descending, Indexed::Yes);
    };
    let (column, indexed) = match order.field {
        UserOrder::CreatedAt => ("u.created_at", Indexed::Yes),
        UserOrder::UpdatedAt => ("u.updated_at", Indexed::Yes),
        UserOrder::EmailAddress => ("u.sort_email_address", Indexed::Yes),
        UserOrder::Web3Wallet => ("u.sort_web3_wallet", Indexed::No),
        UserOrder::FirstName => ("u.sort_first_name", Indexed::Yes),
        UserOrder::LastName => ("u.sort_last_name", Indexed::Yes),
        UserOrder::PhoneNumber => ("u.sort_phone_number", Indexed::Yes),
        UserOrder::Username => ("u.sort_username", Indexed::Yes),
        UserOrder::LastActiveAt => ("u.last_active_at", Indexed::No),
        UserOrder::LastSignInAt => ("u.last_sign_in_at", Indexed::No),
    };
    Order::new(column, tie, order.direction, indexed)
}

/// The conditions of a list, without those about organizations.
fn filters(instance: InstanceKey, list: &ListUsers) -> Filters {
    let mut filters = Filters::new(instance);
    filters.users("u.id", &list.user_id);
    filters.signed_through(
        "u.\"user\"",
        "SELECT i.\"user\"
         FROM identifiers i
         WHERE i.instance = $1 AND i.kind = 'external_id' AND i.value",
        &list.external_id,
    );
    let wanted = UserConditions {
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
    wanted.add_to(&mut filters);
    if list.provider.is_some() {
        // Users have no accounts at other providers.
        filters.add("1 = 0".to_owned());
    }
    if let Some(since) = list.last_active_at_since {
        let since = filters.bind(since);
        filters.add(format!("u.last_active_at >= {since}"));
    }
    if let Some(banned) = list.banned {
        let banned = filters.bind(banned);
        filters.add(format!("u.banned = {banned}"));
    }
    filters.created(list.created_at_after, list.created_at_before);
    filters.between("u.last_active_at", list.last_active_at_after, list.last_active_at_before);
    filters.between("u.last_sign_in_at", list.last_sign_in_at_after, list.last_sign_in_at_before);
    filters
}

/// Conditions on users that lists of users and of memberships share.
pub(crate) struct UserConditions<'a> {
    pub(crate) email_address: &'a [String],
    pub(crate) phone_number: &'a [String],
    pub(crate) username: &'a [String],
    pub(crate) web3_wallet: &'a [String],
    pub(crate) query: Option<&'a String>,
    pub(crate) email_address_query: Option<&'a String>,
    pub(crate) phone_number_query: Option<&'a String>,
    pub(crate) username_query: Option<&'a String>,
    pub(crate) name_query: Option<&'a String>,
}

impl UserConditions<'_> {
    /// Adds the conditions about the users called `u`.
    pub(crate) fn add_to(&self, filters: &mut Filters) {
        let user = "u.\"user\"";
        filters.identifiers(user, IdentifierKind::EmailAddress, self.email_address);
        filters.identifiers(user, IdentifierKind::PhoneNumber, self.phone_number);
        filters.identifiers(user, IdentifierKind::Username, self.username);
        filters.identifiers(user, IdentifierKind::Web3Wallet, self.web3_wallet);
        let anything = [
            search::EMAIL_ADDRESS,
            search::PHONE_NUMBER,
            search::USERNAME,
            search::WEB3_WALLET,
            search::ID,
            search::NAME,
        ];
        filters.holds(&anything, self.query);
        filters.holds(&[search::EMAIL_ADDRESS], self.email_address_query);
        filters.holds(&[search::PHONE_NUMBER], self.phone_number_query);
        filters.holds(&[search::USERNAME], self.username_query);
        filters.holds(&[search::NAME], self.name_query);
    }
}
