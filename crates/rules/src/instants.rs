//! Instants given as text.

use jiff::Timestamp;

/// Reads RFC 3339 as Unix milliseconds; `None` when it is something else.
///
/// Only the wire's form counts: `2022-10-20T10:00:27.645Z` or with an offset such as `+02:00`.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    if !has_shape(text.as_bytes()) {
        return None;
    }
    // The parser rounds nothing: what is finer than a millisecond is cut off here.
    Some(text.parse::<Timestamp>().ok()?.as_millisecond())
}

/// Tells whether the text looks like RFC 3339; the parser behind takes much more.
fn has_shape(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let pattern = b"0000-00-00T00:00:00";
    let matches = date_time.iter().zip(pattern).all(|(byte, expected)| match expected {
        b'0' => byte.is_ascii_digit(),
        b'T' => byte.eq_ignore_ascii_case(&b'T'),
        _ => byte == expected,
    });
    let fraction = match rest.first() {
        Some(b'.') => 1 + rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let offset = &rest[fraction..];
    let zulu = matches!(offset, [b'Z' | b'z']);
    let numeric = matches!(offset, [b'+' | b'-', hour @ .., b':', _, _] if hour.len() == 2);
    matches && fraction != 1 && fraction <= 10 && (zulu || numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_kept_to_the_millisecond() {
        assert_eq!(parse_rfc3339("2012-10-20T07:15:20.902Z"), Some(1_350_717_320_902));
        assert_eq!(parse_rfc3339("2012-10-20T09:15:20.902+02:00"), Some(1_350_717_320_902));
    }

    #[test]
    fn what_is_no_rfc_3339_is_refused() {
        let texts = [
            "2012-10-20",
            "yesterday",
            "",
            "2012-10-20 07:15:20Z",
            "2012-10-20T07Z",
            "20121020T071520Z",
            "2012-10-20T07:15:20",
            "2012-10-20T07:15:20.Z",
            "2012-10-20T07:15:20Z[UTC]",
            "2012-13-40T07:15:20Z",
            "2012-10-20T07:15:20+0200",
            "2012-10-20T07:15:20.902345678901Z",
        ];
        for text in texts {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
