//! One read of a page: from which table, behind which place.

use std::collections::VecDeque;

use guildhall_types::Direction;

use super::{COLUMNS, FEW_TO_SORT, Found, LARGE_OFFSET, read_found};
use crate::cursors::{Bound, Position};
use crate::error::Error;
use crate::filters::Filters;
use crate::orders::Order;
use crate::reading::Snapshot;
use crate::sources::Source;
use crate::{InstanceKey, memberships};

/// One read of a page.
pub(super) struct Part {
    pub(super) source: Source,
    pub(super) order: Order,
    pub(super) bound: Option<Bound>,
}

impl Part {
    /// Where many users share the value that comes next, or miss it, reads the memberships in
    /// their own order instead of sorting all of those users; what follows is put back.
    pub(super) async fn prepare(
        &mut self,
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        following: &mut VecDeque<Option<Bound>>,
    ) -> Result<(), Error> {
        let Some(bound) = &self.bound else { return Ok(()) };
        let group = if bound.is_of_one_value() {
            bound.clone()
        } else {
            match next_value(snapshot, instance, self.order, bound).await? {
                Some(value) => Bound::Ties(value),
                None => return Ok(()),
            }
        };
        if !is_many(snapshot, instance, self.order, &group).await? {
            return Ok(());
        }
        if let Bound::Ties(value) = &group {
            following.push_front(Some(Bound::ValuesAfter(Position::after_all(value.clone()))));
        }
        self.source = Source::MembershipsThenUsers;
        self.bound = Some(group);
        Ok(())
    }

    /// How many rows there are, if they are no more than `most`, which is the answer otherwise.
    pub(super) async fn count(
        &self,
        snapshot: &mut Snapshot,
        mut filters: Filters,
        most: u64,
    ) -> Result<u64, Error> {
        if let Some(bound) = &self.bound {
            bound.add_to(&mut filters, self.order);
        }
        let clauses = self.source.to_count().clauses(snapshot, &filters);
        let most = filters.bind(i64::try_from(most).unwrap_or(i64::MAX));
        let sql =
            format!("SELECT count(*) FROM (SELECT 1 {clauses}{filters} LIMIT {most}) skipped");
        filters.count(snapshot, sql).await
    }

    /// Reads the rows: they are chosen first, and only those of the page read whole.
    ///
    /// Cross joins keep SQLite from reading all users in the order of the page instead.
    pub(super) async fn read(
        &self,
        snapshot: &mut Snapshot,
        mut filters: Filters,
        limit: usize,
        offset: u64,
    ) -> Result<Vec<Found>, Error> {
        if let Some(bound) = &self.bound {
            bound.add_to(&mut filters, self.order);
        }
        if self.source == Source::Memberships && offset < LARGE_OFFSET {
            return self.read_at_once(snapshot, filters, limit, offset).await;
        }
        let of_one_value = self.bound.as_ref().is_some_and(Bound::is_of_one_value);
        let order = if of_one_value { self.order.by_tie() } else { self.order };
        let value = self.order.user_column().unwrap_or("NULL");
        let clauses = self.source.clauses(snapshot, &filters);
        let limit = filters.page(u32::try_from(limit).unwrap_or(u32::MAX), offset);
        let sql = format!(
            "SELECT {COLUMNS}, {value}
             FROM (SELECT m.organization, m.membership
                   {clauses}{filters}
                   {order}
                   {limit}) page
             CROSS JOIN memberships m
             CROSS JOIN users u
             WHERE m.instance = $1 AND m.organization = page.organization
                   AND m.membership = page.membership
                   AND u.instance = $1 AND u.\"user\" = m.\"user\"
             {order}"
        );
        snapshot.rows(sql, filters.into_parameters(), read_found).await
    }

    /// Reads memberships in their own order, each with its user looked up: those that are skipped
    /// are so few that it does not matter that they are read whole.
    async fn read_at_once(
        &self,
        snapshot: &mut Snapshot,
        mut filters: Filters,
        limit: usize,
        offset: u64,
    ) -> Result<Vec<Found>, Error> {
        let (order, instance) = (self.order, filters.instance());
        let limit = filters.page(u32::try_from(limit).unwrap_or(u32::MAX), offset);
        let columns = memberships::COLUMNS;
        let page = format!(
            "SELECT {columns}
             FROM memberships m
             WHERE m.instance = $1{filters}
             {order}
             {limit}"
        );
        let parameters = filters.into_parameters();
        if let Some((kept, state)) = snapshot.kept() {
            let rows = snapshot.rows(page, parameters, memberships::read).await?;
            return Found::with_cards(rows, snapshot, instance, (&kept, state)).await;
        }
        let sql = format!(
            "SELECT {COLUMNS}, NULL
             FROM ({page}) m
             CROSS JOIN users u
             WHERE u.instance = $1 AND u.\"user\" = m.\"user\""
        );
        let mut rows = snapshot.rows(sql, parameters, read_found).await?;
        // A join may have changed their order.
        rows.sort_by(|a, b| match order.direction() {
            Direction::Ascending => a.membership.key.cmp(&b.membership.key),
            Direction::Descending => b.membership.key.cmp(&a.membership.key),
        });
        Ok(rows)
    }
}

/// The value that comes first among those of a bound.
async fn next_value(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    order: Order,
    bound: &Bound,
) -> Result<Option<String>, Error> {
    let mut filters = Filters::new(instance);
    bound.add_to(&mut filters, order);
    let column = order.user_column().unwrap_or("NULL");
    let direction = order.direction_word();
    let sql = format!(
        "SELECT {column}
         FROM users u
         WHERE u.instance = $1{filters}
         ORDER BY {column} {direction}
         LIMIT 1"
    );
    let value = snapshot.row(sql, filters.into_parameters(), |row| row.optional_text(0)).await?;
    Ok(value.flatten())
}

/// Tells whether too many users to sort share one value, or miss it.
async fn is_many(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    order: Order,
    group: &Bound,
) -> Result<bool, Error> {
    let key = (instance, order.column(), group.value());
    let kept = snapshot.kept();
    if let Some((kept, state)) = &kept
        && let Some(is_many) = kept.shared_values.get(*state, &key)
    {
        return Ok(is_many);
    }
    let mut filters = Filters::new(instance);
    group.add_value_to(&mut filters, order);
    let limit = filters.bind(FEW_TO_SORT);
    let sql = format!(
        "SELECT count(*)
         FROM (SELECT 1 FROM users u WHERE u.instance = $1{filters} LIMIT {limit}) sharing"
    );
    let sharing = snapshot.row(sql, filters.into_parameters(), |row| row.integer(0)).await?;
    let is_many = sharing.is_some_and(|sharing| sharing >= FEW_TO_SORT);
    if let Some((kept, state)) = kept {
        kept.shared_values.keep(state, key, is_many, 1);
    }
    Ok(is_many)
}
