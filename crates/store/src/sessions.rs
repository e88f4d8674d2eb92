//! Sessions: loading, applying and reading.

use std::collections::BTreeSet;

use guildhall_rules::sessions::{self, ActiveOrganization, Choice, Session, SessionView};
use guildhall_rules::{Change, Keys, Role, Rows, Wanted};
use guildhall_types::{DEFAULT_LIMIT, ListSessions};

use crate::db::{Calls, Row, Statements, Value};
use crate::dialect::LOCK_TO_CHANGE;
use crate::error::Error;
use crate::filters::Filters;
use crate::reading::{Cost, Question};
use crate::removals::IN_LIVE_ORGANIZATION;
use crate::{InstanceKey, Store, roles};

/// How long sessions that have ended can still be read, in milliseconds: thirty days.
const KEPT_FOR: i64 = 30 * 24 * 60 * 60 * 1000;
/// How many sessions a user keeps beside a new one; what concerns them all stays small.
const MOST_SESSIONS: i64 = 1000;

/// What [`read`] reads, in its order.
const COLUMNS: &str = "s.session, s.id, s.client_id, s.\"user\", s.organization, s.is_revoked,
                       s.last_active_at, s.expire_at, s.abandon_at, s.updated_at";
/// How many columns that is.
const COLUMN_COUNT: usize = 10;
/// Sessions of users who are still there, with their organization where they are members of it.
const SESSIONS: &str = "sessions s
    JOIN users u ON u.instance = s.instance AND u.\"user\" = s.\"user\"
    LEFT JOIN memberships m ON m.instance = s.instance AND m.\"user\" = s.\"user\"
                               AND m.organization = s.organization
    LEFT JOIN organizations o ON o.instance = m.instance AND o.organization = m.organization";

fn read(row: &Row<'_>) -> Result<Session, Error> {
    Ok(Session {
        key: row.integer(0)?,
        id: row.text(1)?,
        client_id: row.text(2)?,
        user: row.integer(3)?,
        organization: row.optional_integer(4)?,
        is_revoked: row.boolean(5)?,
        last_active_at: row.integer(6)?,
        expire_at: row.integer(7)?,
        abandon_at: row.integer(8)?,
        updated_at: row.integer(9)?,
    })
}

/// Asks for the sessions that are wanted by id.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &'a Wanted,
    found: &'a mut Vec<Session>,
) {
    let calls = wanted.sessions.iter().map(|id| vec![instance.into(), id.into()]).collect();
    let sql = format!(
        "SELECT {COLUMNS}
         FROM sessions s
         WHERE s.instance = $1 AND s.id = $2{LOCK_TO_CHANGE}"
    );
    statements.ask(sql, calls, |row| {
        found.push(read(row)?);
        Ok(())
    });
}

/// What was asked for of users: sessions, choices, and latest memberships.
#[derive(Default)]
pub(crate) struct OfUsers {
    sessions: Vec<Session>,
    others: Vec<Session>,
    choices: Vec<(i64, Choice)>,
    latest: Vec<(i64, i64, i64)>,
}

/// Asks for what is wanted of users who are loaded.
pub(crate) fn ask_of_users<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &Wanted,
    rows: &Rows,
    OfUsers { sessions, others, choices, latest }: &'a mut OfUsers,
    now: i64,
) {
    let members = wanted.sessions_of_members.iter().filter_map(|(organization_id, user_id)| {
        Some((rows.user_key(user_id)?, rows.organization(organization_id)?.key))
    });
    let sql = format!(
        "SELECT {COLUMNS}
         FROM sessions s
         WHERE s.instance = $1 AND s.\"user\" = $2 AND s.organization = $3
               AND s.expire_at > $4 AND s.is_revoked = 0{LOCK_TO_CHANGE}"
    );
    let calls = members.map(|(user, organization)| {
        vec![instance.into(), user.into(), organization.into(), now.into()]
    });
    statements.ask(sql, calls.collect(), |row| {
        sessions.push(read(row)?);
        Ok(())
    });
    let signed_in = wanted.live_sessions_of.iter().filter_map(|id| rows.user_key(id));
    let sql = format!(
        "SELECT {COLUMNS}
         FROM sessions s
         WHERE s.instance = $1 AND s.\"user\" = $2 AND s.expire_at > $3
               AND s.is_revoked = 0{LOCK_TO_CHANGE}"
    );
    let calls = signed_in.map(|user| vec![instance.into(), user.into(), now.into()]).collect();
    statements.ask(sql, calls, |row| {
        others.push(read(row)?);
        Ok(())
    });
    let users = || wanted.next_organizations_of.iter().filter_map(|id| rows.user_key(id));
    // Who is no member there any more was set to nothing.
    let sql = format!(
        "SELECT c.\"user\", c.organization, c.chosen
         FROM active_organizations c
         LEFT JOIN memberships m ON m.instance = c.instance AND m.\"user\" = c.\"user\"
                                    AND m.organization = c.organization
         WHERE c.instance = $1 AND c.\"user\" = $2
               AND (c.organization IS NULL
                    OR m.membership IS NOT NULL AND {IN_LIVE_ORGANIZATION})"
    );
    statements.ask(sql, users().map(|user| vec![instance.into(), user.into()]).collect(), |row| {
        let choice = Choice { organization: row.optional_integer(1)?, chosen: row.integer(2)? };
        choices.push((row.integer(0)?, choice));
        Ok(())
    });
    ask_latest(statements, instance, users(), wanted, latest);
}

