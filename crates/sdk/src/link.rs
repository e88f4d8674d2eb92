//! Reading `Link` headers: the cursors of the pages beside a page.
//!
//! Only the value of one query parameter is taken from a link. Where it leads is never asked, so
//! that no server can send the secret key elsewhere.

use reqwest::header::{HeaderMap, LINK};
use url::form_urlencoded;

/// The cursors that an answer links to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// The `starting_after` of the next page.
    pub(crate) next: Option<String>,
    /// The `ending_before` of the previous page.
    pub(crate) previous: Option<String>,
}

impl Links {
    /// Reads all `Link` headers of an answer.
    ///
    /// A header that breaks the grammar of RFC 8288 counts for nothing as a whole, and so does a
    /// link about something else than this answer (`anchor`) or with more or less than one cursor.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let fields = headers.get_all(LINK).iter().filter_map(|field| field.to_str().ok());
        let links: Vec<_> = fields.filter_map(|field| Reader(field).links()).flatten().collect();
        Self {
            next: cursor(&links, &["next"], "starting_after"),
            previous: cursor(&links, &["previous", "prev"], "ending_before"),
        }
    }
}

/// One link of a header.
struct Link<'a> {
    target: &'a str,
    /// The names of its relations; empty when it is about another page than this one.
    relations: String,
}

impl Link<'_> {
    fn is_one_of(&self, names: &[&str]) -> bool {
        let mut relations = self.relations.split_ascii_whitespace();
        relations.any(|relation| names.iter().any(|name| relation.eq_ignore_ascii_case(name)))
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split('#').next()?.split_once('?')?;
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut values = pairs.filter(|pair| pair.0 == name).map(|pair| pair.1);
        let value = values.next().filter(|value| !value.is_empty())?;
        values.next().is_none().then(|| value.into_owned())
    }
}

fn cursor(links: &[Link<'_>], relations: &[&str], parameter: &str) -> Option<String> {
    let mut related = links.iter().filter(|link| link.is_one_of(relations));
    related.find_map(|link| link.parameter(parameter))
}

/// What is still to be read of a header.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn links(mut self) -> Option<Vec<Link<'a>>> {
        let mut links = Vec::new();
        loop {
            self.skip_spaces();
            if self.0.is_empty() {
                return Some(links);
            }
            // Elements of a list may be empty.
            if self.skip(',') {
                continue;
            }
            links.push(self.link()?);
            if !self.0.is_empty() && !self.skip(',') {
                return None;
            }
        }
    }

    fn link(&mut self) -> Option<Link<'a>> {
        let (target, rest) = self.0.strip_prefix('<')?.split_once('>')?;
        if target.contains(['<', '"', ' ', '\t']) {
            return None;
        }
        self.0 = rest;
        let (mut relations, mut is_about_another) = (None, false);
        loop {
            self.skip_spaces();
            if !self.skip(';') {
                break;
            }
            let (name, value) = self.parameter()?;
            if name.eq_ignore_ascii_case("rel") {
                // The first one counts.
                relations.get_or_insert(value);
            } else if name.eq_ignore_ascii_case("anchor") {
                is_about_another = true;
            }
        }
        let relations = relations.filter(|_| !is_about_another).unwrap_or_default();
        Some(Link { target, relations })
    }

    /// A parameter, whose value and even name may be empty by the grammar.
    fn parameter(&mut self) -> Option<(&'a str, String)> {
        self.skip_spaces();
        let name = self.token();
        self.skip_spaces();
        if name.is_empty() || !self.skip('=') {
            return Some((name, String::new()));
        }
        self.skip_spaces();
        let value = if self.skip('"') {
            self.rest_of_quoted()?
        } else {
            Some(self.token()).filter(|value| !value.is_empty())?.to_owned()
        };
        Some((name, value))
    }

    fn token(&mut self) -> &'a str {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let length = self.0.bytes().take_while(|byte| is_part(*byte)).count();
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        token
    }

    fn rest_of_quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.0.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(characters.next()?),
                other => text.push(other),
            }
        }
        self.0 = characters.as_str();
        Some(text)
    }

    fn skip(&mut self, expected: char) -> bool {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(fields: &[&str]) -> Links {
        let values = fields.iter().map(|field| HeaderValue::from_str(field).unwrap());
        Links::read(&values.map(|value| (LINK, value)).collect())
    }

    fn next(fields: &[&str]) -> Option<String> {
        read(fields).next
    }

    #[test]
    fn the_next_cursor_is_found_in_every_spelling_of_a_link() {
        for field in [
            r#"<http://h/v1/x?starting_after=T&limit=2>; rel="next""#,
            "<http://h/v1/x?limit=2&starting_after=T>; rel=next",
            "<http://h/x?starting_after=%54#part>;rel=next",
            "<?starting_after=T>;title=\"a, <b>; rel=\\\"previous\\\"\";rel=next",
            "<?starting_after=T>; REL = \"last  NEXT\"",
            "<?starting_after=T>; ; rel=next ;",
            "<?starting_after=T>; crossorigin; rel=next",
            "<?starting_after=T>; rel=next; rel=previous",
            ", ,<?starting_after=T>\t;\trel=next , ,",
            "</style.css?a,b;c>; rel=preload; as=style, <?starting_after=T>; rel=next",
            "<?starting_after=>; rel=next, <?starting_after=T>; rel=next",
        ] {
            assert_eq!(next(&[field]).as_deref(), Some("T"), "{field}");
        }
    }

    #[test]
    fn what_is_no_link_to_the_next_page_is_none() {
        for field in [
            "",
            "next",
            "<?starting_after=T>",
            "<?starting_after=T>; rel",
            "<?starting_after=T>; rel=",
            "<?starting_after=T>; rel=nextpage",
            "<?starting_after=T>; rel=\"previous\"; rel=\"next\"",
            "<?starting_after=T>; rev=next",
            "<?starting_after=T>; rel=next; anchor=\"/other\"",
            "<?starting_after=T>; rel=\"next",
            "<?starting_after=T>; rel=\"next\\",
            "<?starting_after=T; rel=next",
            "?starting_after=T>; rel=next",
            "<?starting_after=T> rel=next",
            "<?starting_after=T>; rel=next x",
            "<?starting_after=T>; rel=next, x",
            "< ?starting_after=T>; rel=next",
            "<?starting_after=>; rel=next",
            "<?starting_after=T&starting_after=U>; rel=next",
            "<?ending_before=T>; rel=next",
            "<?offset=10>; rel=next",
            "<#?starting_after=T>; rel=next",
            "<starting_after=T>; rel=next",
        ] {
            assert_eq!(next(&[field]), None, "{field}");
        }
    }

    #[test]
    fn a_broken_header_does_not_spoil_another() {
        let fields = ["<broken", "</a.css>; rel=preload", "<?starting_after=T>; rel=next"];

        assert_eq!(next(&fields).as_deref(), Some("T"));
    }

    #[test]
    fn both_neighbours_are_read_from_one_header() {
        let links =
            read(&["<?starting_after=T>; rel=\"next\", <?ending_before=U>; rel=\"previous\""]);

        assert_eq!(links.next.as_deref(), Some("T"));
        assert_eq!(links.previous.as_deref(), Some("U"));
    }

    #[test]
    fn a_header_that_is_no_text_is_skipped() {
        let value = HeaderValue::from_bytes(b"<?starting_after=\xff>; rel=next").unwrap();

        assert_eq!(Links::read(&HeaderMap::from_iter([(LINK, value)])), Links::default());
    }
}
