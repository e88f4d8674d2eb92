//! One statement for many rows: a statement for one row, turned into its form for a batch.
//!
//! `$1` is the same for every row, the instance, and stays a parameter of its own, so that a
//! cluster sees at once which shard a statement is for. The others become the columns of a table
//! called `batch`.

use std::borrow::Cow;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::db::Value;
use crate::dialect::IN_ANY_ORDER;

/// What is bound to a parameter of a statement.
#[derive(Debug)]
pub(crate) enum Bound<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
}

impl<'a> From<&'a Value<'_>> for Bound<'a> {
    fn from(value: &'a Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(*number),
            Value::Text(text) => Self::Text(text),
        }
    }
}

impl Bound<'_> {
    /// The type to announce; the database finds that of a missing value by itself.
    pub(super) fn type_(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Integer(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Integers(_) => Type::INT8_ARRAY,
            Self::Texts(_) => Type::TEXT_ARRAY,
        }
    }

    /// The type as SQL calls it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "text",
            Self::Integer(_) => "bigint",
            Self::Text(_) => "text",
            Self::Integers(_) => "bigint[]",
            Self::Texts(_) => "text[]",
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        type_: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            // A statement may have been prepared with a narrower idea of the number.
            Self::Integer(number) if *type_ == Type::INT4 => {
                i32::try_from(*number)?.to_sql(type_, out)
            }
            Self::Integer(number) => number.to_sql(type_, out),
            Self::Text(text) => text.to_sql(type_, out),
            Self::Integers(numbers) => numbers.to_sql(type_, out),
            Self::Texts(texts) => texts.to_sql(type_, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A statement, and what is bound to it.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) sql: Cow<'a, str>,
    pub(crate) bound: Vec<Bound<'a>>,
}

/// The columns of `batch`: what stands for each parameter of the statement for one row.
struct Columns<'a> {
    stands_for: Vec<String>,
    names: Vec<String>,
    bound: Vec<Bound<'a>>,
}

/// The form of `sql` for all of `calls`; one call leaves it as it is.
///
/// A row that comes back belongs to no call in particular, and rows come in the order of the calls,
/// unless the statement ends with [`IN_ANY_ORDER`]. Locks are taken in that order too.
pub(crate) fn form<'a>(sql: &'a str, calls: &'a [Vec<Value<'_>>]) -> Statement<'a> {
    if let [call] = calls {
        return Statement { sql: sql.into(), bound: call.iter().map(Bound::from).collect() };
    }
    let columns = columns(calls);
    let arrays: Vec<String> = (columns.bound.iter().enumerate().skip(1))
        .map(|(index, bound)| format!("${}::{}", index + 1, bound.type_name()))
        .collect();
    let batch = format!("unnest({})", arrays.join(", "));
    let names = columns.names.join(", ");
    let body = substitute(sql.trim(), &columns.stands_for);
    let sql = if body.starts_with("SELECT") {
        let (body, order) = match body.strip_suffix(IN_ANY_ORDER) {
            Some(body) => (body, ""),
            None => (body.as_str(), "ORDER BY batch.call"),
        };
        format!(
            "SELECT found.*
             FROM {batch} WITH ORDINALITY AS batch ({names}, call)
             CROSS JOIN LATERAL ({body}) AS found
             {order}"
        )
    } else if body.starts_with("INSERT") {
        insert(&body, &format!("{batch} AS batch ({names})"))
    } else {
        let word = if body.starts_with("DELETE") { "USING" } else { "FROM" };
        let (head, conditions) = body.split_once("WHERE").unwrap_or((&body, "true"));
        format!("{head}{word} {batch} AS batch ({names})\nWHERE {conditions}")
    };
    Statement { sql: sql.into(), bound: columns.bound }
}

/// Turns `VALUES (…)` into rows of the batch.
fn insert(body: &str, batch: &str) -> String {
    let Some((head, rest)) = body.split_once("VALUES (") else { return body.to_owned() };
    let (values, tail) = rest.split_once(')').unwrap_or((rest, ""));
    format!("{head}SELECT {values}\nFROM {batch}\n{tail}")
}

