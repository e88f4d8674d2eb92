//! Names and slugs of organizations: what they may be.

use guildhall_types::{Code, Fault};

/// The most characters of a name or a slug.
const MOST_CHARACTERS: usize = 256;

/// What is wrong with the name of an organization, if anything.
///
/// A name has 1 to 256 characters and holds neither a URL nor HTML. Dotted initials are no URL.
pub fn name_fault(name: &str) -> Option<Fault> {
    if name.trim().is_empty() {
        return Some(Code::ParameterEmpty.parameter("name"));
    }
    if name.chars().count() > MOST_CHARACTERS {
        return Some(Code::ParameterTooLong.parameter("name").value(MOST_CHARACTERS.to_string()));
    }
    let fault = || Code::OrganizationNameInvalid.parameter("name").value(name);
    (holds_url(name) || holds_html(name)).then(fault)
}

fn holds_url(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has_scheme = name.split("://").collect::<Vec<_>>().windows(2).any(|sides| {
        sides[0].ends_with(|letter: char| letter.is_ascii_alphanumeric())
            && sides[1].starts_with(|letter: char| !letter.is_whitespace())
    });
    let has_www = name
        .split(|letter: char| !letter.is_alphanumeric() && letter != '.' && letter != '-')
        .any(|word| word.strip_prefix("www.").is_some_and(|rest| rest.contains(|c| c != '.')));
    has_scheme || has_www
}

/// Tells whether a `<` opens something that a browser would take for a tag.
fn holds_html(name: &str) -> bool {
    let opens = |rest: &str| {
        rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || "/!?".contains(letter))
            && rest.contains('>')
    };
    name.split('<').skip(1).any(opens) || name.split_once('<').is_some_and(|(_, rest)| opens(rest))
}

/// What is wrong with a slug, if anything: it has 1 to 256 lower-case letters, digits and `-`.
pub fn slug_fault(slug: &str) -> Option<Fault> {
    let allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if slug.is_empty() {
        return Some(Code::ParameterEmpty.parameter("slug"));
    }
    if slug.len() > MOST_CHARACTERS {
        return Some(Code::ParameterTooLong.parameter("slug").value(MOST_CHARACTERS.to_string()));
    }
    let fault = || {
        Code::ParameterFormatInvalid
            .parameter("slug")
            .value("made of lower-case letters, digits and `-`, and begin and end without `-`")
    };
    let well_formed = slug.chars().all(allowed) && !slug.starts_with('-') && !slug.ends_with('-');
    (!well_formed).then(fault)
}

pub(super) fn slug_from(name: &str) -> String {
    let slug: String = slug::slugify(name).chars().take(200).collect();
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_initials_are_no_url() {
        let names = [
            "7654321 B.C. LTD.",
            "U.S.A. Holdings",
            "J.R. Neutral & Sons Inc.",
            "Node.Works GmbH i.G.",
            "St. Mary's",
            "A.B",
            "1 < 2 > 0",
            "a <3 b",
            "Café 😀 東京",
        ];
        for name in names {
            assert_eq!(name_fault(name), None, "{name}");
        }
    }

    #[test]
    fn a_url_html_or_a_long_name_is_refused() {
        let long = "x".repeat(257);
        let names = [
            "see https://example.com",
            "www.example.com/x",
            "<b>Bold</b>",
            &long,
            "",
            "  ",
            "ftp://x",
            "Hi <script src=x>",
            "visit (WWW.example.com)",
            "<!-- x -->",
        ];
        for name in names {
            let fault = name_fault(name).unwrap_or_else(|| panic!("{name} was taken"));
            assert_eq!(fault.body().param_name(), Some("name"));
        }
    }

    #[test]
    fn a_slug_is_lower_case_without_dashes_at_its_ends() {
        for slug in ["acme", "a", "0-1", "acme-2"] {
            assert_eq!(slug_fault(slug), None, "{slug}");
        }
        for slug in ["", "Acme", "a b", "ä", "-a", "a-", "a_b", "a/b", &"x".repeat(257)] {
            assert!(slug_fault(slug).is_some(), "{slug}");
        }
    }

    #[test]
    fn a_slug_made_from_a_name_is_well_formed() {
        for name in ["Acme & Söhne", "---", "東京", "a", &"long name ".repeat(40)] {
            let slug = slug_from(name);
            assert!(slug.is_empty() || slug_fault(&slug).is_none(), "{slug}");
        }
    }
}
