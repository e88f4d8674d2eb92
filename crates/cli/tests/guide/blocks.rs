//! Reads the fenced blocks of a page of Markdown.

/// A page: its path in the repository, and its text.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A fenced block; lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line of the opening fence.
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) lines: Vec<String>,
    /// What a comment right above the fence says of it.
    pub(crate) note: Option<Note>,
}

/// `<!-- not run: REASON -->` or `<!-- needs: PROGRAM -->`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    NotRun,
    Needs(String),
}

const FENCE: &str = "```";

impl Block {
    /// The text, preceded by as many empty lines as bring it to its place in the page.
    pub(crate) fn in_place(&self) -> String {
        "\n".repeat(self.line) + &self.lines.join("\n") + "\n"
    }
}

/// All blocks in their order, or what is wrong, with file and line.
pub(crate) fn blocks(page: &Page) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut note = None;
    for (index, text) in page.text.lines().enumerate() {
        let at = |fault: &str| format!("{}:{}: {fault}", page.name, index + 1);
        match open.take() {
            Some(block) if text == FENCE => blocks.push(block),
            Some(mut block) => {
                block.lines.push(text.to_owned());
                open = Some(block);
            }
            None if text.trim_start().starts_with(FENCE) => {
                let language = text.strip_prefix(FENCE).ok_or_else(|| at("an indented fence"))?;
                if language.is_empty() {
                    return Err(at("a block without a language"));
                }
                let (line, lines) = (index + 1, Vec::new());
                open =
                    Some(Block { line, language: language.to_owned(), lines, note: note.take() });
            }
            None if text.is_empty() => {}
            None => note = read_note(text).map_err(at)?,
        }
    }
    match open {
        Some(block) => Err(format!("{}:{}: a block without an end", page.name, block.line)),
        None => Ok(blocks),
    }
}

fn read_note(text: &str) -> Result<Option<Note>, &'static str> {
    let Some(comment) = text.strip_prefix("<!-- ").and_then(|text| text.strip_suffix(" -->"))
    else {
        return Ok(None);
    };
    match comment.split_once(':') {
        Some(("not run", reason)) if !reason.trim().is_empty() => Ok(Some(Note::NotRun)),
        Some(("needs", program)) if !program.trim().is_empty() => {
            Ok(Some(Note::Needs(program.trim().to_owned())))
        }
        _ => Err("a comment that is neither `not run: REASON` nor `needs: PROGRAM`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Block>, String> {
        blocks(&Page { name: "page.md".to_owned(), text: text.to_owned() })
    }

    fn block(line: usize, language: &str, text: &str, note: Option<Note>) -> Block {
        let lines = text.lines().map(str::to_owned).collect();
        Block { line, language: language.to_owned(), lines, note }
    }

    #[test]
    fn blocks_are_read_with_line_and_language() {
        let text = "# Title\n\n```sh\ntrue\n\nfalse\n```\nText.\n```text\n```\n";

        let blocks = read(text).unwrap();

        assert_eq!(blocks, [block(3, "sh", "true\n\nfalse", None), block(9, "text", "", None)]);
    }

    #[test]
    fn a_block_keeps_its_lines_in_the_page() {
        let blocks = read("One\n\n```sh\ntrue\n```\n").unwrap();

        assert_eq!(blocks[0].in_place().lines().nth(3), Some("true"));
    }

    #[test]
    fn a_comment_above_a_block_is_of_that_block_only() {
        let text = "<!-- not run: it is a sketch -->\n\n```sh\n```\n\n```sh\n```\n\
                    <!-- needs: sqlite3 -->\n```sh\n```\n<!-- needs: node -->\nText.\n```sh\n```\n";

        let blocks = read(text).unwrap();

        let notes: Vec<Option<Note>> = blocks.into_iter().map(|block| block.note).collect();
        let needs = Note::Needs("sqlite3".to_owned());
        assert_eq!(notes, [Some(Note::NotRun), None, Some(needs), None]);
    }

    #[test]
    fn what_could_slip_through_unrun_is_refused_with_its_line() {
        for (text, fault) in [
            ("Text.\n```\ntrue\n```\n", "page.md:2: a block without a language"),
            ("- Item\n  ```sh\n  true\n  ```\n", "page.md:2: an indented fence"),
            ("```sh\ntrue\n", "page.md:1: a block without an end"),
            (
                "<!-- not run: -->\n```sh\n```\n",
                "page.md:1: a comment that is neither `not run: REASON` nor `needs: PROGRAM`",
            ),
        ] {
            assert_eq!(read(text), Err(fault.to_owned()));
        }
    }
}
