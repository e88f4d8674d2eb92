//! Sessions: who is signed in, and which organization is active.

use std::collections::HashMap;

use guildhall_types::{Code, SessionId};

use crate::batch::Rows;
use crate::operation::{Context, Operation, Refusal, Wanted};
use crate::rows::User;
use crate::table::Table;

/// How long a session lives, in milliseconds: seven days.
pub const LIFETIME: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long after its creation a session counts as abandoned, in milliseconds: thirty days.
const ABANDONED_AFTER: i64 = 30 * 24 * 60 * 60 * 1000;
/// What ids of clients begin with.
const CLIENT_PREFIX: &str = "client_";

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its row; tells when it was created.
    pub key: i64,
    /// Its id on the wire (`sess_…`).
    pub id: String,
    /// The id of the client that it belongs to (`client_…`).
    pub client_id: String,
    /// The row of the user.
    pub user: i64,
    /// The row of the active organization; it counts only while the user is a member.
    pub organization: Option<i64>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// When it was last used, in Unix milliseconds.
    pub last_active_at: i64,
    /// When it ends, in Unix milliseconds.
    pub expire_at: i64,
    /// When it counts as abandoned, in Unix milliseconds.
    pub abandon_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

impl Session {
    /// The status at `now` (Unix milliseconds) as the wire calls it.
    pub fn status(&self, now: i64) -> &'static str {
        match self {
            Self { is_revoked: true, .. } => "revoked",
            Self { expire_at, .. } if *expire_at <= now => "expired",
            Self { abandon_at, .. } if *abandon_at <= now => "abandoned",
            _ => "active",
        }
    }
}

/// A session as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// The id of its user.
    pub user_id: String,
    /// The active organization, if there is one.
    pub organization: Option<ActiveOrganization>,
}

/// The active organization of a session, as its tokens tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveOrganization {
    /// Its id.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// The row of the role that the user has there.
    pub role: i64,
}

/// The organization that a user was last set to, if to any, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The row of the organization; `None` for none.
    pub organization: Option<i64>,
    /// A row key made at that instant.
    pub chosen: i64,
}

/// Sessions that a batch has loaded, and what decides about the organization of the next one.
#[derive(Debug, Default)]
pub struct SessionRows {
    sessions: Table<i64, Session>,
    choices: Table<i64, Choice>,
    keys: HashMap<String, i64>,
    latest: HashMap<i64, Vec<(i64, i64)>>,
}

impl SessionRows {
    /// Takes in a session as it is stored.
    pub fn load(&mut self, session: Session) {
        self.keys.insert(session.id.clone(), session.key);
        self.sessions.load(session.key, session);
    }

    /// Takes in what a user was last set to; one who is no member there any more was set to nothing.
    pub fn load_choice(&mut self, user: i64, choice: Choice) {
        self.choices.load(user, choice);
    }

    /// Takes in one of the latest memberships of a user, by its row, and its organization.
    pub fn load_latest(&mut self, user: i64, membership: i64, organization: i64) {
        self.latest.entry(user).or_default().push((membership, organization));
    }

    /// The sessions, to see what changed.
    pub fn sessions(&self) -> &Table<i64, Session> {
        &self.sessions
    }

    /// What users were set to, to see what changed.
    pub fn choices(&self) -> &Table<i64, Choice> {
        &self.choices
    }

    /// Tells whether anything is to be written.
    pub fn are_changed(&self) -> bool {
        self.sessions.changes().next().is_some() || self.choices.changes().next().is_some()
    }

    pub(crate) fn mark(&mut self) {
        self.sessions.mark();
        self.choices.mark();
    }

    pub(crate) fn rollback(&mut self) {
        self.sessions.rollback();
        self.choices.rollback();
    }

    fn get(&self, id: &str) -> Result<Session, Refusal> {
        let found = self.keys.get(id).and_then(|key| self.sessions.get(key));
        found.cloned().ok_or_else(|| Code::SessionNotFound.about(&[id]).into())
    }

    fn put(&mut self, session: Session) {
        self.keys.insert(session.id.clone(), session.key);
        self.sessions.put(session.key, session);
    }
}

/// Signs a user in.
#[derive(Debug)]
pub struct Create {
    /// The id of the user.
    pub user_id: String,
    /// The id of the organization that is active; the one that is next for the user when `None`.
    pub active_organization_id: Option<String>,
}

impl Operation for Create {
    /// The id of the session.
    type Answer = String;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.user(&self.user_id);
        wanted.next_organizations_of.insert(self.user_id.clone());
        if let Some(organization_id) = &self.active_organization_id {
            wanted.membership(organization_id, &self.user_id);
        }
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let user = rows.user(&self.user_id).cloned();
        let unknown = || Code::UserNotFound.about(&[&self.user_id]).at("user_id");
        let signed_in = user.ok_or_else(unknown)?;
        if signed_in.profile.banned {
            return Err(Code::UserBanned.fault().into());
        }
        let user = signed_in.key;
        sign_in(rows, signed_in, context.now());
        let organization = match &self.active_organization_id {
            Some(id) => choose(rows, user, Some(id), context)?,
            None => next_organization(rows, user),
        };
        let session = Session {
            key: context.key(),
            id: context.id(SessionId::PREFIX),
            client_id: context.id(CLIENT_PREFIX),
            user,
            organization,
            is_revoked: false,
            last_active_at: context.now(),
            expire_at: context.now() + LIFETIME,
            abandon_at: context.now() + ABANDONED_AFTER,
            updated_at: context.now(),
        };
        let id = session.id.clone();
        rows.sessions.put(session);
        Ok(id)
    }
}

