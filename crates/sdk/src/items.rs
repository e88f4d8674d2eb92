//! Walking a list to its end, page by page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;

use crate::Error;
use crate::walk::{Paged, Row, Rows, Walk};

/// Every row of a list, fetched a page at a time as it is read.
///
/// The first page is asked for when the first row is; dropping the stream ends the requests. The
/// `limit` of the request is the size of a page, 100 when `None`. An error is yielded once and
/// ends the stream.
///
/// Where to begin is told by the `offset` of the request or, for memberships on a server with
/// cursors and for users, by its `starting_after`. `ending_before` names no place to begin at: a
/// stream refuses it with [`CursorError::EndingBefore`](crate::CursorError) and sends nothing.
///
/// There are two ways to walk, and the server's answers choose.
///
/// **By cursor.** Guildhall links each page of memberships to the next one, and the stream asks
/// for what comes after its last row. It ends with the page that has no next one. Rows that come
/// and go during the walk move no others: in the order of `created_at`, every row that is there
/// all along is yielded exactly once. In other orders that holds as long as the value sorted by
/// stays; a row whose value changes may move from what was read to what is still to be read and
/// come twice, or the other way and be missed. Rows that come in before the current place are not
/// yielded. A server that leads in a circle, or ignores cursors of its own or the caller's, ends
/// the stream with a [`CursorError`](crate::CursorError). Links are read for their cursor only:
/// requests go to the client's base URL, wherever a link points. Users are walked so only if the
/// request has a `starting_after`, by their ids: the server refuses to go on from a user who has
/// gone.
///
/// **By offset.** Every other list, and memberships on a server without cursors as api.clerk.com.
/// It ends with the last row that the server counts, or with an empty page. A row that goes away
/// before the current place moves the next page by one, and one row that was there all along is
/// missed. A row that comes in before the current place makes the last row of a page return on
/// the next one; it is not yielded twice, unless more rows than a page holds come in between two
/// requests. Sort ascending by `created_at` to have new rows at the end. Where no row may be
/// missed, walk the list again and compare.
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
            if let Some(row) = walk.next_row() {
                return Some((Ok(row), (walk, fetch)));
            }
            let answer = match walk.next_request()? {
                Ok(request) => fetch(request).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => walk.take(answer.into()),
                Err(error) => {
                    walk.end();
                    return Some((Err(error), (walk, fetch)));
                }
            }
        }
    });
    Items { stream: Box::pin(stream) }
}
