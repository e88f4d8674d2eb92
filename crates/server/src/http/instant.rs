//! Instants given as text.

use jiff::civil::DateTime;

/// Where the Unix time counts from.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)` as Unix milliseconds, rounded down.
///
/// `None` if the text has another shape or names no instant of the years 1 to 9999. The shape is
/// checked here, because jiff takes more than RFC 3339; the offset is subtracted here, because
/// jiff's own instants end two days before the year 9999 does.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (local, offset) = split(text)?;
    let local: DateTime = local.parse().ok()?;
    if local.year() < 1 {
        return None;
    }
    let nanoseconds = local.duration_since(EPOCH).as_nanos();
    let milliseconds = i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()?;
    Some(milliseconds - offset_minutes(offset)? * 60_000)
}

/// Splits off the offset if the rest has the shape of a date and a time.
fn split(text: &str) -> Option<(&str, &str)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let (head, rest) = text.split_at_checked(SHAPE.len())?;
    if !has_shape(head, SHAPE) {
        return None;
    }
    let fraction = match rest.strip_prefix('.') {
        Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    if fraction == 1 || fraction > 10 {
        return None;
    }
    text.split_at_checked(SHAPE.len() + fraction)
}

fn offset_minutes(offset: &str) -> Option<i64> {
    if offset == "Z" {
        return Some(0);
    }
    let (sign, offset) = match offset.as_bytes().first()? {
        b'+' => (1, &offset[1..]),
        b'-' => (-1, &offset[1..]),
        _ => return None,
    };
    if !has_shape(offset, b"00:00") {
        return None;
    }
    let hours: i64 = offset[..2].parse().ok()?;
    let minutes: i64 = offset[3..].parse().ok()?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Tells whether `text` has a digit wherever `shape` has one, and is `shape` elsewhere.
fn has_shape(text: &str, shape: &[u8]) -> bool {
    let fits = |(byte, wanted): (u8, &u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        other => byte == *other,
    };
    text.len() == shape.len() && text.bytes().zip(shape).all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rfc_3339_is_read_as_milliseconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2022-10-20T10:00:27.645Z", 1_666_260_027_645),
            ("2022-10-20T12:00:27.645+02:00", 1_666_260_027_645),
            ("2022-10-20T04:30:27.645999999-05:30", 1_666_260_027_645),
            ("1969-12-31T23:59:59.9995Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "1666260027645",
            "2022-10-20",
            "2022-10-20T10Z",
            "2022-10-20 10:00:27Z",
            "2022-10-20t10:00:27Z",
            "2022-10-20T10:00:27z",
            "2022-10-20T10:00:27",
            "2022-10-20T10:00:27.Z",
            "2022-10-20T10:00:27.0123456789Z",
            "2022-10-20T10:00:27+0200",
            "2022-10-20T10:00:27+24:00",
            "2022-10-20T10:00:27Z[UTC]",
            "20221020T100027Z",
            "2022-02-30T10:00:27Z",
            "2022-10-20T25:00:27Z",
            "0000-10-20T10:00:27Z",
            "-002022-10-20T10:00:27Z",
            "2022-10-20T10:00:27é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_reader_of_instants_never_panics(text in "[0-9TZ:.+\u{e9} -]{0,40}") {
            let _ = parse(&text);
        }
    }
}
