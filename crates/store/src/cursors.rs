//! Places in a list of memberships, to go on from whatever happens to the row there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_types::{Direction, OrganizationMembershipId};

use crate::db::{Row, Value};
use crate::error::Error;
use crate::filters::Filters;
use crate::orders::Order;
use crate::reading::Snapshot;

/// A place in an order of memberships.
///
/// It holds the value sorted by, so that it stays where it is when the row there changes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    membership: i64,
    value: Option<String>,
}

/// Which side of a position is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// What comes after it, in the order of the list.
    Forwards,
    /// What comes before it, nearest first.
    Backwards,
}

impl Position {
    /// The position of a row with this key, where `value` is what is sorted by.
    pub(crate) fn new(membership: i64, value: Option<String>) -> Self {
        Self { membership, value }
    }

    /// The position after every row that has this value, whichever way the order goes.
    pub(crate) fn after_all(value: String) -> Self {
        Self { membership: 0, value: Some(value) }
    }

    /// The row there.
    pub(crate) fn membership(&self) -> i64 {
        self.membership
    }

    /// How many bytes of text it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.value.as_ref().map_or(0, String::len)
    }

    /// The position as text that is safe in a URL.
    pub(crate) fn token(&self, order: Order) -> String {
        let parts = (self.membership, &self.value, order.user_column());
        URL_SAFE_NO_PAD
            .encode(serde_json::to_vec(&parts).expect("numbers and texts have a JSON form"))
    }

    /// The position of a token that was made for the same order.
    fn parse(token: &str, order: Order) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (membership, value, column): (i64, Option<String>, Option<String>) =
            serde_json::from_slice(&json).ok()?;
        // NUL is no text for a database, and no value sorted by holds it.
        let sound = value.as_ref().is_none_or(|value| !value.contains('\0'))
            && column.as_deref() == order.user_column();
        sound.then_some(Self { membership, value })
    }

    /// The position that a parameter gives: a token, or the id of a membership that the filters
    /// let through.
    ///
    /// # Errors
    /// [`Error::NoSuchPosition`] where it is neither.
    pub(crate) async fn resolve(
        snapshot: &mut Snapshot,
        parameter: &'static str,
        given: &str,
        mut scope: Filters,
        order: Order,
    ) -> Result<Self, Error> {
        let unknown = || Error::NoSuchPosition { parameter };
        if !given.starts_with(OrganizationMembershipId::PREFIX) {
            return Self::parse(given, order).ok_or_else(unknown);
        }
        let id = scope.bind(given.to_owned());
        let value = order.user_column().unwrap_or("NULL");
        // The limit keeps the planner from looking through all that the filters let through.
        let sql = format!(
            "SELECT m.membership, {value}
             FROM (SELECT m.instance, m.organization, m.membership, m.\"user\"
                   FROM memberships m
                   WHERE m.instance = $1 AND m.id = {id}
                   LIMIT 1) m
             JOIN users u ON u.instance = m.instance AND u.\"user\" = m.\"user\"
             WHERE m.instance = $1{scope}"
        );
        let read = |row: &Row<'_>| Ok(Self::new(row.integer(0)?, row.optional_text(1)?));
        snapshot.row(sql, scope.into_parameters(), read).await?.ok_or_else(unknown)
    }
}

/// Which rows of an order a read is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// All that come after a position.
    After(Position),
    /// Those that have this value.
    Ties(String),
    /// Those that share the value of a position and come after it.
    TiesAfter(Position),
    /// Those whose value comes after that of a position.
    ValuesAfter(Position),
    /// Those that have a value.
    Values,
    /// Those that have none.
    Missing,
    /// Those that have none and come after a position.
    MissingAfter(Position),
}

impl Bound {
    /// The reads that follow one another in an order by a column of users, where each can begin at
    /// its place in an index.
    pub(crate) fn walk(from: Option<&Position>, direction: Direction) -> Vec<Self> {
        let Some(from) = from.cloned() else {
            return match direction {
                Direction::Ascending => vec![Self::Values, Self::Missing],
                Direction::Descending => vec![Self::Missing, Self::Values],
            };
        };
        match (direction, &from.value) {
            (Direction::Ascending, Some(_)) => {
                vec![Self::TiesAfter(from.clone()), Self::ValuesAfter(from), Self::Missing]
            }
            (Direction::Ascending, None) => vec![Self::MissingAfter(from)],
            (Direction::Descending, Some(_)) => {
                vec![Self::TiesAfter(from.clone()), Self::ValuesAfter(from)]
            }
            (Direction::Descending, None) => vec![Self::MissingAfter(from), Self::Values],
        }
    }

