//! The statements of plain lists, and how their rows are read.

use std::sync::LazyLock;

use guildhall_types::Direction;

use super::Head;
use super::versions::Version;
use crate::db::Row;
use crate::dialect::IN_ANY_ORDER;
use crate::error::Error;
use crate::membership_pages::{COLUMNS, Found};
use crate::{memberships, organizations};

/// What asks for one list, by the direction of its order. Parameters are the instance, the id of the
/// organization, how many rows and how many before them, the number of the call, and 1 where the
/// version is wanted besides.
pub(super) struct Statements {
    /// A row of the organization, and one of each member, as [`read`] reads them.
    pub(super) rows: String,
    /// The same on a cluster, where a row need not tell by which transaction it was written, and nodes
    /// count those by themselves: there is no version.
    pub(super) rows_without_version: String,
    /// The version alone, as [`read_version`] reads it; without the last parameter.
    pub(super) version: String,
}

static ASCENDING: LazyLock<Statements> = LazyLock::new(|| Statements::new("ASC"));
static DESCENDING: LazyLock<Statements> = LazyLock::new(|| Statements::new("DESC"));

/// Everything of the organization that a list shows.
const HEAD: [(&str, &str); 14] = [
    ("o.organization", "BIGINT"),
    ("o.id", "TEXT"),
    ("o.name", "TEXT"),
    ("o.slug", "TEXT"),
    ("o.max_allowed_memberships", "BIGINT"),
    ("o.admin_delete_enabled", "BIGINT"),
    ("o.created_by", "TEXT"),
    ("o.created_at", "BIGINT"),
    ("o.updated_at", "BIGINT"),
    ("o.public_metadata", "TEXT"),
    ("o.private_metadata", "TEXT"),
    ("o.role_set", "BIGINT"),
    ("o.role_set_key", "TEXT"),
    ("o.members", "BIGINT"),
];
/// The types of [`COLUMNS`].
const MEMBER_TYPES: [&str; 11] = [
    "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "TEXT",
    "TEXT",
];
const LEFT_BEHIND: &str = "(SELECT count(*) FROM removals r WHERE r.instance = $1)";
const VERSION_OF_CATALOGUE: &str = "(SELECT i.catalogue FROM instances i WHERE i.instance = $1)";

impl Statements {
    pub(super) fn of(direction: Direction) -> &'static Self {
        match direction {
            Direction::Ascending => &ASCENDING,
            Direction::Descending => &DESCENDING,
        }
    }

    fn new(direction: &str) -> Self {
        Self {
            rows: rows(direction, WRITTEN, &version("page")),
            rows_without_version: rows(direction, ("instance", "instance"), "NULL"),
            version: format!(
                "SELECT CAST($5 AS BIGINT), {LEFT_BEHIND}, CAST({version} AS TEXT)
                 FROM {organization}{IN_ANY_ORDER}",
                organization = organization(WRITTEN),
                version = version(&format!(
                    "({page}) page (membership, version, place, user_version, user_place)",
                    page = page("m.membership, m.version, m.place", direction, WRITTEN),
                )),
            ),
        }
    }
}

/// The organization, with the columns that tell which version of its row this is.
fn organization((written_by, written_at): (&str, &str)) -> String {
    let (columns, members) = (organizations::COLUMNS, organizations::MEMBERS);
    format!(
        "(SELECT {columns}, {members}, o.{written_by}, o.{written_at}
          FROM organizations o
          WHERE o.instance = $1 AND o.id = $2
          OFFSET 0) o (organization, id, name, slug, max_allowed_memberships,
                       admin_delete_enabled, created_by, created_at, updated_at, public_metadata,
                       private_metadata, role_set, role_set_key, members, version, place)"
    )
}

/// The members of a page and their users, of which there may be none any more; behind `columns` the
/// version of the user's row.
fn page(columns: &str, direction: &str, (written_by, written_at): (&str, &str)) -> String {
    format!(
        "SELECT {columns}, u.{written_by}, u.{written_at}
         FROM (SELECT m.*, m.{written_by} AS version, m.{written_at} AS place
               FROM memberships m
               WHERE m.instance = $1 AND m.organization = o.organization
               ORDER BY m.membership {direction}
               LIMIT $3 OFFSET $4) m
         LEFT JOIN users u ON u.instance = $1 AND u.\"user\" = m.\"user\""
    )
}

