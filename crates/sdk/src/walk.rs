//! How far a walk through a list has come, and what to ask for next.

use std::collections::HashSet;

use guildhall_types::{
    ListInstanceOrganizationMemberships, ListKeyed, ListOrganizationMemberships, ListOrganizations,
    ListSessions, ListUserOrganizationMemberships, ListUsers, Organization, OrganizationMembership,
    Page, Permission, Role, RoleSet, Session, User,
};

use crate::link::Links;
use crate::{CursorError, Error};

/// The `limit` of each request when the caller names none.
const PAGE_LIMIT: u32 = 100;

/// A request for a list that is cut into pages.
pub(crate) trait Paged {
    fn place(&mut self) -> Place<'_>;
}

/// The fields of a request that tell which page it is about; a list may lack the cursors.
pub(crate) struct Place<'a> {
    limit: &'a mut Option<u32>,
    offset: &'a mut Option<u64>,
    starting_after: Option<&'a mut Option<String>>,
    ending_before: Option<&'a mut Option<String>>,
}

/// A row that can be told from others.
pub(crate) trait Row {
    fn id(&self) -> &str;
}

/// Rows of one answer, and what it says about the rest of the list.
pub(crate) struct Rows<T> {
    data: Vec<T>,
    total_count: Option<u64>,
    links: Links,
}

/// How far a walk has come.
pub(crate) struct Walk<L, T> {
    /// The request for the page at the current place.
    request: L,
    fetched: std::vec::IntoIter<T>,
    /// The ids of the last page, whose end may come again at the head of the next one.
    last_page: HashSet<String>,
    /// How many pages in a row held nothing but rows of the page before.
    repeated_pages: u32,
    /// Every cursor asked with: a server that gives one again leads in a circle.
    cursors: HashSet<String>,
    state: State,
}

enum State {
    Going,
    /// The walk cannot go on, which is to be told after the rows already fetched.
    Failed(CursorError),
    Ended,
}

macro_rules! paged {
    ($($request:ty { $($cursor:ident),* })*) => {$(
        impl Paged for $request {
            fn place(&mut self) -> Place<'_> {
                Place {
                    $($cursor: Some(&mut self.$cursor),)*
                    ..Place::by_offset(&mut self.limit, &mut self.offset)
                }
            }
        }
    )*};
}

macro_rules! rows {
    ($($row:ty),*) => {$(
        impl Row for $row {
            fn id(&self) -> &str {
                self.id.as_str()
            }
        }
    )*};
}

paged! {
    ListKeyed {}
    ListSessions {}
    ListInstanceOrganizationMemberships { starting_after, ending_before }
    ListOrganizationMemberships { starting_after, ending_before }
    ListOrganizations {}
    ListUserOrganizationMemberships { starting_after, ending_before }
    ListUsers { starting_after }
}
rows!(OrganizationMembership, Organization, Permission, Role, RoleSet, Session, User);

impl<'a> Place<'a> {
    fn by_offset(limit: &'a mut Option<u32>, offset: &'a mut Option<u64>) -> Self {
        Self { limit, offset, starting_after: None, ending_before: None }
    }
}

impl<T> From<Page<T>> for Rows<T> {
    fn from(page: Page<T>) -> Self {
        Self::linked(page, Links::default())
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(data: Vec<T>) -> Self {
        Self { data, total_count: None, links: Links::default() }
    }
}

impl<T> Rows<T> {
    /// A page whose answer may link to its neighbours.
    pub(crate) fn linked(page: Page<T>, links: Links) -> Self {
        Self { data: page.data, total_count: Some(page.total_count), links }
    }
}

impl<T: Row> Rows<T> {
    /// A page of a list whose cursors are the ids of its rows.
    pub(crate) fn after_ids(data: Vec<T>) -> Self {
        let next = data.last().map(|row| row.id().to_owned());
        Self { data, total_count: None, links: Links { next, previous: None } }
    }
}

impl<L: Paged + Clone, T: Row> Walk<L, T> {
    pub(crate) fn new(mut request: L) -> Self {
        let place = request.place();
        place.limit.get_or_insert(PAGE_LIMIT);
        place.offset.take_if(|offset| *offset == 0);
        let state = match place.ending_before {
            Some(Some(_)) => State::Failed(CursorError::EndingBefore),
            _ => State::Going,
        };
        let given = place.starting_after.and_then(|cursor| cursor.clone());
        Self {
            request,
            fetched: Vec::new().into_iter(),
            last_page: HashSet::new(),
            repeated_pages: 0,
            cursors: given.into_iter().collect(),
            state,
        }
    }

    /// A row that is fetched already.
    pub(crate) fn next_row(&mut self) -> Option<T> {
        self.fetched.next()
    }

    /// The request for the page at the current place; `None` at the end, which an error is too.
    pub(crate) fn next_request(&mut self) -> Option<Result<L, Error>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Going => {
                self.state = State::Going;
                Some(Ok(self.request.clone()))
            }
            State::Failed(error) => Some(Err(error.into())),
            State::Ended => None,
        }
    }

    /// Takes in a page.
    pub(crate) fn take(&mut self, rows: Rows<T>) {
        let ids = rows.data.iter().map(|row| row.id().to_owned()).collect();
        let last_page = std::mem::replace(&mut self.last_page, ids);
        self.state = match rows.data.len() {
            0 => State::Ended,
            received => self.go_on(received as u64, rows.total_count, rows.links),
        };
        let new = rows.data.into_iter().filter(|row| !last_page.contains(row.id()));
        self.fetched = new.collect::<Vec<_>>().into_iter();
        self.stop_circling();
    }

    /// Asks for no further page.
    pub(crate) fn end(&mut self) {
        self.state = State::Ended;
    }

    /// Moves the request to the next page.
    fn go_on(&mut self, received: u64, total_count: Option<u64>, links: Links) -> State {
        let place = self.request.place();
        match (place.starting_after, links.next) {
            (Some(cursor), Some(next)) => {
                if !self.cursors.insert(next.clone()) {
                    return State::Failed(CursorError::Repeated);
                }
                *place.offset = None;
                *cursor = Some(next);
                State::Going
            }
            // Where a cursor was understood there is a page before this one.
            (Some(Some(_)), None) if links.previous.is_none() => {
                State::Failed(CursorError::Ignored)
            }
            (Some(Some(_)), None) => State::Ended,
            _ => {
                // The place moves by the rows received, not by the limit: a server may cut pages
                // shorter than asked, so a short page alone is no end.
                let offset = place.offset.unwrap_or(0).saturating_add(received);
                *place.offset = Some(offset);
                let is_last = total_count.is_some_and(|total_count| offset >= total_count);
                if is_last { State::Ended } else { State::Going }
            }
        }
    }

    /// Ends a walk that gets nothing new, as from a server that ignores the place asked for.
    fn stop_circling(&mut self) {
        self.repeated_pages = if self.fetched.len() == 0 { self.repeated_pages + 1 } else { 0 };
        if self.repeated_pages == 2 && matches!(self.state, State::Going) {
            let by_cursor = self.request.place().starting_after.is_some_and(|it| it.is_some());
            self.state =
                if by_cursor { State::Failed(CursorError::Repeated) } else { State::Ended };
        }
    }
}