/// Asks for the latest memberships of users, the user first: one more than may end.
fn ask_latest<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    users: impl Iterator<Item = i64>,
    wanted: &Wanted,
    latest: &'a mut Vec<(i64, i64, i64)>,
) {
    let sql = format!(
        "SELECT m.\"user\", m.membership, m.organization
         FROM memberships m
         WHERE m.instance = $1 AND m.\"user\" = $2 AND {IN_LIVE_ORGANIZATION}
         ORDER BY m.membership DESC
         LIMIT $3"
    );
    let most = wanted.endings + 1;
    let calls = users.map(|user| vec![instance.into(), user.into(), most.into()]).collect();
    statements.ask(sql, calls, |row| {
        latest.push((row.integer(0)?, row.integer(1)?, row.integer(2)?));
        Ok(())
    });
}

impl OfUsers {
    /// Asks for the latest memberships of the members who have live sessions in their organization,
    /// who are few.
    pub(crate) fn ask_of_members<'a>(
        &'a mut self,
        statements: &mut Statements<'a>,
        instance: InstanceKey,
        wanted: &Wanted,
    ) {
        let members: BTreeSet<i64> = self.sessions.iter().map(|session| session.user).collect();
        ask_latest(statements, instance, members.into_iter(), wanted, &mut self.latest);
    }

    pub(crate) fn load(self, rows: &mut Rows) {
        let sessions = self.sessions.into_iter().chain(self.others);
        sessions.for_each(|session| rows.sessions.load(session));
        for (user, choice) in self.choices {
            rows.sessions.load_choice(user, choice);
        }
        for (user, membership, organization) in self.latest {
            rows.sessions.load_latest(user, membership, organization);
        }
    }
}

/// Writes the sessions that are new or changed, and what users were set to.
pub(crate) fn apply<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    rows: &'a Rows,
    now: i64,
) {
    let (mut changed, mut new): (Calls<'_>, Calls<'_>) = Default::default();
    let mut signed_in = BTreeSet::new();
    for (_, change) in rows.sessions.sessions().changes() {
        match change {
            Change::Delete(_) => {}
            Change::Update(_, session) => changed.push(columns(instance, session)),
            Change::Insert(session) => {
                new.push(columns(instance, session));
                signed_in.insert(session.user);
            }
        }
    }
    forget(statements, instance, rows, &signed_in, now);
    statements.change(
        "UPDATE sessions
         SET id = $3, client_id = $4, \"user\" = $5, organization = $6, is_revoked = $7,
             last_active_at = $8, expire_at = $9, abandon_at = $10, updated_at = $11
         WHERE instance = $1 AND session = $2",
        changed,
    );
    statements.change(
        "INSERT INTO sessions
           (instance, session, id, client_id, \"user\", organization, is_revoked, last_active_at,
            expire_at, abandon_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new,
    );
    let chosen = rows.sessions.choices().changes().filter_map(|(user, change)| match change {
        Change::Delete(_) => None,
        Change::Insert(choice) | Change::Update(_, choice) => Some((user, choice)),
    });
    let calls = chosen.map(|(user, choice)| {
        vec![instance.into(), (*user).into(), choice.organization.into(), choice.chosen.into()]
    });
    // A choice that counts no longer was not loaded, and is there all the same.
    statements.change_any(
        "INSERT INTO active_organizations (instance, \"user\", organization, chosen)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (instance, \"user\")
         DO UPDATE SET organization = excluded.organization, chosen = excluded.chosen",
        calls.collect(),
    );
}

/// Removes the sessions of users who are gone, and of those who sign in the ones of long ago and, of
/// very many, the oldest.
fn forget(
    statements: &mut Statements<'_>,
    instance: InstanceKey,
    rows: &Rows,
    signed_in: &BTreeSet<i64>,
    now: i64,
) {
    let gone = rows.users().changes().filter_map(|(user, change)| match change {
        Change::Delete(_) => Some(vec![instance.into(), (*user).into()]),
        Change::Insert(_) | Change::Update(..) => None,
    });
    let gone: Calls<'_> = gone.collect();
    statements.change_any(
        "DELETE FROM active_organizations WHERE instance = $1 AND \"user\" = $2",
        gone.clone(),
    );
    statements.change_any("DELETE FROM sessions WHERE instance = $1 AND \"user\" = $2", gone);
    let first_kept = Keys::first_at(now - KEPT_FOR - sessions::LIFETIME);
    let of_users = |bound: i64| -> Calls<'static> {
        signed_in.iter().map(|user| vec![instance.into(), (*user).into(), bound.into()]).collect()
    };
    statements.change_any(
        "DELETE FROM sessions WHERE instance = $1 AND \"user\" = $2 AND session < $3",
        of_users(first_kept),
    );
    statements.change_any(
        "DELETE FROM sessions
         WHERE instance = $1 AND \"user\" = $2
               AND session <= (SELECT o.session
                               FROM sessions o
                               WHERE o.instance = $1 AND o.\"user\" = $2
                               ORDER BY o.session DESC
                               LIMIT 1 OFFSET $3)",
        of_users(MOST_SESSIONS),
    );
}

