//! Compares what commands printed on a terminal with what a page shows of it.

use crate::blocks::{Block, Page};

/// Begins the output of one command in what the terminal took.
pub(crate) const MARK: char = '\u{1e}';

/// A command of a `console` block, and what the page shows below it.
struct Shown<'a> {
    line: usize,
    output: Vec<&'a str>,
}

/// Whether a line of a `console` block is a command, or goes on with one.
pub(crate) fn commands(block: &Block) -> Vec<Option<&str>> {
    let mut goes_on = false;
    let mut lines = Vec::new();
    for line in &block.lines {
        let command = if goes_on { Some(line.as_str()) } else { line.strip_prefix("$ ") };
        goes_on = command.is_some_and(|command| command.ends_with('\\'));
        lines.push(command);
    }
    lines
}

/// The differences between the page and the terminal, one for each command.
pub(crate) fn differences(page: &Page, blocks: &[Block], terminal: &str) -> Vec<String> {
    let mut differences = Vec::new();
    for block in blocks {
        for Shown { line, output } in shown(block) {
            let printed = printed(terminal, line);
            if !same(&output, &printed) {
                let (output, printed) = (output.join("\n"), printed.join("\n"));
                let at = format!("{}:{line}", page.name);
                differences.push(format!("{at}: shown is\n{output}\nprinted was\n{printed}"));
            }
        }
    }
    differences
}

fn shown(block: &Block) -> Vec<Shown<'_>> {
    let mut all: Vec<Shown<'_>> = Vec::new();
    for (index, command) in commands(block).into_iter().enumerate() {
        let text = block.lines[index].as_str();
        match (command, all.last_mut()) {
            (Some(_), _) if text.starts_with("$ ") => {
                all.push(Shown { line: block.line + 1 + index, output: Vec::new() });
            }
            (None, Some(last)) => last.output.push(text),
            _ => {}
        }
    }
    all
}

fn printed(terminal: &str, line: usize) -> Vec<&str> {
    let of_line = |part: &&str| part.lines().next() == Some(line.to_string().as_str());
    let part = terminal.split(MARK).find(of_line);
    part.map(|part| part.lines().skip(1).collect()).unwrap_or_default()
}

fn same(shown: &[&str], printed: &[&str]) -> bool {
    let matches = |(shown, printed): (&&str, &&str)| matches(&plain(shown), &plain(printed));
    shown.len() == printed.len() && shown.iter().zip(printed).all(matches)
}

/// The line without what differs from run to run; widths of columns do not count.
fn plain(line: &str) -> String {
    line.split_whitespace().map(without_chance).collect::<Vec<_>>().join(" ")
}

/// Ids, keys, trace ids and instants, by their form.
fn without_chance(word: &str) -> String {
    let form: String = word.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    if ["0000-00-00", "00:00:00Z"].contains(&form.as_str()) {
        return form;
    }
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let mut plain = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.find(|it| !is_part(it)).unwrap_or(rest.len()));
        let (between, next) = after.split_at(after.find(is_part).unwrap_or(after.len()));
        plain += &kind(part);
        plain += between;
        rest = next;
    }
    plain
}

fn kind(part: &str) -> String {
    let (prefix, rest) = part.rsplit_once('_').unwrap_or(("", part));
    match rest.len() {
        27 if !prefix.is_empty() => format!("{prefix}_ID"),
        64 if prefix.starts_with("sk_") => format!("{prefix}_KEY"),
        32 if part.chars().all(|it| it.is_ascii_hexdigit()) => "TRACE".to_owned(),
        _ => part.to_owned(),
    }
}

/// Whether a line is as shown, where `…` stands for any text.
fn matches(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_widths_may_differ() {
        let shown = " user_3Mc2OFNlQeXOKJllDeTVrQuMxm5  Ada  2026-11-25 19:38:22Z";
        let printed = "user_3Mc1zzzzzzzzzzzzzzzzzzzzzzz    Ada 2027-01-02 00:00:01Z";

        assert!(same(&[shown], &[printed]));
    }

    #[test]
    fn anything_else_may_not_differ() {
        assert!(!same(&["role org:admin"], &["role org:member"]));
        assert!(!same(&["one"], &["one", "two"]));
        assert!(!same(&["user_3Mc2OFNlQeXOKJllDeTVrQuMxm5"], &["org_3Mc2OFNlQeXOKJllDeTVrQuMxm5"]));
    }

    #[test]
    fn an_ellipsis_stands_for_any_text() {
        assert!(matches("a…c…", "abcd"));
        assert!(matches("…", ""));
        assert!(!matches("a…c", "abcd"));
        assert!(!matches("a…b…", "acd"));
    }
}
