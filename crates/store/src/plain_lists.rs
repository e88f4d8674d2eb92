//! Plain lists of members on PostgreSQL: the first pages of an organization in the order of its
//! memberships, by one statement for all that are asked for at the same time.
//!
//! A statement alone sees one state, without a transaction around it. What it does not read is the
//! roles of the instance: it reads the version of the catalogue, and roles are kept by that. A list
//! that was read before is asked for its version alone, and is read again where that has changed.

mod statements;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use guildhall_rules::{Organization, Role};
use guildhall_types::Direction;

use self::statements::{Statements, read};
use self::versions::Known;
pub(crate) use self::versions::{KeptLists, PlainVersions};
use crate::db::{Calls, Row, Value};
use crate::error::Error;
use crate::gathering::Together;
use crate::kept::ANY_STATE;
use crate::keys::lookup;
use crate::listed::Listed;
use crate::membership_lists::{MembershipPage, shared, views};
use crate::membership_pages::{Found, PageOf, PageRead};
use crate::reading::{Cost, Pool, Question};
use crate::store::Gathered;
use crate::{InstanceKey, Store, roles};

/// Up to how many rows a page is read with others; what is larger gains little by it, and keeps the
/// others waiting.
const SMALL_PAGE: u32 = 100;

/// A list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlainList {
    instance: InstanceKey,
    organization_id: String,
    direction: Direction,
    /// How many rows are read.
    rows: i64,
    offset: i64,
}

impl PlainList {
    /// What the statements take about it, as a call of this number.
    fn parameters(&self, call: i64) -> Vec<Value<'static>> {
        vec![
            self.instance.into(),
            self.organization_id.clone().into(),
            self.rows.into(),
            self.offset.into(),
            call.into(),
        ]
    }
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
    /// The version of the list, if it was wanted.
    version: Option<String>,
}

/// Asks for plain lists, and for their versions where those are wanted.
pub(crate) struct PlainLists {
    pub(crate) pool: Pool,
    pub(crate) are_versioned: bool,
}

impl Together for PlainLists {
    type Question = (PlainList, bool);
    type Answer = Option<PlainPage>;
    const MOST: usize = 16;

    async fn ask(&self, lists: Vec<(PlainList, bool)>) -> Result<Vec<Option<PlainPage>>, Error> {
        let mut found: Vec<(Option<Box<Head>>, Vec<Found>)> =
            lists.iter().map(|_| (None, Vec::new())).collect();
        let calls = (0_i64..).zip(&lists).map(|(call, (list, wants_version))| {
            let mut parameters = list.parameters(call);
            parameters.push(i64::from(*wants_version).into());
            (list, parameters)
        });
        let statements = grouped(
            calls,
            match self.are_versioned {
                true => |statements| &statements.rows,
                false => |statements| &statements.rows_without_version,
            },
        );
        let mut snapshot = self.pool.glance().await?;
        for (call, head, row) in snapshot.each(statements, read).await? {
            let list = of_call(&mut found, call)?;
            list.0 = list.0.take().or(head);
            list.1.extend(row);
        }
        let pages = found.into_iter().zip(lists).map(|((head, mut rows), (list, _))| {
            rows.sort_unstable_by_key(Found::key);
            if list.direction == Direction::Descending {
                rows.reverse();
            }
            Some(PlainPage { head: head?, rows })
        });
        Ok(pages.collect())
    }
}

/// What a row is about, by the number of the call that it says it answers.
fn of_call<T>(found: &mut [T], call: i64) -> Result<&mut T, Error> {
    let place = usize::try_from(call).map_err(Error::failed)?;
    found.get_mut(place).ok_or_else(|| Error::failed("nobody asked for it"))
}

/// One statement for each instance and direction.
fn grouped<'a>(
    calls: impl Iterator<Item = (&'a PlainList, Vec<Value<'static>>)>,
    sql: fn(&'static Statements) -> &'static str,
) -> Vec<(&'static str, Calls<'static>)> {
    let mut all: BTreeMap<(InstanceKey, bool), (&'static str, Calls<'static>)> = BTreeMap::new();
    for (list, parameters) in calls {
        let key = (list.instance, list.direction == Direction::Descending);
        let group = all.entry(key);
        let group = group.or_insert_with(|| (sql(Statements::of(list.direction)), Vec::new()));
        group.1.push(parameters);
    }
    all.into_values().collect()
}

/// What PostgreSQL is asked about a list that is kept, for who measures that. The first statement is
/// about the secret key, whose hash is `$1`; the second about the version of the list from its newest
/// member on: `$1` is the instance, `$2` the id of the organization, `$3` how many rows, `$4` how many
/// before them, `$5` any number.
pub fn kept_list_statements() -> [String; 2] {
    [lookup(1), Statements::of(Direction::Descending).version.clone()]
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
        let kept_lists = gathered.kept_lists.as_ref();
        let known = kept_lists.map_or(Known::Nothing, |kept| kept.known(&list));
        if let Known::Kept(kept) = &known {
            let Some(version) = gathered.versions.ask(list.clone()).await? else {
                return Ok(Some(None));
            };
            if version.has_leftovers {
                return Ok(None);
            }
            if let Some(page) = kept.page_of(&version) {
                return Ok(Some(Some(page)));
            }
        }
        // What changes more often than it is asked for is not kept each time.
        let keeps = matches!(known, Known::Asked);
        let read_at = Instant::now();
        let Some(PlainPage { head, rows }) = gathered.lists.ask((list.clone(), keeps)).await?
        else {
            return Ok(Some(None));
        };
        if head.has_leftovers {
            return Ok(None);
        }
        let Some(roles) = self.roles_of(gathered, instance, head.catalogue).await? else {
            return Ok(None);
        };
        let organization = [Arc::new(head.organization)];
        let PageRead { rows, next, previous } = page.of_rows(rows, Found::position);
        let listed = if keeps { Listed::kept } else { Listed::once };
        let page = MembershipPage {
            data: views(rows, &roles, &organization).map(listed).collect(),
            total_count: u64::try_from(head.members).unwrap_or(0),
            next,
            previous,
        };
        match (kept_lists, head.version) {
            (Some(kept_lists), Some(version)) => kept_lists.keep(list, &page, version, read_at),
            (Some(kept_lists), None) => kept_lists.remember(list),
            (None, _) => {}
        }
        Ok(Some(Some(page)))
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
