//! Orders of lists, as SQL.

use std::fmt;

use guildhall_types::Direction;

/// Whether an index gives the rows in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Indexed {
    Yes,
    No,
}

/// An order that is total: a column that may miss values, and a unique one for ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Order {
    column: &'static str,
    tie: &'static str,
    direction: Direction,
    indexed: Indexed,
}

impl Order {
    /// Sorts by `column`, then by `tie`, both in the same direction.
    pub(crate) fn new(
        column: &'static str,
        tie: &'static str,
        direction: Direction,
        indexed: Indexed,
    ) -> Self {
        Self { column, tie, direction, indexed }
    }

    /// Tells whether an index gives the rows in this order.
    pub(crate) fn is_indexed(&self) -> bool {
        self.indexed == Indexed::Yes
    }

    /// The column of users that the rows are sorted by, if it is one.
    pub(crate) fn user_column(&self) -> Option<&'static str> {
        self.column.starts_with("u.").then_some(self.column)
    }

    /// The column that the rows are sorted by.
    pub(crate) fn column(&self) -> &'static str {
        self.column
    }

    /// The column that decides between equal values.
    pub(crate) fn tie(&self) -> &'static str {
        self.tie
    }

    /// Which end comes first.
    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// The direction as SQL calls it.
    pub(crate) fn direction_word(&self) -> &'static str {
        match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        }
    }

    /// What compares something that comes later with something that comes sooner.
    pub(crate) fn later(&self) -> char {
        match self.direction {
            Direction::Ascending => '>',
            Direction::Descending => '<',
        }
    }

    /// The exact reverse.
    pub(crate) fn reversed(self) -> Self {
        let direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
        Self { direction, ..self }
    }

    /// The order among rows of equal value.
    pub(crate) fn by_tie(self) -> Self {
        Self { column: self.tie, ..self }
    }
}

/// Missing values come last when ascending and first when descending. Indexes give that order too.
impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, tie, .. } = self;
        let (direction, missing) = match self.direction {
            Direction::Ascending => ("ASC", "LAST"),
            Direction::Descending => ("DESC", "FIRST"),
        };
        formatter.write_str("ORDER BY ")?;
        if column != tie {
            write!(formatter, "{column} {direction} NULLS {missing}, ")?;
        }
        write!(formatter, "{tie} {direction}")
    }
}
