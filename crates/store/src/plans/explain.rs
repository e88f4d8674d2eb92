//! Reads how PostgreSQL went about a statement: what it looked at, and what it sorted.

use std::cell::RefCell;
use std::fmt;

use serde_json::Value as Json;

use crate::db::Value;
use crate::postgres::{Bound, Pooled, form};

/// How often a statement is planned anew before it may keep a plan for any values.
const PLANNED_ANEW: usize = 5;

thread_local! {
    static EXPLAINED: RefCell<Option<Vec<Explained>>> = const { RefCell::new(None) };
}

/// How a plan is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// For the values of the parameters, as whoever asks first gets it.
    ForValues,
    /// Kept for any values, if PostgreSQL takes that for no dearer after it was asked a few times.
    Settled,
}

/// A statement, and a plan that was carried out.
pub(super) struct Explained {
    pub(super) sql: String,
    /// How the plan was come by.
    pub(super) chosen: Chosen,
    /// What is at the bottom of the plan: each scan of a table.
    pub(super) scans: Vec<Scan>,
    /// The most rows that were sorted at once.
    pub(super) sorted: f64,
    /// Pages of tables and indexes that were looked at.
    pub(super) pages: f64,
}

/// How one table is read.
pub(super) struct Scan {
    pub(super) node: String,
    pub(super) table: String,
    pub(super) index: String,
    /// Rows that were looked at, wanted or not.
    pub(super) rows: f64,
}

impl fmt::Display for Explained {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sql, chosen, scans, sorted, pages } = self;
        write!(formatter, "{sql}\n{chosen:?}: {pages} pages, {sorted} rows sorted at once")?;
        scans.iter().try_for_each(|Scan { node, table, index, rows }| {
            write!(formatter, "\n  {rows} rows by {node} {table} {index}")
        })
    }
}

impl Explained {
    /// Rows that were looked at in all tables.
    pub(super) fn rows(&self) -> f64 {
        self.scans.iter().map(|scan| scan.rows).sum()
    }

    fn new(sql: &str, chosen: Chosen, plan: &Json) -> Self {
        let pages = number(plan, "Shared Hit Blocks") + number(plan, "Shared Read Blocks");
        let sql = sql.to_owned();
        let mut explained = Self { sql, chosen, scans: Vec::new(), sorted: 0.0, pages };
        explained.visit(plan);
        explained
    }

    fn visit(&mut self, node: &Json) {
        let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
        let loops = number(node, "Actual Loops");
        let kind = text("Node Type");
        if kind.ends_with("Scan") && loops > 0.0 {
            let removed = number(node, "Rows Removed by Filter")
                + number(node, "Rows Removed by Index Recheck");
            let rows = (number(node, "Actual Rows") + removed) * loops;
            let (table, index) = (text("Relation Name"), text("Index Name"));
            self.scans.push(Scan { node: kind.clone(), table, index, rows });
        }
        let inner = node["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
        if kind.ends_with("Sort") {
            let fed = inner.iter().map(|inner| number(inner, "Actual Rows"));
            self.sorted = fed.fold(self.sorted, f64::max);
        }
        inner.iter().for_each(|inner| self.visit(inner));
    }
}

fn number(node: &Json, key: &str) -> f64 {
    node[key].as_f64().unwrap_or(0.0)
}

/// How the database goes about what this thread reads while `read` runs.
pub(super) async fn explained<T>(read: impl Future<Output = T>) -> (T, Vec<Explained>) {
    EXPLAINED.set(Some(Vec::new()));
    let answer = read.await;
    (answer, EXPLAINED.take().unwrap_or_default())
}

/// Carries a statement out again by each plan that its connection may choose, if this thread wants
/// to know.
pub(crate) async fn explain(session: &Pooled, sql: &str, calls: &[Vec<Value<'_>>]) {
    if EXPLAINED.with_borrow(Option::is_none) {
        return;
    }
    let statement = form(sql, calls);
    let types: Vec<&str> = statement.bound.iter().map(Bound::type_name).collect();
    let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
    let literals: Vec<String> = statement.bound.iter().map(literal).collect();
    let call = match literals.is_empty() {
        true => "explained".to_owned(),
        false => format!("explained ({})", literals.join(", ")),
    };
    session.lines(&format!("PREPARE explained {types} AS {}", statement.sql)).await;
    for chosen in [Chosen::ForValues, Chosen::Settled] {
        if chosen == Chosen::Settled {
            for _ in 0..PLANNED_ANEW {
                session.lines(&format!("EXPLAIN EXECUTE {call}")).await;
            }
        }
        let options = "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, FORMAT JSON";
        let lines = session.lines(&format!("EXPLAIN ({options}) EXECUTE {call}")).await;
        let json: Json = serde_json::from_str(&lines.concat()).expect("a plan is JSON");
        let explained = Explained::new(sql, chosen, &json[0]["Plan"]);
        EXPLAINED.with_borrow_mut(|all| all.get_or_insert_default().push(explained));
        // Connections that scan are told to plan anew each time.
        if session.lines("SHOW plan_cache_mode").await.concat() != "auto" {
            break;
        }
    }
    session.lines("DEALLOCATE explained").await;
}

fn literal(bound: &Bound<'_>) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let or_null = |literal: Option<String>| literal.unwrap_or_else(|| "NULL".to_owned());
    match bound {
        Bound::Null => "NULL".to_owned(),
        Bound::Integer(number) => number.to_string(),
        Bound::Text(value) => text(value),
        Bound::Integers(numbers) => {
            let numbers = numbers.iter().map(|number| or_null(number.map(|it| it.to_string())));
            format!("ARRAY[{}]", numbers.collect::<Vec<_>>().join(", "))
        }
        Bound::Texts(texts) => {
            let texts = texts.iter().map(|value| or_null(value.map(text)));
            format!("ARRAY[{}]", texts.collect::<Vec<_>>().join(", "))
        }
    }
}
