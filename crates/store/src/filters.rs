//! Conditions and pages of lists, as SQL with bound values.

use std::fmt;

use guildhall_rules::contacts;
use guildhall_rules::text::fold;
use guildhall_rules::{Identifier, IdentifierKind};
use guildhall_types::Fault;

use crate::InstanceKey;
use crate::db::{Row, Value};
use crate::error::Error;
use crate::reading::{Question, Snapshot};
use crate::search::{self, Searched};

/// More characters than any address, or two names together, can have.
pub(crate) const LONGEST_SEARCHED: usize = 1024;

/// Conditions that all must hold, with their values; `$1` is the instance.
#[derive(Clone)]
pub(crate) struct Filters {
    instance: InstanceKey,
    selective: Selective,
    organization: Option<String>,
    /// What the trigram index is asked for each part: less than the part, and all of it.
    searches: Vec<[String; 2]>,
    created_between: Vec<String>,
    held: Vec<String>,
    conditions: Vec<String>,
    parameters: Vec<Value<'static>>,
}

/// Whether the conditions name the users that can match, which are few then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selective {
    Yes,
    No,
}

/// Writes each condition with `AND` in front.
impl fmt::Display for Filters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.conditions.iter().try_for_each(|condition| write!(formatter, "\n AND {condition}"))
    }
}

