//! A body on a terminal.

use serde::de::IgnoredAny;

use crate::text::printable;

/// The body for a person: JSON indented, else text; nothing in it controls the terminal.
pub(super) fn readable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if serde_json::from_str::<IgnoredAny>(&text).is_ok() {
        return lines(&indented(&text));
    }
    lines(&text)
}

/// The same lines, without control characters.
fn lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}

/// Spreads JSON over lines; keys keep their order and numbers their digits.
fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut characters = json.chars().peekable();
    while let Some(it) = characters.next() {
        if in_string {
            text.push(it);
            in_string = is_escaped || it != '"';
            is_escaped = !is_escaped && it == '\\';
            continue;
        }
        match it {
            '{' | '[' => {
                text.push(it);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth += 1;
                    break_line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut text, depth);
                text.push(it);
            }
            ',' => {
                text.push(it);
                break_line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            it if it.is_ascii_whitespace() => {}
            it => {
                text.push(it);
                in_string = it == '"';
            }
        }
    }
    text
}

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_else_unchanged() {
        let json = br#"{"b":[1.50,{}, [ ]],"a":"x,{\"\\","n":{"deep":null}}"#;

        insta::assert_snapshot!(readable(json), @r#"
        {
          "b": [
            1.50,
            {},
            []
          ],
          "a": "x,{\"\\",
          "n": {
            "deep": null
          }
        }
        "#);
    }

    #[test]
    fn a_body_cannot_control_the_terminal() {
        assert_eq!(readable(b"a\x1b[2J\nb"), "a\u{fffd}[2J\nb\n");
    }
}