fn rows(direction: &str, written: (&str, &str), version: &str) -> String {
    let organization = organization(written);
    let page = page(&format!("{COLUMNS}, m.version, m.place"), direction, written);
    let head = HEAD.map(|(column, _)| column).join(", ");
    let (no_head, no_member) = (nothing(&HEAD.map(|(_, type_)| type_)), nothing(&MEMBER_TYPES));
    format!(
        "SELECT list.*
         FROM {organization}
         CROSS JOIN LATERAL (
             WITH page (organization, membership, \"user\", role, id, updated_at,
                        public_metadata, private_metadata, user_id, initials, card, version, place,
                        user_version, user_place) AS MATERIALIZED ({page})
             SELECT {head}, {LEFT_BEHIND}, {VERSION_OF_CATALOGUE},
                    CASE WHEN CAST($6 AS BIGINT) = 1 THEN CAST({version} AS TEXT) END,
                    CAST($5 AS BIGINT), {no_member}
             UNION ALL
             SELECT {no_head}, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS TEXT),
                    CAST($5 AS BIGINT), page.organization, page.membership, page.\"user\",
                    page.role, page.id, page.updated_at, page.public_metadata,
                    page.private_metadata, page.user_id, page.initials, page.card
             FROM page) list{IN_ANY_ORDER}"
    )
}

fn nothing(types: &[&str]) -> String {
    let nulls: Vec<String> = types.iter().map(|it| format!("CAST(NULL AS {it})")).collect();
    nulls.join(", ")
}

/// The system columns that tell versions of a row apart: the transaction that wrote it, and its place.
/// A version is never at the place of the one that it replaces. So the same number and place come again
/// only after the numbers of transactions have, which are four thousand million: who compares has to
/// be sooner.
const WRITTEN: (&str, &str) = ("xmin", "ctid");

/// A text that is another one as soon as anything has changed of what a list shows: which rows it has
/// and which versions of them, with the little that is no row of its own. When the server began is in
/// it, since another one, or the same after it was restored, may count transactions anew.
///
/// `page` has the key of each membership, its version and that of its user.
fn version(page: &str) -> String {
    format!(
        "ROW(pg_postmaster_start_time(), o.version, o.place, o.role_set_key, o.members,
             {LEFT_BEHIND}, {VERSION_OF_CATALOGUE},
             (SELECT ROW(array_agg(page.membership), array_agg(page.version),
                         array_agg(page.place), array_agg(page.user_version),
                         array_agg(page.user_place))
              FROM {page}))"
    )
}

/// Where in a row of [`Statements::rows`] what stands behind the organization.
const MEMBERS: usize = organizations::COLUMN_COUNT;
const LEFTOVERS: usize = MEMBERS + 1;
const CATALOGUE: usize = MEMBERS + 2;
const VERSION: usize = MEMBERS + 3;
const CALL: usize = MEMBERS + 4;
const MEMBER: usize = MEMBERS + 5;
const USER_ID: usize = MEMBER + memberships::COLUMN_COUNT;

/// A row of a list: the call it belongs to, and the organization or a member.
pub(super) type Answer = (i64, Option<Box<Head>>, Option<Found>);

/// Reads a row of [`Statements::rows`].
pub(super) fn read(row: &Row<'_>) -> Result<Answer, Error> {
    let is_head = row.optional_integer(0)?.is_some();
    let head = is_head.then(|| read_head(row).map(Box::new)).transpose()?;
    // A user who is gone may have left memberships behind.
    let is_member = row.optional_text(USER_ID)?.is_some();
    let found = is_member.then(|| Found::read_at(row, MEMBER)).transpose()?;
    Ok((row.integer(CALL)?, head, found))
}

fn read_head(row: &Row<'_>) -> Result<Head, Error> {
    Ok(Head {
        organization: organizations::read(row)?,
        members: row.integer(MEMBERS)?,
        has_leftovers: row.integer(LEFTOVERS)? > 0,
        catalogue: row.integer(CATALOGUE)?,
        version: row.optional_text(VERSION)?,
    })
}

/// Reads a row of [`Statements::version`]: the call, and the version.
pub(super) fn read_version(row: &Row<'_>) -> Result<(i64, Version), Error> {
    Ok((row.integer(0)?, Version { has_leftovers: row.integer(1)? > 0, text: row.text(2)? }))
}
