//! Plain lists of members on PostgreSQL: the first pages of an organization in the order of its
//! memberships, by one statement for all that are asked for at the same time.
//!
//! A statement alone sees one state, without a transaction around it. What it does not read is the
//! roles of the instance: it reads the version of the catalogue, and roles are kept by that.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use guildhall_rules::{Organization, Role};
use guildhall_types::Direction;

use crate::db::{Calls, Row};
use crate::dialect::IN_ANY_ORDER;
use crate::error::Error;
use crate::gathering::Together;
use crate::kept::ANY_STATE;
use crate::membership_lists::{MembershipPage, membership_page, shared};
use crate::membership_pages::{COLUMNS, Found, PageOf};
use crate::reading::{Cost, Pool, Question};
use crate::store::Gathered;
use crate::{InstanceKey, Store, memberships, organizations, roles};

/// Up to how many rows a page is read with others; what is larger gains little by it, and keeps the
/// others waiting.
const SMALL_PAGE: u32 = 100;

/// The statements for one list, by the direction of the order.
static ASCENDING: LazyLock<String> = LazyLock::new(|| statement(Direction::Ascending));
static DESCENDING: LazyLock<String> = LazyLock::new(|| statement(Direction::Descending));

/// A list that is asked for.
pub(crate) struct PlainList {
    instance: InstanceKey,
    organization_id: String,
    direction: Direction,
    /// How many rows are read.
    rows: i64,
    offset: i64,
}

/// What was found: the organization, how many members it has, and the rows.
pub(crate) struct PlainPage {
    head: Box<Head>,
    rows: Vec<Found>,
}

/// What is read of an organization beside its members.
struct Head {
    organization: Organization,
    members: i64,
    /// Whether there are memberships of organizations or users that are gone.
    has_leftovers: bool,
    /// The version of the roles and permissions of the instance.
    catalogue: i64,
}

/// A row that came back: the call it belongs to, and the organization or a member.
type Answer = (i64, Option<Box<Head>>, Option<Found>);

/// Asks for plain lists.
pub(crate) struct PlainLists {
    pub(crate) pool: Pool,
}

impl Together for PlainLists {
    type Question = PlainList;
    type Answer = Option<PlainPage>;
    const MOST: usize = 16;

    async fn ask(&self, lists: Vec<PlainList>) -> Result<Vec<Option<PlainPage>>, Error> {
        let mut found: Vec<(Option<Box<Head>>, Vec<Found>)> =
            lists.iter().map(|_| (None, Vec::new())).collect();
        let descending: Vec<bool> =
            lists.iter().map(|list| list.direction == Direction::Descending).collect();
        let mut statements: BTreeMap<(InstanceKey, bool), Calls<'static>> = BTreeMap::new();
        for ((call, list), descending) in (0_i64..).zip(lists).zip(&descending) {
            let calls = statements.entry((list.instance, *descending)).or_default();
            calls.push(vec![
                list.instance.into(),
                list.organization_id.into(),
                list.rows.into(),
                list.offset.into(),
                call.into(),
            ]);
        }
        let statements = statements.into_iter().map(|((_, descending), calls)| {
            let sql: &'static str = if descending { &DESCENDING } else { &ASCENDING };
            (sql, calls)
        });
        let mut snapshot = self.pool.glance().await?;
        for (call, head, row) in snapshot.each(statements, read).await? {
            let place = usize::try_from(call).map_err(Error::failed)?;
            let Some(list) = found.get_mut(place) else {
                return Err(Error::failed("nobody asked for it"));
            };
            list.0 = list.0.take().or(head);
            list.1.extend(row);
        }
        let page = |((head, mut rows), descending): ((Option<Box<Head>>, Vec<Found>), bool)| {
            rows.sort_unstable_by_key(Found::key);
            if descending {
                rows.reverse();
            }
            Some(PlainPage { head: head?, rows })
        };
        Ok(found.into_iter().zip(descending).map(page).collect())
    }
}

/// What the row of the organization tells, in the order of [`read_head`], and the types of that.
const HEAD: [(&str, &str); 16] = [
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
    ("(SELECT count(*) FROM removals r WHERE r.instance = $1)", "BIGINT"),
    ("(SELECT i.catalogue FROM instances i WHERE i.instance = $1)", "BIGINT"),
];
/// The types of [`COLUMNS`].
const MEMBER_TYPES: [&str; 11] = [
    "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "TEXT",
    "TEXT",
];

