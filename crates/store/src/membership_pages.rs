//! Pages of memberships: which rows they have, read in parts (`part`) where an index of users is followed.

mod part;

use std::collections::VecDeque;
use std::sync::Arc;

use guildhall_rules::{Membership, UserCard};
use guildhall_types::{DEFAULT_LIMIT, Direction};

use self::part::Part;
use crate::InstanceKey;
use crate::cursors::{Bound, Position, Reading};
use crate::db::Row;
use crate::error::Error;
use crate::filters::Filters;
use crate::kept::State;
use crate::kept_reads::KeptReads;
use crate::orders::Order;
use crate::reading::Snapshot;
use crate::sources::Source;
use crate::{cards, memberships};

/// From which offset on skipping rows counts as scanning.
pub(crate) const LARGE_OFFSET: u64 = 1000;
/// From how many users on who share a value, or miss it, they are not sorted.
pub(crate) const FEW_TO_SORT: i64 = 2000;
/// What [`read_found`] reads, in its order, before the value that is sorted by.
pub(crate) const COLUMNS: &str =
    "m.organization, m.membership, m.\"user\", m.role, m.id, m.updated_at,
                       m.public_metadata, m.private_metadata, u.id, u.initials, u.card";

/// A row of a page.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) membership: Membership,
    pub(crate) user: Arc<UserCard>,
    position: Position,
}

impl Found {
    /// Rows of a list in the order of the memberships themselves, with the cards of their users.
    ///
    /// # Errors
    /// As [`cards::of`].
    pub(crate) async fn with_cards(
        memberships: Vec<Membership>,
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        kept: (&KeptReads, State),
    ) -> Result<Vec<Self>, Error> {
        let users: Vec<i64> = memberships.iter().map(|membership| membership.user).collect();
        let cards = cards::of(snapshot, instance, &users, kept).await?;
        let found = memberships.into_iter().zip(cards).map(|(membership, user)| Self {
            position: Position::new(membership.key, None),
            membership,
            user,
        });
        Ok(found.collect())
    }
}

fn read_found(row: &Row<'_>) -> Result<Found, Error> {
    let membership = memberships::read(row)?;
    Ok(Found {
        user: Arc::new(cards::read(row, 8)?),
        position: Position::new(membership.key, row.optional_text(11)?),
        membership,
    })
}

impl Found {
    /// Its place in the order of memberships.
    pub(crate) fn key(&self) -> i64 {
        self.membership.key
    }

    /// Its place in the order of the page.
    pub(crate) fn position(&self) -> Position {
        self.position.clone()
    }

    /// Reads [`COLUMNS`] from a column on, in an order of memberships alone.
    pub(crate) fn read_at(row: &Row<'_>, first: usize) -> Result<Self, Error> {
        let membership = memberships::read_at(row, first)?;
        Ok(Self {
            user: Arc::new(cards::read(row, first + memberships::COLUMN_COUNT)?),
            position: Position::new(membership.key, None),
            membership,
        })
    }
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageOf {
    order: Order,
    limit: u32,
    offset: u64,
    from: Option<Position>,
    reading: Reading,
}

/// Which rows of an order are read: so many in this direction, behind the row `after` and so many
/// others.
pub(crate) struct Window {
    pub(crate) direction: Direction,
    pub(crate) after: Option<i64>,
    pub(crate) rows: i64,
    pub(crate) offset: u64,
}

/// A page as it was read, and where its neighbours are.
#[derive(Debug)]
pub(crate) struct PageRead<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

impl PageOf {
    pub(crate) fn new(order: Order, limit: Option<u32>, offset: Option<u64>) -> Self {
        Self {
            order,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            offset: offset.unwrap_or(0),
            from: None,
            reading: Reading::Forwards,
        }
    }

    /// The page beside the place that one of two parameters gives, if one is given.
    ///
    /// # Errors
    /// [`Error::NoSuchPosition`] where the place is unknown among what `scope` lets through.
    pub(crate) async fn beside(
        mut self,
        snapshot: &mut Snapshot,
        scope: &Filters,
        starting_after: Option<&String>,
        ending_before: Option<&String>,
    ) -> Result<Self, Error> {
        let (parameter, given, reading) = match (starting_after, ending_before) {
            (Some(given), _) => ("starting_after", given, Reading::Forwards),
            (None, Some(given)) => ("ending_before", given, Reading::Backwards),
            (None, None) => return Ok(self),
        };
        let scope = scope.clone();
        let position = Position::resolve(snapshot, parameter, given, scope, self.order).await?;
        self.from = Some(position);
        self.reading = reading;
        Ok(self)
    }