fn columns<'a>(calls: &'a [Vec<Value<'_>>]) -> Columns<'a> {
    let first = calls.first().map(Vec::as_slice).unwrap_or_default();
    let mut columns = Columns { stands_for: Vec::new(), names: Vec::new(), bound: Vec::new() };
    for (index, value) in first.iter().enumerate() {
        if index == 0 {
            let bound = Bound::from(value);
            columns.stands_for.push(format!("$1::{}", bound.type_name()));
            columns.bound.push(bound);
            continue;
        }
        let values = || calls.iter().map(move |call| call.get(index).unwrap_or(&Value::Null));
        let bound = if values().any(|value| matches!(value, Value::Integer(_))) {
            Bound::Integers(values().map(integer).collect())
        } else if values().any(|value| matches!(value, Value::Text(_))) {
            Bound::Texts(values().map(text).collect())
        } else {
            // The type of what nobody has is for the database to find.
            columns.stands_for.push("NULL".to_owned());
            continue;
        };
        let name = format!("p{}", index + 1);
        columns.stands_for.push(format!("batch.{name}"));
        columns.names.push(name);
        columns.bound.push(bound);
    }
    columns
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

fn text<'a>(value: &'a Value<'_>) -> Option<&'a str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Puts what stands for each parameter in the place of `$n`.
fn substitute(sql: &str, stands_for: &[String]) -> String {
    let mut parts = sql.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().unwrap_or(0);
        match number.checked_sub(1).and_then(|index| stands_for.get(index)) {
            Some(replacement) => whole.push_str(replacement),
            None => {
                whole.push('$');
                whole.push_str(&part[..digits]);
            }
        }
        whole.push_str(&part[digits..]);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> Vec<Vec<Value<'static>>> {
        vec![
            vec![1.into(), 10.into(), "ten".into(), Value::Null],
            vec![1.into(), 11.into(), Value::Null, Value::Null],
        ]
    }

    fn words(sql: &str) -> String {
        sql.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_insertion_takes_its_rows_from_the_batch() {
        let calls = calls();

        let statement = form(
            "INSERT INTO t (instance, a, b, c) VALUES ($1, $2, $3, $4) ON CONFLICT (a) DO NOTHING",
            &calls,
        );

        assert_eq!(
            words(&statement.sql),
            "INSERT INTO t (instance, a, b, c) SELECT $1::bigint, batch.p2, batch.p3, NULL FROM \
             unnest($2::bigint[], $3::text[]) AS batch (p2, p3) ON CONFLICT (a) DO NOTHING"
        );
        assert_eq!(statement.bound.len(), 3);
    }

    #[test]
    fn changes_and_removals_find_their_rows_by_the_batch() {
        let calls = calls();

        let update = form("UPDATE t SET b = $3 WHERE instance = $1 AND a = $2", &calls);
        let delete = form("DELETE FROM t WHERE instance = $1 AND a = $2 AND b = $3", &calls);

        assert_eq!(
            words(&update.sql),
            "UPDATE t SET b = batch.p3 FROM unnest($2::bigint[], $3::text[]) AS batch (p2, p3) \
             WHERE instance = $1::bigint AND a = batch.p2"
        );
        assert_eq!(
            words(&delete.sql),
            "DELETE FROM t USING unnest($2::bigint[], $3::text[]) AS batch (p2, p3) WHERE instance \
             = $1::bigint AND a = batch.p2 AND b = batch.p3"
        );
    }

    #[test]
    fn rows_that_tell_their_call_themselves_are_not_sorted() {
        let calls = calls();
        let sql = format!("SELECT b, $3 FROM t WHERE instance = $1 AND a = $2{IN_ANY_ORDER}");

        let statement = form(&sql, &calls);

        assert_eq!(
            words(&statement.sql),
            "SELECT found.* FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS batch (p2, \
             p3, call) CROSS JOIN LATERAL (SELECT b, batch.p3 FROM t WHERE instance = $1::bigint \
             AND a = batch.p2) AS found"
        );
    }

    #[test]
    fn a_question_is_asked_for_each_row_in_order() {
        let calls = calls();

        let statement = form("SELECT b FROM t WHERE instance = $1 AND a = $2\nFOR UPDATE", &calls);

        assert_eq!(
            words(&statement.sql),
            "SELECT found.* FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS batch (p2, \
             p3, call) CROSS JOIN LATERAL (SELECT b FROM t WHERE instance = $1::bigint AND a = \
             batch.p2 FOR UPDATE) AS found ORDER BY batch.call"
        );
    }
}
