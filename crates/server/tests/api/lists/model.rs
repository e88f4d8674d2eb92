//! Lists against a plain model of what they should find, over random queries.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::{ORDERS, Roster, users_of};

/// How many members there are.
const MEMBERS: usize = 36;
/// How many queries are tried.
const QUERIES: u32 = 400;

/// A member as the model knows it; everything but the id is taken from the place in the list.
struct Member {
    user_id: String,
    first_name: Option<&'static str>,
    last_name: Option<&'static str>,
    username: Option<String>,
    email_address: Option<String>,
    phone_number: Option<String>,
    role: &'static str,
    created_at: i64,
}

/// What is asked for; places stand for the values of the members there.
#[derive(Clone, Debug)]
struct Query {
    order: &'static str,
    descending: bool,
    included: Vec<usize>,
    excluded: Vec<usize>,
    email_addresses: Vec<usize>,
    phone_numbers: Vec<usize>,
    usernames: Vec<usize>,
    roles: Vec<&'static str>,
    query: Option<&'static str>,
    email_address_query: Option<&'static str>,
    phone_number_query: Option<&'static str>,
    username_query: Option<&'static str>,
    name_query: Option<&'static str>,
    created_after: Option<i64>,
    created_before: Option<i64>,
    limit: usize,
    offset: usize,
}

#[test]
fn lists_agree_with_the_model() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (roster, members) = runtime.block_on(cast());
    let mut runner =
        TestRunner::new(Config { cases: QUERIES, failure_persistence: None, ..Config::default() });

    let outcome = runner.run(&queries(), |query| {
        let expected = query.expected(&members);
        let page = runtime.block_on(roster.list(&query.written(&members)));

        let rows = expected.iter().skip(query.offset).take(query.limit);
        prop_assert_eq!(users_of(&page), rows.cloned().collect::<Vec<_>>());
        prop_assert_eq!(&page["total_count"], expected.len());
        Ok(())
    });

    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Adds the members; each field repeats in a rhythm of its own and is sometimes missing.
async fn cast() -> (Roster, Vec<Member>) {
    let roster = Roster::new().await;
    let first_names = ["Ada", "bob", "Émile", "ada lou", "50%", "ZOË", "a_b"];
    let last_names = ["Neutral", "van Örsted", "örsted", "N", "_"];
    let mut members = Vec::new();
    for place in 0..MEMBERS {
        let mut member = Member {
            user_id: String::new(),
            first_name: (place % 4 != 3).then(|| first_names[place % 7]),
            last_name: (place % 3 != 1).then(|| last_names[place % 5]),
            username: (place % 5 != 2).then(|| format!("User_{}", place * 7 % MEMBERS)),
            email_address: (place % 6 != 4)
                .then(|| format!("Name{}+x@example.com", place * 5 % MEMBERS)),
            phone_number: (place % 2 == 0).then(|| format!("+1555555{:04}", place * 11 % MEMBERS)),
            role: if place % 7 == 0 { "org:admin" } else { "org:member" },
            created_at: 1_600_000_000_000 + i64::try_from(place % 9).expect("small") * 1000,
        };
        member.user_id = roster.add_as(member.role, member.fields()).await;
        members.push(member);
    }
    // Others, for the lists to leave out.
    for _ in 0..MEMBERS {
        roster.http.organization_with_admin().await;
    }
    (roster, members)
}

fn queries() -> impl Strategy<Value = Query> {
    let places = || prop_oneof![3 => Just(vec![]), 1 => any_places(0..4), 1 => any_places(10..30)];
    let part = |parts: &'static [&'static str]| proptest::option::weighted(0.2, select(parts));
    let instant = || proptest::option::weighted(0.2, (0_i64..10).prop_map(instant));
    let roles = prop_oneof![
        3 => Just(vec![]),
        1 => subsequence(vec!["org:admin", "org:member", "org:nothing"], 1..=2),
    ];
    let exact = (places(), places(), places(), places(), places(), roles);
    let parts = (
        part(&["a", "EXAMPLE", "+1555", "user_1", "%", "_", "user_", "örsted", "nothing"]),
        part(&["NAME1", "+x@", "example.com", "%"]),
        part(&["5550", "01", "+1", "x"]),
        part(&["user_", "USER_2", "2", "%"]),
        part(&["ada", "A_B", "50%", "ë", "ÖRST", "a neutral", "van", " "]),
    );
    let page = (1_usize..50, 0_usize..40);
    let order = (select(&ORDERS), any::<bool>());
    (order, exact, parts, (instant(), instant()), page).prop_map(
        |(order, exact, parts, at, page)| Query {
            order: order.0,
            descending: order.1,
            included: exact.0,
            excluded: exact.1,
            email_addresses: exact.2,
            phone_numbers: exact.3,
            usernames: exact.4,
            roles: exact.5,
            query: parts.0,
            email_address_query: parts.1,
            phone_number_query: parts.2,
            username_query: parts.3,
            name_query: parts.4,
            created_after: at.0,
            created_before: at.1,
            limit: page.0,
            offset: page.1,
        },
    )
}

fn any_places(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..MEMBERS, count)
}

fn instant(step: i64) -> i64 {
    1_600_000_000_000 + step * 1000 - 500
}