impl Filters {
    pub(crate) fn new(instance: InstanceKey) -> Self {
        Self {
            instance,
            selective: Selective::No,
            organization: None,
            searches: Vec::new(),
            created_between: Vec::new(),
            held: Vec::new(),
            conditions: Vec::new(),
            parameters: vec![instance.into()],
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The instance that everything is about.
    pub(crate) fn instance(&self) -> InstanceKey {
        self.instance
    }

    /// Tells whether a condition is about the user `u`.
    pub(crate) fn are_about_users(&self) -> bool {
        self.conditions.iter().any(|condition| condition.contains("u."))
    }

    /// Tells whether the conditions name the users that can match, at most a hundred a condition.
    pub(crate) fn are_selective(&self) -> bool {
        self.selective == Selective::Yes
    }

    /// Requires the membership `m` to be in an organization.
    pub(crate) fn add_organization(&mut self, organization: i64) {
        let organization = self.bind(organization);
        self.add(format!("m.organization = {organization}"));
        self.organization = Some(organization);
    }

    /// That the membership `m` is in the organization, behind other conditions; empty if it may be
    /// in any.
    pub(crate) fn in_organization(&self) -> String {
        let in_it = |organization| format!(" AND m.organization = {organization}");
        self.organization.as_ref().map(in_it).unwrap_or_default()
    }

    /// What stands for the organization that memberships are required to be in.
    pub(crate) fn organization(&self) -> &str {
        self.organization.as_deref().unwrap_or("NULL")
    }

    /// Requires the id of the user to be among some of the values, and not among others.
    pub(crate) fn users(&mut self, column: &str, ids: &[String]) {
        if ids.iter().any(|id| !id.starts_with('-')) {
            self.selective = Selective::Yes;
        }
        self.signed(column, ids);
    }

    pub(crate) fn into_parameters(self) -> Vec<Value<'static>> {
        self.parameters
    }

    /// Adds a condition.
    pub(crate) fn add(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Binds a value; gives what stands for it in SQL.
    ///
    /// Text with NUL is bound as no value, which equals nothing.
    pub(crate) fn bind(&mut self, value: impl Into<Value<'static>>) -> String {
        let value = match value.into() {
            Value::Text(text) if text.contains('\0') => Value::Null,
            other => other,
        };
        self.parameters.push(value);
        format!("${}", self.parameters.len())
    }

    /// Binds several values, for `IN`; none at all match nothing.
    pub(crate) fn bind_all<V: Into<Value<'static>>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> String {
        let bound: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        if bound.is_empty() { "NULL".to_owned() } else { bound.join(", ") }
    }

    /// Binds a pattern for `LIKE … ESCAPE '!'` that a text matches which holds `part`, folded.
    ///
    /// A part longer than any text that is searched is bound as no value, which matches nothing.
    pub(crate) fn bind_part(&mut self, part: &str) -> String {
        if part.chars().count() > LONGEST_SEARCHED {
            return self.bind(Value::Null);
        }
        let mut pattern = String::from("%");
        for letter in fold(part).chars() {
            if matches!(letter, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        self.bind(pattern)
    }

    /// Requires `column` to hold one of the values with `+` or no sign, and none with `-`.
    pub(crate) fn signed(&mut self, column: &str, values: &[String]) {
        let (included, excluded) = split_signs(values);
        if !included.is_empty() {
            let values = self.bind_all(included);
            self.add(format!("{column} IN ({values})"));
        }
        if !excluded.is_empty() {
            // A value that is none would make the whole condition unknown.
            let values = self.bind_all(excluded.into_iter().filter(|value| !value.contains('\0')));
            self.add(format!("coalesce({column} NOT IN ({values}), 1 = 1)"));
        }
    }

    /// Requires `column` to be found, or not found, by a query that ends in a column to compare.
    pub(crate) fn signed_through(&mut self, column: &str, query: &str, values: &[String]) {
        let (included, excluded) = split_signs(values);
        if !included.is_empty() {
            let values = self.bind_all(included);
            self.add(format!("{column} IN ({query} IN ({values}))"));
        }
        if !excluded.is_empty() {
            let values = self.bind_all(excluded);
            self.add(format!("{column} NOT IN ({query} IN ({values}))"));
        }
    }

    /// Requires the user of the row to have one of several identifiers.
    pub(crate) fn identifiers(&mut self, user: &str, kind: IdentifierKind, values: &[String]) {
        if values.is_empty() {
            return;
        }
        self.selective = Selective::Yes;
        let folded: Vec<String> = values.iter().filter_map(|value| compared(kind, value)).collect();
        let values = self.bind_all(folded);
        let kind = kind.as_str();
        self.add(format!(
            "{user} IN (SELECT i.\"user\"
                        FROM identifiers i
                        WHERE i.instance = $1 AND i.kind = '{kind}' AND i.value IN ({values}))"
        ));
    }

    /// Requires the user `u` to have been created strictly between two instants.
    pub(crate) fn created(&mut self, after: Option<i64>, before: Option<i64>) {
        let others = self.conditions.len();
        self.between("u.created_at", after, before);
        self.created_between = self.conditions[others..].to_vec();
    }

    /// What [`Filters::created`] requires, with the values bound so far.
    pub(crate) fn created_between(&self) -> Option<(String, Vec<Value<'static>>)> {
        self.of_users(&self.created_between)
    }

    /// What [`Filters::created`] and [`Filters::holds`] require, with the values bound so far.
    pub(crate) fn conditions_on_users(&self) -> Option<(String, Vec<Value<'static>>)> {
        self.of_users(&[self.created_between.as_slice(), &self.held].concat())
    }

    fn of_users(&self, conditions: &[String]) -> Option<(String, Vec<Value<'static>>)> {
        let conditions: Vec<String> =
            conditions.iter().map(|condition| format!(" AND {condition}")).collect();
        let conditions = conditions.concat();
        (!conditions.is_empty()).then(|| self.compact(&conditions))
    }

    /// The text with its parameters numbered without gaps, and their values; the instance is always
    /// the first. Databases refuse values that nothing asks for.
    fn compact(&self, sql: &str) -> (String, Vec<Value<'static>>) {
        let mut numbers = vec![1];
        let mut parts = sql.split('$');
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = part[..digits].parse().unwrap_or(1);
            let place = numbers.iter().position(|known| *known == number).unwrap_or_else(|| {
                numbers.push(number);
                numbers.len() - 1
            });
            whole.push_str(&format!("${}{}", place + 1, &part[digits..]));
        }
        let value = |number: &usize| self.parameters.get(number.saturating_sub(1)).cloned();
        let parameters = numbers.iter().map(|number| value(number).unwrap_or(Value::Null));
        (whole, parameters.collect())
    }

    /// What the trigram index is asked for all parts that users must hold, quickest first; nothing
    /// where it cannot help.
    pub(crate) fn search_expressions(&self) -> Vec<String> {
        let joined = |which: usize| {
            let parts: Vec<&str> = self.searches.iter().map(|part| part[which].as_str()).collect();
            parts.join(" AND ")
        };
        let mut expressions = vec![joined(0), joined(1)];
        expressions.dedup();
        expressions.retain(|expression| !expression.is_empty());
        expressions
    }

    /// Requires `column`, an instant, to lie strictly between two others.
    pub(crate) fn between(&mut self, column: &str, after: Option<i64>, before: Option<i64>) {
        if let Some(after) = after {
            let after = self.bind(after);
            self.add(format!("{column} > {after}"));
        }
        if let Some(before) = before {
            let before = self.bind(before);
            self.add(format!("{column} < {before}"));
        }
    }

    /// Requires one of several texts of the user `u` to hold a part.
    pub(crate) fn holds(&mut self, texts: &[Searched], part: Option<&String>) {
        let Some(part) = part else { return };
        let (quick, whole) =
            (search::quick_expression(texts, part), search::expression(texts, part));
        self.searches.extend(quick.zip(whole).map(<[String; 2]>::from));
        let part = self.bind_part(part);
        let any: Vec<String> =
            texts.iter().map(|text| format!("{} LIKE {part} ESCAPE '!'", text.column)).collect();
        let any = format!("({})", any.join(" OR "));
        self.held.push(any.clone());
        self.add(any);
    }

    /// Binds which page is asked for.
    pub(crate) fn page(&mut self, limit: u32, offset: u64) -> String {
        let limit = self.bind(i64::from(limit));
        let offset = self.bind(i64::try_from(offset).unwrap_or(i64::MAX));
        format!("LIMIT {limit} OFFSET {offset}")
    }

    /// Runs a statement that counts, with the values bound so far.
    pub(crate) async fn count(&self, snapshot: &mut Snapshot, sql: String) -> Result<u64, Error> {
        let asked = self.counted(&sql);
        Ok(snapshot.row(asked.sql, asked.parameters, asked.read).await?.unwrap_or(0))
    }

    /// What asks for a number by a statement that counts, with the values bound so far.
    pub(crate) fn counted(&self, sql: &str) -> Question<u64> {
        let (sql, parameters) = self.compact(sql);
        let read = |row: &Row<'_>| Ok(u64::try_from(row.integer(0)?).unwrap_or(0));
        Question { sql: sql.into(), parameters, read }
    }
}

/// The form in which an identifier of that kind is compared; `None` if nobody can have it.
fn compared(kind: IdentifierKind, value: &str) -> Option<String> {
    let read: fn(&str) -> Result<Identifier, Fault> = match kind {
        IdentifierKind::EmailAddress => contacts::email_address,
        IdentifierKind::PhoneNumber => contacts::phone_number,
        IdentifierKind::Username => contacts::username,
        IdentifierKind::Web3Wallet => contacts::web3_wallet,
        IdentifierKind::ExternalId => contacts::external_id,
    };
    Some(read(value).ok()?.value)
}

/// Values to include and values to exclude; a blank is a `+` that was not encoded.
pub(crate) fn split_signs(values: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut included, mut excluded) = (Vec::new(), Vec::new());
    for value in values {
        match value.strip_prefix('-') {
            Some(value) => excluded.push(value.to_owned()),
            None => {
                let value = value.strip_prefix(['+', ' ']).unwrap_or(value);
                included.push(value.to_owned());
            }
        }
    }
    (included, excluded)
}
