//! Lists of what has a key, such as roles: an instance has few, so that conditions and orders are made
//! in memory.

use guildhall_rules::text::fold;
use guildhall_types::{DEFAULT_LIMIT, Direction, KeyedOrder, ListKeyed, OrderBy, Page};

/// What a row is found and sorted by.
pub(crate) struct Keyed<'a> {
    pub(crate) row: i64,
    pub(crate) id: &'a str,
    pub(crate) key: &'a str,
    pub(crate) name: &'a str,
    pub(crate) created_at: i64,
}

/// The rows of a page, in a total order, and how many match.
pub(crate) fn page<T>(
    mut rows: Vec<T>,
    list: &ListKeyed,
    keyed: impl Fn(&T) -> Keyed<'_>,
) -> Page<T> {
    if let Some(query) = &list.query {
        let part = fold(query);
        rows.retain(|row| {
            let Keyed { id, key, name, .. } = keyed(row);
            id == query || fold(key).contains(&part) || fold(name).contains(&part)
        });
    }
    let order = list.order_by.unwrap_or(OrderBy::descending(KeyedOrder::CreatedAt));
    rows.sort_by_cached_key(|row| {
        let Keyed { row, key, name, created_at, .. } = keyed(row);
        match order.field {
            KeyedOrder::CreatedAt => (created_at, String::new(), row),
            KeyedOrder::Name => (0, fold(name), row),
            KeyedOrder::Key => (0, key.to_owned(), row),
        }
    });
    if order.direction == Direction::Descending {
        rows.reverse();
    }
    let total_count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let offset = usize::try_from(list.offset.unwrap_or(0)).unwrap_or(usize::MAX);
    let limit = usize::try_from(list.limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or(usize::MAX);
    Page { data: rows.into_iter().skip(offset).take(limit).collect(), total_count }
}