impl Member {
    fn fields(&self) -> serde_json::Value {
        json!({
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "email_address": self.email_address.iter().collect::<Vec<_>>(),
            "phone_number": self.phone_number.iter().collect::<Vec<_>>(),
            "created_at": instant_text(self.created_at),
        })
    }

    fn name(&self) -> String {
        let names: Vec<_> = self.first_name.into_iter().chain(self.last_name).collect();
        names.join(" ")
    }

    fn sort_key(&self, order: &str) -> Option<String> {
        let text = match order {
            "first_name" => self.first_name,
            "last_name" => self.last_name,
            "username" => self.username.as_deref(),
            "email_address" => self.email_address.as_deref(),
            "phone_number" => self.phone_number.as_deref(),
            _ => Some(""),
        };
        text.map(fold)
    }

    fn holds(&self, part: &str) -> bool {
        let texts = [
            self.username.clone(),
            self.email_address.clone(),
            self.phone_number.clone(),
            Some(self.user_id.clone()),
            Some(self.name()),
        ];
        texts.iter().any(|text| has(text.as_deref(), part))
    }
}

impl Query {
    /// The ids of the users that the list should find, in its order.
    fn expected(&self, members: &[Member]) -> Vec<String> {
        let mut found: Vec<(usize, &Member)> = members
            .iter()
            .enumerate()
            .filter(|(place, member)| self.chooses(*place, member, members))
            .collect();
        found.sort_by(|(place, a), (other, b)| {
            let (a, b) = (a.sort_key(self.order), b.sort_key(self.order));
            let order = match (&a, &b) {
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                _ => a.cmp(&b),
            };
            let order = order.then(place.cmp(other));
            if self.descending { order.reverse() } else { order }
        });
        found.into_iter().map(|(_, member)| member.user_id.clone()).collect()
    }

    fn chooses(&self, place: usize, member: &Member, members: &[Member]) -> bool {
        // Who has no address is written as an address that nobody has.
        let shares = |places: &[usize], value: fn(&Member) -> &Option<String>| {
            places.is_empty()
                || value(member).is_some()
                    && places.iter().any(|other| value(&members[*other]) == value(member))
        };
        let part = |part: Option<&str>, text: Option<&str>| part.is_none_or(|part| has(text, part));
        (self.included.is_empty() || self.included.contains(&place))
            && !self.excluded.contains(&place)
            && shares(&self.email_addresses, |member| &member.email_address)
            && shares(&self.phone_numbers, |member| &member.phone_number)
            && shares(&self.usernames, |member| &member.username)
            && (self.roles.is_empty() || self.roles.contains(&member.role))
            && self.query.is_none_or(|part| member.holds(part))
            && part(self.email_address_query, member.email_address.as_deref())
            && part(self.phone_number_query, member.phone_number.as_deref())
            && part(self.username_query, member.username.as_deref())
            && part(self.name_query, Some(&member.name()))
            && self.created_after.is_none_or(|after| member.created_at > after)
            && self.created_before.is_none_or(|before| member.created_at < before)
    }

    /// The query string.
    fn written(&self, members: &[Member]) -> String {
        let mut pairs = vec![
            ("limit", self.limit.to_string()),
            ("offset", self.offset.to_string()),
            ("order_by", format!("{}{}", if self.descending { "-" } else { "+" }, self.order)),
        ];
        let nobody = || "nobody@example.com".to_owned();
        let all = |places: &[usize], value: fn(&Member) -> &Option<String>| {
            let values = places.iter().map(|place| value(&members[*place]).clone());
            values.map(|value| value.unwrap_or_else(nobody)).collect::<Vec<_>>()
        };
        let ids = |places: &[usize], sign: &str| {
            places.iter().map(|place| format!("{sign}{}", members[*place].user_id)).collect()
        };
        let roles = self.roles.iter().map(|role| (*role).to_owned()).collect();
        let text = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
        let instant = |at: Option<i64>| at.map(|at| at.to_string()).into_iter().collect();
        let filters: [(&str, Vec<String>); 13] = [
            ("user_id", ids(&self.included, "+")),
            ("user_id", ids(&self.excluded, "-")),
            ("email_address", all(&self.email_addresses, |member| &member.email_address)),
            ("phone_number", all(&self.phone_numbers, |member| &member.phone_number)),
            ("username", all(&self.usernames, |member| &member.username)),
            ("role", roles),
            ("query", text(self.query)),
            ("email_address_query", text(self.email_address_query)),
            ("phone_number_query", text(self.phone_number_query)),
            ("username_query", text(self.username_query)),
            ("name_query", text(self.name_query)),
            ("created_at_after", instant(self.created_after)),
            ("created_at_before", instant(self.created_before)),
        ];
        for (name, values) in filters {
            pairs.extend(values.into_iter().map(|value| (name, value)));
        }
        let escaped = pairs.iter().map(|(name, value)| format!("{name}={}", escape(value)));
        escaped.collect::<Vec<_>>().join("&")
    }
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn has(text: Option<&str>, part: &str) -> bool {
    text.is_some_and(|text| fold(text).contains(&fold(part)))
}

fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn instant_text(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).expect("an instant").to_string()
}
