//! Reading a request's query string, with all faults collected.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use guildhall_types::{Code, DEFAULT_LIMIT, Direction, Fault, MAX_LIMIT, OrderBy};
use percent_encoding::percent_decode;

use super::kinds::shortened;

/// The most faults of one answer.
const MOST_FAULTS: usize = 100;
/// The most values of one filter.
const MOST_VALUES: usize = 100;

/// The parameters of a query string, repeated ones in their order, and what was wrong with them.
///
/// A reader that notes a fault returns what it returns for a parameter that was not sent.
/// Parameters that nobody asks for are ignored. Values may hold NUL, which no stored text does.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Query {
    /// Reads the part of a URI after its `?`.
    ///
    /// A value that is no UTF-8 is a fault, whoever asks for it.
    pub(crate) fn parse(raw: &str) -> Self {
        let mut query = Self { pairs: Vec::new(), faults: Vec::new() };
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = String::from_utf8_lossy(&decoded(name)).into_owned();
            match String::from_utf8(decoded(value)) {
                Ok(value) => query.pairs.push((name, value)),
                Err(_) => query.fault(Code::ParameterEncodingInvalid.parameter(&name)),
            }
        }
        query
    }

    /// How many rows a page may hold: 1 to 500, 10 if not given.
    pub(crate) fn limit(&mut self) -> u32 {
        let limit = self.single("limit", |text| {
            integral(text)
                .and_then(|limit| u32::try_from(limit).ok())
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        });
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// How many rows to skip: 0 or more.
    pub(crate) fn offset(&mut self) -> u64 {
        let offset = self
            .single("offset", |text| integral(text).and_then(|offset| u64::try_from(offset).ok()));
        offset.unwrap_or(0)
    }

    /// The field to sort by, out of `all`, and the direction.
    ///
    /// `+` and `-` may stand in front; so may a blank, which is what a `+` that was not escaped
    /// decodes to.
    pub(crate) fn order_by<F: Copy>(
        &mut self,
        all: &[(F, &str)],
        default: OrderBy<F>,
    ) -> OrderBy<F> {
        let Some(raw) = self.text("order_by") else { return default };
        let (direction, name) = match raw.as_bytes().first() {
            Some(b'-') => (Direction::Descending, &raw[1..]),
            Some(b'+' | b' ') => (Direction::Ascending, &raw[1..]),
            _ => (Direction::Ascending, raw.as_str()),
        };
        match all.iter().find(|(_, wire)| *wire == name) {
            Some((field, _)) => OrderBy { field: *field, direction },
            None => {
                let allowed = all.iter().map(|(_, wire)| *wire).collect::<Vec<_>>().join(", ");
                let fault = Code::ParameterValueNotAllowed.parameter("order_by");
                self.fault(fault.value(shortened(&raw)).value(allowed));
                default
            }
        }
    }

    /// All values of a parameter that may be repeated, at most 100.
    pub(crate) fn values(&mut self, name: &str) -> Vec<String> {
        let values: Vec<_> = self.all(name).map(str::to_owned).collect();
        if values.len() > MOST_VALUES {
            self.fault(Code::ParameterArrayTooLong.parameter(name).value(MOST_VALUES.to_string()));
            return Vec::new();
        }
        values
    }

    /// The text of a parameter, possibly empty.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.single(name, |text| Some(text.to_owned()))
    }

    /// A truth value, false if not given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let flag = self.single(name, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        });
        flag.unwrap_or(false)
    }

    /// An instant in Unix milliseconds.
    pub(crate) fn instant(&mut self, name: &str) -> Option<i64> {
        self.single(name, integral)
    }

    /// Notes a fault that a caller found; one that is noted already is not noted again.
    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Everything that was wrong with the parameters asked for, in the order of asking.
    pub(crate) fn finish(self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    /// Every value of `name`, in the order sent.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn single<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let mut values = self.all(name);
        let value = values.next()?;
        let fault = if values.next().is_some() {
            Code::ParameterDuplicate.parameter(name)
        } else {
            match read(value) {
                Some(value) => return Some(value),
                None => Code::ParameterValueInvalid.parameter(name).value(shortened(value)),
            }
        };
        drop(values);
        self.fault(fault);
        None
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// Decodes as forms are: `+` is a blank, and an escape that is none stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    percent_decode(text.replace('+', " ").as_bytes()).collect()
}