fn columns(instance: InstanceKey, session: &Session) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        session.key.into(),
        (&session.id).into(),
        (&session.client_id).into(),
        session.user.into(),
        session.organization.into(),
        session.is_revoked.into(),
        session.last_active_at.into(),
        session.expire_at.into(),
        session.abandon_at.into(),
        session.updated_at.into(),
    ]
}

impl Store {
    /// The session of that id; `None` also where its user is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(
        &self,
        instance: InstanceKey,
        id: &str,
    ) -> Result<Option<SessionView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let asked = question(instance, id);
        snapshot.row(asked.sql, asked.parameters, asked.read).await
    }

    /// The session of that id, and the role that the user has in the active organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_with_role(
        &self,
        instance: InstanceKey,
        id: &str,
    ) -> Result<Option<(SessionView, Option<Role>)>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let (found, granted) =
            snapshot.both((question(instance, id), roles::question(instance))).await?;
        Ok(found.into_iter().next().map(|view| {
            let row = view.organization.as_ref().map(|organization| organization.role);
            let role = roles::group(granted).into_iter().find(|role| Some(role.row) == row);
            (view, role)
        }))
    }

    /// A page of the sessions of an instance, newest first, and how many match if that is `counted`.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn sessions(
        &self,
        instance: InstanceKey,
        list: &ListSessions,
        counted: bool,
    ) -> Result<(Vec<SessionView>, Option<u64>), Error> {
        let mut filters = Filters::new(instance);
        if let Some(client_id) = &list.client_id {
            let client_id = filters.bind(client_id.clone());
            filters.add(format!("s.client_id = {client_id}"));
        }
        if let Some(user_id) = &list.user_id {
            let user_id = filters.bind(user_id.clone());
            filters.add(format!("u.id = {user_id}"));
        }
        if let Some(status) = &list.status {
            let now = filters.bind(self.clock.now());
            filters.add(match status.as_str() {
                "active" => {
                    format!("s.is_revoked = 0 AND s.expire_at > {now} AND s.abandon_at > {now}")
                }
                "expired" => format!("s.is_revoked = 0 AND s.expire_at <= {now}"),
                "abandoned" => {
                    format!("s.is_revoked = 0 AND s.expire_at > {now} AND s.abandon_at <= {now}")
                }
                "revoked" => "s.is_revoked = 1".to_owned(),
                _ => "1 = 0".to_owned(),
            });
        }
        // A user or a client may have any number of sessions.
        let mut snapshot = self.pool.snapshot(Cost::Scan).await?;
        let mut total_count = None;
        if counted {
            let total = format!(
                "SELECT count(*)
                 FROM sessions s
                 JOIN users u ON u.instance = s.instance AND u.\"user\" = s.\"user\"
                 WHERE s.instance = $1{filters}"
            );
            total_count = Some(filters.count(&mut snapshot, total).await?);
        }
        let limit = filters.page(list.limit.unwrap_or(DEFAULT_LIMIT), list.offset.unwrap_or(0));
        let sql = format!(
            "SELECT {COLUMNS}, u.id, o.id, o.slug, m.role
             FROM {SESSIONS}
             WHERE s.instance = $1{filters}
             ORDER BY s.session DESC
             {limit}"
        );
        let views = snapshot.rows(sql, filters.into_parameters(), read_view).await?;
        Ok((views, total_count))
    }
}

fn question(instance: InstanceKey, id: &str) -> Question<SessionView> {
    let sql = format!(
        "SELECT {COLUMNS}, u.id, o.id, o.slug, m.role
         FROM {SESSIONS}
         WHERE s.instance = $1 AND s.id = $2"
    );
    let parameters = vec![instance.into(), id.to_owned().into()];
    Question { sql: sql.into(), parameters, read: read_view }
}

fn read_view(row: &Row<'_>) -> Result<SessionView, Error> {
    let organization = match row.optional_text(COLUMN_COUNT + 1)? {
        None => None,
        Some(id) => Some(ActiveOrganization {
            id,
            slug: row.text(COLUMN_COUNT + 2)?,
            role: row.integer(COLUMN_COUNT + 3)?,
        }),
    };
    Ok(SessionView { session: read(row)?, user_id: row.text(COLUMN_COUNT)?, organization })
}
