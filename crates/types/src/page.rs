//! Lists: pages, their order, and the small answers that go with them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many rows a page holds when `limit` is not given.
pub const DEFAULT_LIMIT: u32 = 10;
/// The largest `limit` of a page.
pub const MAX_LIMIT: u32 = 500;

/// One page of a list, and how many rows the whole list has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows of this page, in the order asked for.
    pub data: Vec<T>,
    /// How many rows match over all pages.
    pub total_count: u64,
}

/// Which end of an order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first, missing values last; `+` on the wire.
    Ascending,
    /// The exact reverse of ascending; `-` on the wire.
    Descending,
}

/// A field to sort a list by, and the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy<F> {
    /// The field whose value decides.
    pub field: F,
    /// Which end comes first.
    pub direction: Direction,
}

impl<F> OrderBy<F> {
    /// Sorts by `field`, smallest first.
    pub fn ascending(field: F) -> Self {
        Self { field, direction: Direction::Ascending }
    }

    /// Sorts by `field`, largest first.
    pub fn descending(field: F) -> Self {
        Self { field, direction: Direction::Descending }
    }
}

impl<F: fmt::Display> fmt::Display for OrderBy<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Ascending => '+',
            Direction::Descending => '-',
        };
        write!(formatter, "{sign}{}", self.field)
    }
}

impl<F: fmt::Display> Serialize for OrderBy<F> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Declares the fields a list can be sorted by, spelled as on the wire.
macro_rules! order_fields {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $variant:ident = $wire:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$field_doc])* $variant,)*
        }

        impl $name {
            /// Every field with its name on the wire.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $wire),)*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(match self {
                    $(Self::$variant => $wire,)*
                })
            }
        }
    };
}
pub(crate) use order_fields;

/// What a deletion answers where the deleted thing itself is not sent back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedObject {
    /// What kind of thing was deleted, for example `organization`.
    pub object: String,
    /// The id it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The slug it had, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The external id it had, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Always true.
    pub deleted: bool,
}

impl DeletedObject {
    /// Tells that the thing of that kind and id is gone.
    pub fn new(object: &str, id: String) -> Self {
        let (object, id) = (object.to_owned(), Some(id));
        Self { object, id, slug: None, external_id: None, deleted: true }
    }
}

/// What `GET /v1/users/count` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalCount {
    /// Always `total_count`.
    pub object: String,
    /// How many rows match.
    pub total_count: u64,
}
