//! Organizations: loading, applying and reading.

use guildhall_rules::organizations::OrganizationView;
use guildhall_rules::roles::grants_minimum;
use guildhall_rules::text::fold;
use guildhall_rules::{Change, Organization, Role, Rows, Wanted};
use guildhall_types::{DEFAULT_LIMIT, Direction, ListOrganizations, OrganizationOrder, Page};

use crate::db::{Calls, Row, Statements, Value};
use crate::dialect::LOCK_TO_CHANGE;
use crate::error::Error;
use crate::filters::Filters;
use crate::orders::{Indexed, Order};
use crate::population::{Population, population};
use crate::reading::{Cost, Question, Snapshot};
use crate::{InstanceKey, Store, roles};

/// What [`read`] reads, in its order.
pub(crate) const COLUMNS: &str = "o.organization, o.id, o.name, o.slug, o.max_allowed_memberships,
                       o.admin_delete_enabled, o.created_by, o.created_at, o.updated_at,
                       o.public_metadata, o.private_metadata, o.role_set,
                       (SELECT s.key
                        FROM role_sets s
                        WHERE s.instance = o.instance AND s.role_set = o.role_set)";
/// How many columns that is.
pub(crate) const COLUMN_COUNT: usize = 13;
/// How many members the organization `o` has.
pub(crate) const MEMBERS: &str = "(SELECT CAST(coalesce(sum(c.members), 0) AS BIGINT)
                        FROM member_totals c
                        WHERE c.instance = o.instance AND c.organization = o.organization)";

pub(crate) fn read(row: &Row<'_>) -> Result<Organization, Error> {
    Ok(Organization {
        key: row.integer(0)?,
        id: row.text(1)?,
        name: row.text(2)?,
        slug: row.text(3)?,
        max_allowed_memberships: row.integer(4)?,
        admin_delete_enabled: row.boolean(5)?,
        created_by: row.optional_text(6)?,
        created_at: row.integer(7)?,
        updated_at: row.integer(8)?,
        public_metadata: row.text(9)?,
        private_metadata: row.text(10)?,
        role_set: row.integer(11)?,
        role_set_key: row.text(12)?,
    })
}

/// Asks for the organizations that are wanted, by their ids and by their slugs.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &'a Wanted,
    [by_id, by_slug]: &'a mut [Vec<Organization>; 2],
) {
    let by = [
        ("id", &wanted.organizations, LOCK_TO_CHANGE, by_id),
        ("slug", &wanted.slugs, "", by_slug),
    ];
    for (column, values, lock, found) in by {
        let sql = format!(
            "SELECT {COLUMNS}
             FROM organizations o
             WHERE o.instance = $1 AND o.{column} = $2{lock}"
        );
        let calls = values.iter().map(|value| vec![instance.into(), value.into()]).collect();
        statements.ask(sql, calls, |row| {
            found.push(read(row)?);
            Ok(())
        });
    }
}

/// Asks for the members of organizations by role: the organization, the role and their number.
pub(crate) fn ask_counts<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    organizations: &[i64],
    counts: &'a mut Vec<(i64, i64, i64)>,
) {
    let calls = organizations.iter().map(|it| vec![instance.into(), (*it).into()]).collect();
    statements.ask(
        "SELECT organization, role, members
         FROM member_totals
         WHERE instance = $1 AND organization = $2",
        calls,
        |row| {
            counts.push((row.integer(0)?, row.integer(1)?, row.integer(2)?));
            Ok(())
        },
    );
}

/// Writes the organizations that changed, and what hangs on those that are gone.
pub(crate) fn apply<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut gone, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>) = Default::default();
    for (key, change) in rows.organizations().changes() {
        match change {
            Change::Delete(_) => gone.push(vec![instance.into(), (*key).into()]),
            Change::Update(_, organization) => changed.push(columns(instance, organization)),
            Change::Insert(organization) => new.push(columns(instance, organization)),
        }
    }
    statements.change_any(
        "DELETE FROM member_counts
         WHERE instance = $1 AND organization = $2",
        gone.clone(),
    );
    statements.change("DELETE FROM organizations WHERE instance = $1 AND organization = $2", gone);
    statements.change(
        "UPDATE organizations
         SET id = $3, slug = $4, created_at = $5, updated_at = $6,
             max_allowed_memberships = $7, admin_delete_enabled = $8, created_by = $9,
             sort_name = $10, name = $11, public_metadata = $12, private_metadata = $13,
             role_set = $14
         WHERE instance = $1 AND organization = $2",
        changed,
    );
    statements.change(
        "INSERT INTO organizations
           (instance, organization, id, slug, created_at, updated_at,
            max_allowed_memberships, admin_delete_enabled, created_by, sort_name, name,
            public_metadata, private_metadata, role_set)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        new,
    );
}