    /// Tells whether all rows have the same value, or none.
    pub(crate) fn is_of_one_value(&self) -> bool {
        !matches!(self, Self::After(_) | Self::ValuesAfter(_) | Self::Values)
    }

    /// The one value that rows have, if they have one.
    pub(crate) fn value(&self) -> Option<String> {
        match self {
            Self::Ties(value) => Some(value.clone()),
            Self::TiesAfter(position) => position.value.clone(),
            _ => None,
        }
    }

    /// Adds that users have the one value of the rows, or none, wherever they begin.
    pub(crate) fn add_value_to(&self, filters: &mut Filters, order: Order) {
        let column = order.user_column().unwrap_or("NULL");
        match self.value() {
            Some(value) => {
                let value = filters.bind(value);
                filters.add(format!("{column} = {value}"));
            }
            None => filters.add(format!("{column} IS NULL")),
        }
    }

    /// Adds what the rows must be.
    pub(crate) fn add_to(&self, filters: &mut Filters, order: Order) {
        let (tie, later) = (order.tie(), order.later());
        let Some(column) = order.user_column() else {
            if let Self::After(position) = self {
                let membership = filters.bind(position.membership);
                filters.add(format!("{tie} {later} {membership}"));
            }
            return;
        };
        let condition = match self {
            Self::Values => format!("{column} IS NOT NULL"),
            Self::Missing => format!("{column} IS NULL"),
            Self::Ties(value) => {
                let value = filters.bind(value.clone());
                format!("{column} = {value}")
            }
            Self::MissingAfter(position) => {
                let membership = filters.bind(position.membership);
                format!("{column} IS NULL AND {tie} {later} {membership}")
            }
            Self::ValuesAfter(position) => {
                let value = filters.bind(Value::from(position.value.clone()));
                format!("{column} {later} {value}")
            }
            Self::TiesAfter(position) => {
                let value = filters.bind(Value::from(position.value.clone()));
                let membership = filters.bind(position.membership);
                format!("{column} = {value} AND {tie} {later} {membership}")
            }
            Self::After(position) => after(filters, order, column, position),
        };
        filters.add(format!("({condition})"));
    }
}

/// All that come after a position in an order whose missing values come last when ascending and
/// first when descending.
fn after(filters: &mut Filters, order: Order, column: &str, position: &Position) -> String {
    let (tie, later) = (order.tie(), order.later());
    let membership = filters.bind(position.membership);
    let missing_after = format!("({column} IS NULL AND {tie} {later} {membership})");
    let Some(value) = &position.value else {
        return match order.direction() {
            Direction::Ascending => missing_after,
            Direction::Descending => format!("{missing_after} OR {column} IS NOT NULL"),
        };
    };
    let value = filters.bind(value.clone());
    let values =
        format!("{column} {later} {value} OR ({column} = {value} AND {tie} {later} {membership})");
    match order.direction() {
        Direction::Ascending => format!("{values} OR {column} IS NULL"),
        Direction::Descending => values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::Indexed;

    fn by(column: &'static str) -> Order {
        Order::new(column, "m.membership", Direction::Ascending, Indexed::No)
    }

    #[test]
    fn a_token_of_another_order_is_none() {
        let token = Position::new(1, None).token(by("u.sort_username"));

        assert_eq!(Position::parse(&token, by("u.sort_last_name")), None);
        assert_eq!(Position::parse(&token, by("m.membership")), None);
    }

    #[test]
    fn a_position_comes_back_from_its_token() {
        for value in [None, Some("ünï\u{1f600} code".to_owned()), Some(String::new())] {
            let position = Position::new(i64::MAX, value);

            let order = by("u.sort_username");

            assert_eq!(Position::parse(&position.token(order), order), Some(position));
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        let nul = URL_SAFE_NO_PAD.encode("[1,\"\\u0000\",null]");
        for token in ["", "x", "W10", "bnVsbA", "eyJhIjoxfQ", "ü", &nul] {
            assert_eq!(Position::parse(token, by("m.membership")), None, "{token}");
        }
    }
}
