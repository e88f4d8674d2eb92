//! Lists that a server cuts into pages: how much is asked for, and how it is printed.

use anyhow::Result;
use clap::Args;
use comfy_table::Table;
use guildhall_sdk::{DEFAULT_LIMIT, Direction, Error, Items, OrderBy, Page};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::output::Output;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PagingArguments {
    /// How many to list, 1 to 500; 10 when not given. With --all, how many to fetch at a time
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// How many to skip
    #[arg(long, value_name = "N")]
    pub(crate) offset: Option<u64>,
    /// List all, page by page
    #[arg(long, conflicts_with = "offset")]
    pub(crate) all: bool,
}

impl PagingArguments {
    /// Tells which part of the list was printed, where it is not known to be the whole.
    ///
    /// `total_count` is how many rows there are in all; `None` where the server does not say.
    pub(crate) fn tell_place(&self, rows: usize, total_count: Option<u64>) {
        let (rows, offset) = (rows as u64, self.offset.unwrap_or(0));
        let next = offset + rows;
        let go_on = format!("`--offset {next}` goes on, `--all` lists all");
        match total_count {
            Some(total) if rows < total => {
                let go_on = if next < total { &*go_on } else { "`--all` lists all" };
                Output::note(&format!("{rows} of {total}, after the first {offset}; {go_on}"));
            }
            None if rows == u64::from(self.limit.unwrap_or(DEFAULT_LIMIT)) => {
                Output::note(&format!("{rows}, after the first {offset}; {go_on}"));
            }
            _ => {}
        }
    }
}

/// Reads a field to sort by, with `-` in front for the reverse.
pub(crate) fn order_by<F: Copy>(text: &str, fields: &[(F, &str)]) -> Result<OrderBy<F>, String> {
    let (direction, name) = match text.strip_prefix('-') {
        Some(name) => (Direction::Descending, name),
        None => (Direction::Ascending, text.strip_prefix('+').unwrap_or(text)),
    };
    let field = fields.iter().find(|(_, wire)| *wire == name).map(|(field, _)| *field);
    field.map(|field| OrderBy { field, direction }).ok_or_else(|| {
        let names: Vec<_> = fields.iter().map(|(_, name)| *name).collect();
        format!("the fields are {}", names.join(", "))
    })
}

/// Shows what a list is asked for: the number, every row, or one page, which `page` reads by its
/// limit.
pub(crate) async fn show<T: Serialize>(
    paging: PagingArguments,
    count: bool,
    output: &mut Output,
    page: impl AsyncFn(Option<u32>) -> Result<Page<T>, Error>,
    all: impl FnOnce() -> Items<T>,
    table: fn(&[T]) -> Table,
) -> Result<ExitStatus> {
    if count {
        output.show_count(page(Some(1)).await?.total_count)?;
    } else if paging.all {
        show_all(all(), output, table).await?;
    } else {
        let page = page(paging.limit).await?;
        output.show_list(&page.data, table)?;
        paging.tell_place(page.data.len(), Some(page.total_count));
    }
    Ok(ExitStatus::Done)
}

/// Prints all rows; as JSON while the pages come in, so that no list is too long for the memory.
pub(crate) async fn show_all<T: Serialize>(
    mut items: Items<T>,
    output: &mut Output,
    table: impl FnOnce(&[T]) -> Table,
) -> Result<()> {
    if !output.is_json() {
        let rows = items.collect_all().await?;
        return Ok(output.show_list(&rows, table)?);
    }
    loop {
        let next = tokio::select! {
            biased;
            next = items.next() => next,
            () = std::future::ready(()) => {
                // The next page is on its way: who reads along gets what is here.
                output.flush()?;
                items.next().await
            }
        };
        match next {
            Some(row) => output.write_line(&row?)?,
            None => return Ok(output.flush()?),
        }
    }
}
