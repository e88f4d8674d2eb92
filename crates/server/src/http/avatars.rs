//! Default avatars: initials on a colour made from the id.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use guildhall_types::Code;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::Error;
use super::path::PathIds;

/// The most characters an avatar shows.
const MOST_INITIALS: usize = 2;
/// Where they are below the address of the server.
pub(crate) const FOLDER: &str = "/avatars/";
/// The longest id; those of the server are half as long.
const LONGEST_ID: usize = 64;

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_TYPE, "image/svg+xml"),
    (CACHE_CONTROL, "public, max-age=86400"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
];

/// The route of the avatars; it needs no key.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/avatars/{file}", get(avatar))
}

/// Writes the last part of an avatar's path: `<id>-<initials>.svg`, or `<id>.svg` without initials.
///
/// Of `initials` the first two letters or digits are taken, percent-encoded, so that ASCII is written.
pub(crate) fn push_file_name(name: &mut Vec<u8>, id: &str, initials: &str) {
    name.extend_from_slice(id.as_bytes());
    let initials = initials.chars().filter(|character| character.is_alphanumeric());
    for (number, initial) in initials.take(MOST_INITIALS).enumerate() {
        if number == 0 {
            name.push(b'-');
        }
        let mut bytes = [0; 4];
        let encoded = utf8_percent_encode(initial.encode_utf8(&mut bytes), NON_ALPHANUMERIC);
        encoded.for_each(|part| name.extend_from_slice(part.as_bytes()));
    }
    name.extend_from_slice(b".svg");
}

/// As [`push_file_name`] writes it.
#[cfg(test)]
pub(super) fn file_name(id: &str, initials: &str) -> String {
    let mut name = Vec::new();
    push_file_name(&mut name, id, initials);
    String::from_utf8(name).expect("ASCII")
}

async fn avatar(PathIds([file]): PathIds<1>) -> Result<Response, Error> {
    let (id, initials) = read_name(&file).ok_or_else(|| Code::RouteNotFound.fault())?;
    Ok((HEADERS, draw(id, initials)).into_response())
}

/// Splits a decoded file name into id and initials; `None` if no avatar has that name.
fn read_name(file: &str) -> Option<(&str, &str)> {
    let stem = file.strip_suffix(".svg")?;
    let (id, initials) = match stem.split_once('-') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (stem, ""),
    };
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_drawn = initials.chars().count() <= MOST_INITIALS
        && initials.chars().all(|character| !is_outside_of_xml(character));
    (is_id && is_drawn).then_some((id, initials))
}

/// Control characters and the two that no XML document may hold, not even escaped.
fn is_outside_of_xml(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

fn draw(id: &str, initials: &str) -> String {
    let hue = hue(id);
    let initials = escaped(initials);
    // The lightness keeps white text readable on every hue.
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"128\" height=\"128\" viewBox=\"0 0 128 128\">\
         <rect width=\"128\" height=\"128\" fill=\"hsl({hue},50%,32%)\"/>\
         <text x=\"64\" y=\"64\" dy=\".35em\" text-anchor=\"middle\" font-family=\"sans-serif\" \
         font-size=\"56\" fill=\"#fff\">{initials}</text></svg>"
    )
}

/// A hue in degrees, the same for the same id: its FNV-1a hash.
fn hue(id: &str) -> u32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    id.bytes().fold(0x811c_9dc5, hash) % 360
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_name_holds_two_letters_of_the_initials() {
        assert_eq!(file_name("user_1", "AB"), "user_1-AB.svg");
        assert_eq!(file_name("user_1", "<É/ÑX"), "user_1-%C3%89%C3%91.svg");
        assert_eq!(file_name("user_1", " "), "user_1.svg");
    }

    #[test]
    fn names_of_no_avatar_are_not_read() {
        for file in [
            "",
            ".svg",
            "user_1",
            "user_1.png",
            "user_1-.svg",
            "user_1-ABC.svg",
            "-A.svg",
            "us er.svg",
            "user_1-\u{1}.svg",
        ] {
            assert_eq!(read_name(file), None, "{file}");
        }
        assert_eq!(read_name(&format!("{}.svg", "a".repeat(65))), None);
    }

    #[test]
    fn initials_are_escaped() {
        let drawing = draw("user_1", "<&");

        assert!(drawing.contains(">&lt;&amp;</text>"), "{drawing}");
    }

    #[test]
    fn the_colour_follows_the_id() {
        assert_eq!(draw("user_1", "A"), draw("user_1", "A"));
        assert_ne!(draw("user_1", "A"), draw("user_2", "A"));
    }

    proptest! {
        #[test]
        fn every_file_name_made_is_one_that_is_read(initials in any::<String>()) {
            let name = file_name("user_1", &initials);
            let name = percent_decode_str(&name).decode_utf8().unwrap();

            prop_assert!(read_name(&name).is_some(), "{name}");
        }
    }
}
