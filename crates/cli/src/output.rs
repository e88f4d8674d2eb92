//! What a command prints: tables for people, JSON for programs.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use clap::Args;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use guildhall_sdk::{DeletedObject, TotalCount};
use serde::Serialize;

use crate::text::{optional, printable};

/// How wide a table is where the terminal does not say.
const DEFAULT_WIDTH: u16 = 80;
/// The longest word that is never broken, so that an id can be copied from any terminal.
const UNBROKEN_WIDTH: usize = 36;
/// A blank on both sides of a cell.
const PADDING: u16 = 2;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArguments {
    /// Print JSON even on a terminal; lists as one line for each row
    #[arg(long, global = true)]
    json: bool,
}

/// Where a command prints to.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    stdout: BufWriter<Stdout>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Table { width: u16 },
}

impl Output {
    /// Prints JSON where it is asked for or stdout is no terminal, else tables of its width.
    pub(crate) fn new(arguments: OutputArguments) -> Self {
        let stdout = io::stdout();
        let format = if arguments.json || !stdout.is_terminal() {
            Format::Json
        } else {
            Format::Table { width: terminal_width() }
        };
        Self { format, stdout: BufWriter::new(stdout) }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints `value`, as the table that `table` makes of it or as one line of JSON.
    pub(crate) fn show<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        table: impl FnOnce(&T) -> Table,
    ) -> io::Result<()> {
        match self.format {
            Format::Json => self.write_line(value)?,
            Format::Table { width } => {
                writeln!(self.stdout, "{}", render(table(value), width))?;
            }
        }
        self.stdout.flush()
    }

    /// Prints a list, as the table that `table` makes of it or as one line of JSON for each row.
    pub(crate) fn show_list<T: Serialize>(
        &mut self,
        list: &[T],
        table: impl FnOnce(&[T]) -> Table,
    ) -> io::Result<()> {
        match self.format {
            Format::Json => list.iter().try_for_each(|row| self.write_line(row))?,
            Format::Table { width } => {
                writeln!(self.stdout, "{}", render(table(list), width))?;
            }
        }
        self.stdout.flush()
    }

    /// Prints how many there are: the number for a person, for a program what the server calls it.
    pub(crate) fn show_count(&mut self, total_count: u64) -> io::Result<()> {
        match self.format {
            Format::Json => {
                let object = "total_count".to_owned();
                self.write_line(&TotalCount { object, total_count })?;
            }
            Format::Table { .. } => writeln!(self.stdout, "{total_count}")?,
        }
        self.stdout.flush()
    }

    /// Writes one line of JSON, which may be held back until [`flush`](Self::flush).
    pub(crate) fn write_line<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        // As an error of its own kind, serde_json would hide that the pipe is closed.
        serde_json::to_writer(&mut self.stdout, value).map_err(io::Error::from)?;
        writeln!(self.stdout)
    }

    /// Writes a line of text for programs, which may be held back until [`flush`](Self::flush).
    pub(crate) fn write_text(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Prints `text` for a person, beside the data.
    pub(crate) fn note(text: &str) {
        // Nobody is left to tell where stderr is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// A table with these headings and rows.
pub(crate) fn rows<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    let mut table = Table::new();
    table.set_header(headings);
    let mut longest_words = headings.map(str::len);
    for row in rows {
        let row = row.map(|cell| printable(&cell));
        for (longest, cell) in longest_words.iter_mut().zip(&row) {
            let words = cell.split(' ').map(|word| word.chars().count());
            *longest = words.fold(*longest, usize::max).min(UNBROKEN_WIDTH);
        }
        table.add_row(row);
    }
    table.set_constraints(longest_words.map(|longest| {
        let width = u16::try_from(longest).expect("it is at most UNBROKEN_WIDTH");
        ColumnConstraint::LowerBoundary(Width::Fixed(width + PADDING))
    }));
    table
}

/// A table of one thing: its fields below each other.
pub(crate) fn fields<const N: usize>(fields: [(&str, String); N]) -> Table {
    let mut table = Table::new();
    table.add_rows(fields.map(|(name, value)| [name.to_owned(), printable(&value)]));
    table
}

/// A table of what a deletion answers.
pub(crate) fn deleted(answer: &DeletedObject) -> Table {
    fields([("deleted", optional(answer.id.as_deref())), ("kind", answer.object.clone())])
}

/// The text of a table that is `width` columns wide.
pub(crate) fn render(mut table: Table, width: u16) -> String {
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width).trim_fmt()
}

fn terminal_width() -> u16 {
    // As other tools do, a width that the user sets counts before what the terminal says.
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| width.0);
    columns.filter(|width| *width > 0).or_else(terminal).unwrap_or(DEFAULT_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_the_width_it_is_given() {
        let table = rows(
            ["ID", "NAME"],
            [["user_1", "Ada"], ["user_2", "a name much too long for so small a table"]]
                .map(|row| row.map(str::to_owned)),
        );

        let text = render(table, 32);

        assert!(text.lines().all(|line| line.chars().count() <= 32), "{text}");
        assert!(text.contains("user_1"), "{text}");
    }

    #[test]
    fn an_id_is_not_broken_on_a_narrow_terminal() {
        let id = "orgmem_3MbtucIofr9L8FhEPxzAELwrB9U";
        let name = "a name with many words that can go below each other";

        let text = render(rows(["ID", "NAME"], [[id, name].map(str::to_owned)]), 50);

        assert!(text.contains(id), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
    }

    #[test]
    fn a_cell_cannot_control_the_terminal() {
        let text = render(fields([("name", "\u{1b}[2Jada".to_owned())]), 40);

        assert!(text.contains("\u{fffd}[2Jada"), "{text}");
    }
}