fn columns(instance: InstanceKey, organization: &Organization) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        organization.key.into(),
        (&organization.id).into(),
        (&organization.slug).into(),
        organization.created_at.into(),
        organization.updated_at.into(),
        organization.max_allowed_memberships.into(),
        organization.admin_delete_enabled.into(),
        organization.created_by.as_ref().into(),
        fold(&organization.name).into(),
        (&organization.name).into(),
        (&organization.public_metadata).into(),
        (&organization.private_metadata).into(),
        organization.role_set.into(),
    ]
}

/// The organization of that id, and how many members it has.
pub(crate) async fn get(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    id: &str,
) -> Result<Option<(Organization, i64)>, Error> {
    let asked = question(instance, id);
    snapshot.row(asked.sql, asked.parameters, asked.read).await
}

/// What asks for the organization of that id, and how many members it has.
pub(crate) fn question(instance: InstanceKey, id: &str) -> Question<(Organization, i64)> {
    let sql = format!(
        "SELECT {COLUMNS}, {MEMBERS}
         FROM organizations o
         WHERE o.instance = $1 AND o.id = $2"
    );
    let parameters = vec![instance.into(), id.to_owned().into()];
    let read = |row: &Row<'_>| Ok((read(row)?, row.integer(COLUMN_COUNT)?));
    Question { sql: sql.into(), parameters, read }
}

/// The organizations of those rows, in the order of their keys.
pub(crate) async fn list(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    keys: &[i64],
) -> Result<Vec<Organization>, Error> {
    let mut filters = Filters::new(instance);
    let keys = filters.bind_all(keys.iter().copied());
    filters.add(format!("o.organization IN ({keys})"));
    let sql = format!(
        "SELECT {COLUMNS}
         FROM organizations o
         WHERE o.instance = $1{filters}
         ORDER BY o.organization"
    );
    snapshot.rows(sql, filters.into_parameters(), read).await
}

