//! Sessions.

use guildhall_rules::Keys;
use guildhall_store::SessionView;
use guildhall_types::Page;

use super::{Json, Object, envelope};

/// A session as it is at `now` (Unix milliseconds).
pub(crate) fn session(view: &SessionView, now: i64) -> Json {
    Json(session_json(view, now))
}

/// A page of sessions, which is a bare array unless it is to be `paginated`.
pub(crate) fn sessions(page: &Page<SessionView>, paginated: bool, now: i64) -> Json {
    let rows: Vec<String> = page.data.iter().map(|view| session_json(view, now)).collect();
    if paginated {
        return envelope(&rows, page.total_count);
    }
    Json(format!("[{}]", rows.join(",")))
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
