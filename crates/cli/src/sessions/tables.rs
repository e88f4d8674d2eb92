//! How sessions look on a terminal.

use comfy_table::Table;
use guildhall_sdk::{OrganizationId, Session};

use crate::output::{fields, rows};
use crate::text::{instant, optional};

/// Sessions, one a row.
pub(super) fn sessions(sessions: &[Session]) -> Table {
    rows(
        ["SESSION", "USER", "STATUS", "ORGANIZATION", "EXPIRES"],
        sessions.iter().map(|session| {
            [
                session.id.to_string(),
                session.user_id.to_string(),
                session.status.clone(),
                active_organization(session),
                instant(session.expire_at),
            ]
        }),
    )
}

/// One session with all that people ask of it.
pub(super) fn session(session: &Session) -> Table {
    fields([
        ("session", session.id.to_string()),
        ("user", session.user_id.to_string()),
        ("client", session.client_id.clone()),
        ("status", session.status.clone()),
        ("active organization", active_organization(session)),
        ("created", instant(session.created_at)),
        ("last active", instant(session.last_active_at)),
        ("expires", instant(session.expire_at)),
    ])
}

fn active_organization(session: &Session) -> String {
    optional(session.last_active_organization_id.as_ref().map(OrganizationId::as_str))
}
