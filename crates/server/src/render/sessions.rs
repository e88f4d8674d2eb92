//! Sessions.

use guildhall_rules::Keys;
use guildhall_rules::sessions::SessionView;

use super::{Json, Object, envelope};

/// A session as it is at `now` (Unix milliseconds).
pub(crate) fn session(view: &SessionView, now: i64) -> Json {
    session_json(view, now).into()
}

/// Sessions as a bare array, or in an envelope where they are counted.
pub(crate) fn sessions(views: &[SessionView], total_count: Option<u64>, now: i64) -> Json {
    let rows: Vec<String> = views.iter().map(|view| session_json(view, now)).collect();
    match total_count {
        Some(total_count) => envelope(&rows, total_count),
        None => format!("[{}]", rows.join(",")).into(),
    }
}

fn session_json(SessionView { session, user_id, organization }: &SessionView, now: i64) -> String {
    Object::new()
        .raw("object", "\"session\"")
        .value("id", &session.id)
        .value("user_id", user_id)
        .value("client_id", &session.client_id)
        .raw("actor", "null")
        .value("status", session.status(now))
        .value(
            "last_active_organization_id",
            organization.as_ref().map(|organization| &organization.id),
        )
        .value("last_active_at", session.last_active_at)
        .value("expire_at", session.expire_at)
        .value("abandon_at", session.abandon_at)
        .value("created_at", Keys::instant(session.key))
        .value("updated_at", session.updated_at)
        .finish()
}