/// What asks for one list: a row of the organization, and one of each member. Each of both has nothing
/// where the other has something.
fn statement(direction: Direction) -> String {
    let direction = direction_word(direction);
    let (organization, members) = (organizations::COLUMNS, organizations::MEMBERS);
    let nothing = |types: &[&str]| {
        let nulls: Vec<String> = types.iter().map(|it| format!("CAST(NULL AS {it})")).collect();
        nulls.join(", ")
    };
    let (head, no_head) =
        (HEAD.map(|(column, _)| column).join(", "), nothing(&HEAD.map(|it| it.1)));
    let no_member = nothing(&MEMBER_TYPES);
    format!(
        "SELECT list.*
         FROM (SELECT {organization}, {members}
               FROM organizations o
               WHERE o.instance = $1 AND o.id = $2
               OFFSET 0) o (organization, id, name, slug, max_allowed_memberships,
                            admin_delete_enabled, created_by, created_at, updated_at,
                            public_metadata, private_metadata, role_set, role_set_key, members)
         CROSS JOIN LATERAL (SELECT {head}, CAST($5 AS BIGINT), {no_member}
                             UNION ALL
                             SELECT {no_head}, CAST($5 AS BIGINT), {COLUMNS}
                             FROM (SELECT m.*
                                   FROM memberships m
                                   WHERE m.instance = $1 AND m.organization = o.organization
                                   ORDER BY m.membership {direction}
                                   LIMIT $3 OFFSET $4) m
                             LEFT JOIN users u ON u.instance = $1 AND u.\"user\" = m.\"user\"
                            ) list{IN_ANY_ORDER}"
    )
}

fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

/// Where in a row of [`statement`] what stands behind the organization.
const MEMBERS: usize = organizations::COLUMN_COUNT;
const LEFTOVERS: usize = MEMBERS + 1;
const CATALOGUE: usize = MEMBERS + 2;
const CALL: usize = MEMBERS + 3;
const MEMBER: usize = MEMBERS + 4;
const USER_ID: usize = MEMBER + memberships::COLUMN_COUNT;

fn read(row: &Row<'_>) -> Result<Answer, Error> {
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
    })
}

impl Store {
    /// A page of the members of an organization in the order of their memberships; `None` outside
    /// where it has to be read otherwise, and inside if there is no such organization.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub(crate) async fn plain_memberships(
        &self,
        instance: InstanceKey,
        organization_id: &str,
        page: &PageOf,
    ) -> Result<Option<Option<MembershipPage>>, Error> {
        let Some(gathered) = &self.gathered else { return Ok(None) };
        let Some((direction, limit, offset)) = page.as_plain() else { return Ok(None) };
        // Text with NUL is no value of a database.
        if limit > SMALL_PAGE || organization_id.contains('\0') {
            return Ok(None);
        }
        let list = PlainList {
            instance,
            organization_id: organization_id.to_owned(),
            direction,
            rows: i64::from(limit) + 1,
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
        };
        let Some(PlainPage { head, rows }) = gathered.lists.ask(list).await? else {
            return Ok(Some(None));
        };
        if head.has_leftovers {
            return Ok(None);
        }
        let Some(roles) = self.roles_of(gathered, instance, head.catalogue).await? else {
            return Ok(None);
        };
        let organization = [Arc::new(head.organization)];
        let total_count = u64::try_from(head.members).unwrap_or(0);
        Ok(Some(Some(membership_page(
            page.of_rows(rows, Found::position),
            &roles,
            &organization,
            total_count,
        ))))
    }

    /// Every role of an instance as it was at a version of its catalogue; `None` where that is over.
    async fn roles_of(
        &self,
        gathered: &Gathered,
        instance: InstanceKey,
        catalogue: i64,
    ) -> Result<Option<Arc<[Arc<Role>]>>, Error> {
        let kept = &gathered.roles;
        if let Some(roles) = kept.get(ANY_STATE, &(instance, catalogue)) {
            return Ok(Some(roles));
        }
        let sql = "SELECT catalogue FROM instances WHERE instance = $1";
        let version = Question {
            sql: sql.into(),
            parameters: vec![instance.into()],
            read: |row: &Row<'_>| row.integer(0),
        };
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let (version, granted) = snapshot.both((version, roles::question(instance))).await?;
        let Some(version) = version.first().copied() else { return Ok(None) };
        let roles: Arc<[Arc<Role>]> = shared(roles::group(granted)).into();
        kept.keep(ANY_STATE, (instance, version), Arc::clone(&roles), 1);
        Ok((version == catalogue).then_some(roles))
    }
}

#[cfg(test)]
mod tests;