impl Store {
    /// Tells whether there is an organization of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization_exists(
        &self,
        instance: InstanceKey,
        id: &str,
    ) -> Result<bool, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        Ok(get(&mut snapshot, instance, id).await?.is_some())
    }

    /// The organization of that id or else of that slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization(
        &self,
        instance: InstanceKey,
        id_or_slug: &str,
    ) -> Result<Option<OrganizationView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let roles = roles::list(&mut snapshot, instance).await?;
        for column in ["id", "slug"] {
            let mut filters = Filters::new(instance);
            let value = filters.bind(id_or_slug.to_owned());
            filters.add(format!("o.{column} = {value}"));
            let counts = count_columns(&mut filters, &roles);
            let sql = format!(
                "SELECT {COLUMNS}, {counts}
                 FROM organizations o
                 WHERE o.instance = $1{filters}"
            );
            let found = snapshot.row(sql, filters.into_parameters(), read_view).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A page of the organizations of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn organizations(
        &self,
        instance: InstanceKey,
        list: &ListOrganizations,
    ) -> Result<Page<OrganizationView>, Error> {
        let order = order(list);
        let mut filters = filters(instance, list);
        let plain = filters.is_empty() && order.is_indexed() && list.offset.unwrap_or(0) < 1000;
        let cost = if plain { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        let asked = (roles::question(instance), total(&filters), population(instance));
        let (roles, total, population) = snapshot.all_three(asked).await?;
        let roles = roles::group(roles);
        let total_count = total.first().copied().unwrap_or(0);
        let (limit, offset) = (list.limit.unwrap_or(DEFAULT_LIMIT), list.offset.unwrap_or(0));
        let conditions = filters.to_string();
        let limit = filters.page(limit, offset);
        let counts = count_columns(&mut filters, &roles);
        let sizes = match list.order_by.map(|order| order.field) {
            Some(OrganizationOrder::MembersCount) => sizes(&population),
            _ => String::new(),
        };
        // Otherwise members are counted only where they are shown.
        let sql = format!(
            "SELECT {COLUMNS}, {counts}
             FROM (SELECT o.organization, {column} AS sorted_by
                   FROM organizations o
                   {sizes}
                   WHERE o.instance = $1{conditions}
                   {order}
                   {limit}) page
             CROSS JOIN organizations o
             WHERE o.instance = $1 AND o.organization = page.organization
             ORDER BY page.sorted_by {direction}, o.organization {direction}",
            column = order.column(),
            direction = order.direction_word(),
        );
        let data = snapshot.rows(sql, filters.into_parameters(), read_view).await?;
        Ok(Page { data, total_count })
    }
}

fn read_view(row: &Row<'_>) -> Result<OrganizationView, Error> {
    Ok(OrganizationView {
        organization: read(row)?,
        members_count: row.integer(COLUMN_COUNT)?,
        missing_member_with_elevated_permissions: row.integer(COLUMN_COUNT + 1)? == 0,
    })
}

/// The number of members, and of those who hold the minimum permissions.
fn count_columns(filters: &mut Filters, roles: &[Role]) -> String {
    let elevated = roles.iter().filter(|role| grants_minimum(role)).map(|role| role.row);
    let elevated = filters.bind_all(elevated);
    format!(
        "{MEMBERS} AS members_count,
         (SELECT CAST(coalesce(sum(c.members), 0) AS BIGINT)
          FROM member_totals c
          WHERE c.instance = o.instance AND c.organization = o.organization
                AND c.role IN ({elevated})) AS elevated"
    )
}

/// Joins the sizes `s` of organizations that have members, counted in one go.
fn sizes(population: &[Population]) -> String {
    let has_leftovers = population.iter().any(|population| population.has_leftovers);
    let counts = if has_leftovers { "member_totals" } else { "member_counts" };
    format!(
        "LEFT JOIN (SELECT c.organization, CAST(sum(c.members) AS BIGINT) AS members
                    FROM {counts} c
                    WHERE c.instance = $1
                    GROUP BY c.organization) s ON s.organization = o.organization"
    )
}

fn total(filters: &Filters) -> Question<u64> {
    let sql = if filters.is_empty() {
        "SELECT total
         FROM instance_counts
         WHERE instance = $1 AND kind = 'organizations'"
            .to_owned()
    } else {
        format!("SELECT count(*) FROM organizations o WHERE o.instance = $1{filters}")
    };
    filters.counted(&sql)
}

fn order(list: &ListOrganizations) -> Order {
    let tie = "o.organization";
    let Some(order) = list.order_by else {
        return Order::new("o.created_at", tie, Direction::Descending, Indexed::Yes);
    };
    let (column, indexed) = match order.field {
        OrganizationOrder::CreatedAt => ("o.created_at", Indexed::Yes),
        OrganizationOrder::Name => ("o.sort_name", Indexed::Yes),
        OrganizationOrder::MembersCount => ("coalesce(s.members, 0)", Indexed::No),
    };
    Order::new(column, tie, order.direction, indexed)
}

fn filters(instance: InstanceKey, list: &ListOrganizations) -> Filters {
    let mut filters = Filters::new(instance);
    filters.signed("o.id", &list.organization_id);
    filters.signed_through(
        "o.organization",
        "SELECT m.organization
         FROM memberships m
         JOIN users u ON u.instance = m.instance AND u.\"user\" = m.\"user\"
         WHERE m.instance = $1 AND u.id",
        &list.user_id,
    );
    if let Some(query) = &list.query {
        let id = filters.bind(query.clone());
        let part = filters.bind_part(query);
        filters.add(format!(
            "(o.id = {id} OR o.sort_name LIKE {part} ESCAPE '!' OR o.slug LIKE {part} ESCAPE '!')"
        ));
    }
    filters
}