/// Sets the active organization of a session, which must be active itself, and of those that the user
/// begins later.
#[derive(Debug)]
pub struct SetActive {
    /// The id of the session.
    pub session_id: String,
    /// The id of its user.
    pub user_id: String,
    /// The id of the organization; `None` for none.
    pub organization_id: Option<String>,
}

impl Operation for SetActive {
    /// The id of the session.
    type Answer = String;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.sessions.insert(self.session_id.clone());
        wanted.card(&self.user_id);
        wanted.next_organizations_of.insert(self.user_id.clone());
        if let Some(organization_id) = &self.organization_id {
            wanted.membership(organization_id, &self.user_id);
        }
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let mut session = rows.sessions.get(&self.session_id)?;
        if session.status(context.now()) != "active" {
            return Err(Code::SessionNotFound.about(&[&self.session_id]).into());
        }
        let organization = choose(rows, session.user, self.organization_id.as_deref(), context)?;
        if session.organization != organization {
            session.organization = organization;
            session.updated_at = context.later_than(session.updated_at);
            rows.sessions.put(session);
        }
        Ok(self.session_id.clone())
    }
}

/// Revokes a session; it can never be used again.
#[derive(Debug)]
pub struct Revoke {
    /// The id of the session.
    pub session_id: String,
}

impl Operation for Revoke {
    /// The id of the session.
    type Answer = String;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.sessions.insert(self.session_id.clone());
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let mut session = rows.sessions.get(&self.session_id)?;
        if session.status(context.now()) == "active" {
            session.is_revoked = true;
            session.updated_at = context.later_than(session.updated_at);
            rows.sessions.put(session);
        }
        Ok(self.session_id.clone())
    }
}

/// Notes that a user signed in at `now`; neither instant goes back, and nothing else changes.
fn sign_in(rows: &mut Rows, mut user: User, now: i64) {
    let profile = &mut user.profile;
    let before = (profile.last_sign_in_at, profile.last_active_at);
    profile.last_sign_in_at = profile.last_sign_in_at.max(Some(now));
    profile.last_active_at = profile.last_active_at.max(Some(now));
    if before != (profile.last_sign_in_at, profile.last_active_at) {
        rows.put_user(user);
    }
}

/// Revokes the live sessions of a user, which are loaded.
pub(crate) fn sign_out(rows: &mut Rows, user: i64, context: &Context<'_>) {
    let sessions = rows.sessions.sessions.from(i64::MIN).map(|(_, session)| session);
    let is_live =
        |session: &&Session| session.user == user && session.status(context.now()) == "active";
    let live: Vec<Session> = sessions.filter(is_live).cloned().collect();
    for mut session in live {
        session.is_revoked = true;
        session.updated_at = context.later_than(session.updated_at);
        rows.sessions.put(session);
    }
}

/// Moves the live sessions of a user who has just left an organization to the one joined last.
pub(crate) fn leave(rows: &mut Rows, user: i64, organization: i64, context: &Context<'_>) {
    let is_concerned = |session: &Session| {
        session.user == user
            && session.organization == Some(organization)
            && session.status(context.now()) == "active"
    };
    let sessions = rows.sessions.sessions.from(i64::MIN).map(|(_, session)| session);
    let concerned: Vec<Session> =
        sessions.filter(|session| is_concerned(session)).cloned().collect();
    if concerned.is_empty() {
        return;
    }
    let next = rows.latest_membership(user).map(|(_, organization)| organization);
    for mut session in concerned {
        session.organization = next;
        session.updated_at = context.later_than(session.updated_at);
        rows.sessions.put(session);
    }
}

/// Notes what a user is set to; only an organization of the user's own can be chosen.
fn choose(
    rows: &mut Rows,
    user: i64,
    organization_id: Option<&str>,
    context: &mut Context<'_>,
) -> Result<Option<i64>, Refusal> {
    let organization = match organization_id {
        None => None,
        Some(id) => {
            let found = rows.organization(id).map(|organization| organization.key);
            let found = found.filter(|key| rows.membership(*key, user).is_some());
            let unknown = || Code::OrganizationNotFoundOrUnauthorized.fault();
            Some(found.ok_or_else(|| unknown().at("active_organization_id"))?)
        }
    };
    let choice = Choice { organization, chosen: context.key() };
    rows.sessions.choices.put(user, choice);
    Ok(organization)
}

/// What the next session of a user begins in: what the user was set to or joined, whichever came
/// later.
fn next_organization(rows: &Rows, user: i64) -> Option<i64> {
    let latest = rows.latest_membership(user);
    let chosen = rows.sessions.choices.get(&user);
    let chosen = chosen.filter(|choice| latest.is_none_or(|(joined, _)| choice.chosen > joined));
    let joined = latest.map(|(_, organization)| organization);
    match chosen {
        None => joined,
        Some(choice) => choice.organization.and_then(|organization| {
            if rows.has_left(organization, user) { joined } else { Some(organization) }
        }),
    }
}

impl Rows {
    /// The latest membership of a user, by its row, and its organization.
    fn latest_membership(&self, user: i64) -> Option<(i64, i64)> {
        let stored = self.sessions.latest.get(&user).into_iter().flatten().copied();
        let stored = stored.filter(|(_, organization)| !self.has_left(*organization, user));
        stored.chain(self.memberships_of(user)).max()
    }
}
