//! Text for a terminal.

use guildhall_sdk::Metadata;

/// What stands where there is no value.
pub(crate) const NOTHING: &str = "-";

/// `text` without control characters, which could move the cursor or rewrite the screen.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

/// An instant of Unix milliseconds as people read it, in UTC; the number where there is no date.
pub(crate) fn instant(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| milliseconds.to_string(),
        |instant| instant.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    )
}

/// The value, or what stands for none.
pub(crate) fn optional(value: Option<&str>) -> String {
    value.unwrap_or(NOTHING).to_owned()
}

/// Values beside each other, or what stands for none.
pub(crate) fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.collect();
    if values.is_empty() { NOTHING.to_owned() } else { values.join(", ") }
}

/// The most there may be of something; 0 is no limit.
pub(crate) fn limit(most: i64) -> String {
    if most == 0 { "no limit".to_owned() } else { most.to_string() }
}

pub(crate) fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes".to_owned() } else { "no".to_owned() }
}

/// First and last name, as far as there are any.
pub(crate) fn full_name(first_name: Option<&str>, last_name: Option<&str>) -> String {
    let names: Vec<&str> = [first_name, last_name].into_iter().flatten().collect();
    if names.is_empty() { NOTHING.to_owned() } else { names.join(" ") }
}

/// Metadata on one line.
pub(crate) fn metadata(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("a map with text keys always has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}c\nd"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
    }

    #[test]
    fn an_instant_beyond_the_calendar_is_shown_as_the_number() {
        assert_eq!(instant(1_350_717_320_902), "2012-10-20 07:15:20Z");
        assert_eq!(instant(i64::MAX), i64::MAX.to_string());
    }
}