    /// How many bytes of text say where it begins.
    pub(crate) fn bytes(&self) -> usize {
        self.from.as_ref().map_or(0, Position::bytes)
    }

    /// Tells whether the page costs what it returns, were there no filters.
    pub(crate) fn is_cheap(&self) -> bool {
        self.order.is_indexed() && self.offset < LARGE_OFFSET
    }

    /// The order of the memberships, how many and how many before them, where the page is a short
    /// one from the beginning of their own order.
    pub(crate) fn as_plain(&self) -> Option<(Direction, u32, u64)> {
        let is_plain = !self.is_by_user() && self.from.is_none() && self.is_cheap();
        is_plain.then(|| (self.order.direction(), self.limit, self.offset))
    }

    /// Which of the memberships in their own order are read; `None` if another order is asked for.
    pub(crate) fn in_own_order(&self) -> Option<Window> {
        (!self.is_by_user()).then(|| Window {
            direction: self.order_of_reading().direction(),
            after: self.from.as_ref().map(Position::membership),
            rows: i64::from(self.limit) + 1,
            offset: self.offset,
        })
    }

    /// Tells whether the rows are sorted by a column of users.
    pub(crate) fn is_by_user(&self) -> bool {
        self.order.user_column().is_some()
    }

    /// How many rows there are up to the end of the page.
    pub(crate) fn rows_to_meet(&self) -> i64 {
        i64::from(self.limit) + i64::try_from(self.offset).unwrap_or(i64::MAX / 2)
    }

    /// Reads the page, and one row more to see whether another follows.
    pub(crate) async fn read(
        &self,
        snapshot: &mut Snapshot,
        filters: &Filters,
        source: Source,
    ) -> Result<PageRead<Found>, Error> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let order = self.order_of_reading();
        let (mut rows, mut offset) = (Vec::new(), self.offset);
        let mut bounds = self.bounds(source);
        while let Some(bound) = bounds.pop_front()
            && rows.len() <= limit
        {
            let mut part = Part { source, order, bound };
            if source == Source::Users {
                part.prepare(snapshot, filters.instance(), &mut bounds).await?;
            }
            let may_skip = offset > 0 && !bounds.is_empty();
            // In their own order more memberships are looked at than there are in the part.
            if may_skip && part.source == Source::MembershipsThenUsers {
                let found = part.count(snapshot, filters.clone(), offset.saturating_add(1)).await?;
                if found <= offset {
                    offset -= found;
                    continue;
                }
            }
            let missing = limit + 1 - rows.len();
            let read = part.read(snapshot, filters.clone(), missing, offset).await?;
            if !read.is_empty() {
                offset = 0;
            } else if may_skip {
                offset -= part.count(snapshot, filters.clone(), offset).await?;
            }
            rows.extend(read);
        }
        Ok(self.of_rows(rows, Found::position))
    }

    /// The page where nothing matches.
    pub(crate) fn empty(&self) -> PageRead<Found> {
        self.of_rows(Vec::new(), Found::position)
    }

    /// The page of rows in its order, of which there is one more where another page follows.
    pub(crate) fn of_rows<R>(
        &self,
        mut rows: Vec<R>,
        position: impl Fn(&R) -> Position,
    ) -> PageRead<R> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if self.reading == Reading::Backwards {
            rows.reverse();
        }
        let (has_next, has_previous) = match self.reading {
            Reading::Forwards => (more, self.from.is_some() || self.offset > 0),
            Reading::Backwards => (true, more),
        };
        let token = |row: Option<&R>, wanted| {
            row.filter(|_| wanted).map(|row| position(row).token(self.order))
        };
        PageRead {
            next: token(rows.last(), has_next),
            previous: token(rows.first(), has_previous),
            rows,
        }
    }

    fn order_of_reading(&self) -> Order {
        match self.reading {
            Reading::Forwards => self.order,
            Reading::Backwards => self.order.reversed(),
        }
    }

    /// The reads that make up the page. Those that walk an index of users begin at their place in
    /// it.
    fn bounds(&self, source: Source) -> VecDeque<Option<Bound>> {
        if source != Source::Users {
            return VecDeque::from([self.from.clone().map(Bound::After)]);
        }
        let direction = self.order_of_reading().direction();
        Bound::walk(self.from.as_ref(), direction).into_iter().map(Some).collect()
    }
}