/// Reads a whole number in digits, also one with zeros behind the point.
fn integral(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte == b'0');
    if is_whole { whole.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use guildhall_types::OrganizationMembershipOrder as Order;
    use proptest::prelude::*;

    use super::*;

    fn long_messages(query: Query) -> Vec<String> {
        let faults = query.finish().unwrap_err();
        faults.iter().map(|fault| fault.body().long_message).collect()
    }

    fn ordered(raw: &str) -> (OrderBy<Order>, Result<(), Vec<Fault>>) {
        let mut query = Query::parse(raw);
        let order = query.order_by(Order::ALL, OrderBy::descending(Order::CreatedAt));
        (order, query.finish())
    }

    #[test]
    fn limit_and_offset_have_defaults() {
        let mut query = Query::parse("");

        assert_eq!((query.limit(), query.offset()), (10, 0));
        assert_eq!(query.finish(), Ok(()));
    }

    #[test]
    fn limit_and_offset_take_whole_numbers_in_their_range() {
        for (raw, expected) in [
            ("limit=1&offset=0", (1, 0)),
            ("limit=500&offset=9223372036854775807", (500, 9_223_372_036_854_775_807)),
            ("limit=10.0&offset=20.00", (10, 20)),
        ] {
            let mut query = Query::parse(raw);

            assert_eq!((query.limit(), query.offset()), expected);
            assert_eq!(query.finish(), Ok(()), "{raw}");
        }
    }

    #[test]
    fn other_limits_are_refused_with_their_value() {
        for raw in
            ["2.5", "0", "501", "abc", "", "-1", "1e2", "10.", ".0", "0x10", "99999999999999999999"]
        {
            let mut query = Query::parse(&format!("limit={raw}"));

            assert_eq!(query.limit(), 10);
            let expected = Code::ParameterValueInvalid.parameter("limit").value(raw);
            assert_eq!(query.finish(), Err(vec![expected]));
        }
    }

    #[test]
    fn other_offsets_are_refused_with_their_value() {
        for raw in ["2.5", "-1", "9223372036854775808", "%201", "١"] {
            let mut query = Query::parse(&format!("offset={raw}"));

            assert_eq!(query.offset(), 0);
            assert_eq!(query.finish().unwrap_err()[0].code(), Code::ParameterValueInvalid, "{raw}");
        }
    }

    #[test]
    fn order_by_takes_a_sign_or_a_blank_in_front() {
        for (raw, expected) in [
            ("", OrderBy::descending(Order::CreatedAt)),
            ("order_by=first_name", OrderBy::ascending(Order::FirstName)),
            ("order_by=%2Bfirst_name", OrderBy::ascending(Order::FirstName)),
            ("order_by=+first_name", OrderBy::ascending(Order::FirstName)),
            ("order_by=-first_name", OrderBy::descending(Order::FirstName)),
        ] {
            assert_eq!(ordered(raw), (expected, Ok(())), "{raw}");
        }
    }

    #[test]
    fn other_orders_are_refused_with_what_is_allowed() {
        for raw in ["", "%2B", "--first_name", "First_name", "role", "first_name,last_name"] {
            let (order, faults) = ordered(&format!("order_by={raw}"));

            assert_eq!(order, OrderBy::descending(Order::CreatedAt));
            let message = faults.unwrap_err()[0].body().long_message;
            assert!(message.contains("Allowed values: ") && message.contains(", "), "{message}");
        }
    }

    #[test]
    fn repeated_keys_keep_their_order_and_are_decoded_once() {
        let mut query = Query::parse("a=%2Bx&b=1&a=y+z&a=%252F&a=%zz&a=&a");

        assert_eq!(query.values("a"), ["+x", "y z", "%2F", "%zz", "", ""]);
        assert_eq!(query.finish(), Ok(()));
    }

    #[test]
    fn more_than_a_hundred_values_are_refused() {
        let mut enough = Query::parse(&"a=1&".repeat(100));
        let mut too_many = Query::parse(&"a=1&".repeat(101));

        assert_eq!(enough.values("a").len(), 100);
        assert!(too_many.values("a").is_empty());
        assert_eq!(enough.finish(), Ok(()));
        assert_eq!(long_messages(too_many), ["a should not exceed 100 items."]);
    }

    #[test]
    fn a_single_parameter_given_twice_is_a_duplicate() {
        let mut query = Query::parse("limit=1&limit=1&query=a&query=b");

        assert_eq!(query.limit(), 10);
        assert_eq!(query.text("query"), None);
        assert_eq!(
            long_messages(query),
            [
                "limit included multiple times. There should only be one.",
                "query included multiple times. There should only be one.",
            ]
        );
    }

    #[test]
    fn flags_and_instants_are_read() {
        let mut query = Query::parse("a=true&b=0&c=1666260027645&d=-5&e=yes&f=2022-10-20");

        assert!(query.flag("a"));
        assert!(!query.flag("b"));
        assert_eq!(query.instant("c"), Some(1_666_260_027_645));
        assert_eq!(query.instant("d"), Some(-5));
        assert!(!query.flag("e"));
        assert_eq!(query.instant("f"), None);
        assert_eq!(query.finish().unwrap_err().len(), 2);
    }

    #[test]
    fn invalid_utf8_is_refused_by_name_and_nul_is_kept() {
        let mut query = Query::parse("a=%ff&b=%00");

        assert_eq!(query.text("a"), None);
        assert_eq!(query.text("b").as_deref(), Some("\0"));
        assert_eq!(long_messages(query), ["a contains invalid UTF-8 characters"]);
    }

    #[test]
    fn parameters_nobody_asks_for_are_ignored() {
        assert_eq!(Query::parse("whatever=1&limit=x").finish(), Ok(()));
    }

    proptest! {
        #[test]
        fn the_query_reader_never_panics(raw in any::<Vec<u8>>()) {
            let mut query = Query::parse(&String::from_utf8_lossy(&raw));

            query.limit();
            query.values("a");
            let _ = query.finish();
        }

        #[test]
        fn the_readers_of_values_never_panic(value in "[%0-9a-f.+\u{e9} -]{0,40}") {
            let raw = ["limit", "offset", "order_by", "flag", "instant"]
                .map(|name| format!("{name}={value}"))
                .join("&");
            let mut query = Query::parse(&raw);

            query.limit();
            query.offset();
            query.order_by(Order::ALL, OrderBy::ascending(Order::CreatedAt));
            query.flag("flag");
            query.instant("instant");
            let _ = query.finish();
        }
    }
}
