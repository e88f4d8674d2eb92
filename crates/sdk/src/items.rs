//! Walking a list to its end, page by page.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;
use guildhall_types::{
    ListInstanceOrganizationMemberships, ListOrganizationMemberships, ListOrganizations,
    ListUserOrganizationMemberships, ListUsers, Organization, OrganizationMembership, Page, User,
};

use crate::Error;

/// The `limit` of each request when the caller names none.
const PAGE_LIMIT: u32 = 100;

/// Every row of a list, fetched a page at a time as it is read.
///
/// The first page is asked for when the first row is; dropping the stream ends the requests. The
/// `limit` of the request is the size of a page, 100 when `None`, and `offset` where to begin. It
/// ends with the last row that the server counts, or with an empty page. An error is yielded once
/// and ends the stream.
///
/// **What changes meanwhile.** The pages are cut by offset, so a row that goes away before the
/// current place moves the next page by one, and one row that was there all along is missed. A row
/// that comes in before the current place makes the last row of a page return on the next one; it
/// is not yielded twice, unless more rows than a page holds come in between two requests. Sort
/// ascending by `created_at` to have new rows at the end. Where no row may be missed, walk the
/// list again and compare.
pub struct Items<T> {
    stream: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T> Items<T> {
    /// The next row; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|context| self.stream.as_mut().poll_next(context)).await
    }

    /// Reads all rows that are left.
    ///
    /// # Errors
    ///
    /// The first error of a page; the rows before it are lost.
    pub async fn collect_all(mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Items").finish_non_exhaustive()
    }
}

/// A request for a list that is cut into pages.
pub(crate) trait Paged {
    fn place(&mut self) -> (&mut Option<u32>, &mut Option<u64>);
}

/// A row that can be told from others.
pub(crate) trait Row {
    fn id(&self) -> &str;
}

/// Rows of one answer, and how many the whole list has where the answer says so.
pub(crate) struct Rows<T> {
    data: Vec<T>,
    total_count: Option<u64>,
}

macro_rules! paged {
    ($($request:ty),*) => {$(
        impl Paged for $request {
            fn place(&mut self) -> (&mut Option<u32>, &mut Option<u64>) {
                (&mut self.limit, &mut self.offset)
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

paged!(
    ListInstanceOrganizationMemberships,
    ListOrganizationMemberships,
    ListOrganizations,
    ListUserOrganizationMemberships,
    ListUsers
);
rows!(OrganizationMembership, Organization, User);

impl<T> From<Page<T>> for Rows<T> {
    fn from(page: Page<T>) -> Self {
        Self { data: page.data, total_count: Some(page.total_count) }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(data: Vec<T>) -> Self {
        Self { data, total_count: None }
    }
}

/// Walks the list that `request` asks for, where `fetch` gets one page.
pub(crate) fn items<L, T, A, F, P>(request: L, fetch: F) -> Items<T>
where
    L: Paged + Clone + Send + 'static,
    T: Row + Send + 'static,
    A: Into<Rows<T>> + 'static,
    F: Fn(L) -> P + Send + 'static,
    P: Future<Output = Result<A, Error>> + Send + 'static,
{
    let walk = Walk::new(request);
    let stream = stream::unfold((walk, fetch), async |(mut walk, fetch)| {
        loop {
            if let Some(row) = walk.fetched.next() {
                return Some((Ok(row), (walk, fetch)));
            }
            let request = walk.next_request()?;
            match fetch(request).await {
                Ok(answer) => walk.take(answer.into()),
                Err(error) => {
                    walk.ended = true;
                    return Some((Err(error), (walk, fetch)));
                }
            }
        }
    });
    Items { stream: Box::pin(stream) }
}

/// How far a walk has come.
struct Walk<L, T> {
    request: L,
    limit: u32,
    offset: u64,
    fetched: std::vec::IntoIter<T>,
    /// The ids of the last page, whose end may come again at the head of the next one.
    last_page: HashSet<String>,
    /// How many pages in a row held nothing but rows of the page before.
    repeated_pages: u32,
    ended: bool,
}

impl<L: Paged + Clone, T: Row> Walk<L, T> {
    fn new(mut request: L) -> Self {
        let (limit, offset) = request.place();
        Self {
            limit: limit.unwrap_or(PAGE_LIMIT),
            offset: offset.unwrap_or(0),
            request,
            fetched: Vec::new().into_iter(),
            last_page: HashSet::new(),
            repeated_pages: 0,
            ended: false,
        }
    }

    /// The request for the page at the current place; `None` at the end.
    fn next_request(&self) -> Option<L> {
        if self.ended {
            return None;
        }
        let mut request = self.request.clone();
        let (limit, offset) = request.place();
        *limit = Some(self.limit);
        *offset = Some(self.offset).filter(|offset| *offset > 0);
        Some(request)
    }

    /// Takes in a page.
    ///
    /// The place moves by the rows received, not by the limit: a server may cut pages shorter
    /// than asked, so a short page alone is no end.
    fn take(&mut self, rows: Rows<T>) {
        let ids: HashSet<_> = rows.data.iter().map(|row| row.id().to_owned()).collect();
        let received = rows.data.len() as u64;
        self.offset = self.offset.saturating_add(received);
        let new = rows.data.into_iter().filter(|row| !self.last_page.contains(row.id()));
        self.fetched = new.collect::<Vec<_>>().into_iter();
        self.repeated_pages = if self.fetched.len() == 0 { self.repeated_pages + 1 } else { 0 };
        self.last_page = ids;
        // A server that ignores the offset of a list without a count would go on for ever.
        self.ended = received == 0
            || rows.total_count.is_some_and(|total_count| self.offset >= total_count)
            || self.repeated_pages == 2;
    }
}
