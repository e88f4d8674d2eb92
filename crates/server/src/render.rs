//! Answers: ready JSON from the store, completed by what only the server knows.

mod catalogue;
mod role_sets;
mod sessions;

use std::fmt::Write;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use guildhall_rules::organizations::OrganizationView;
use guildhall_rules::{Keys, MembershipView, Organization, Role, UserView};
use guildhall_store::MembershipPage;
use guildhall_types::{GetOrganization, Page};
use serde::Serialize;

use crate::app::App;
use crate::http::avatars;

pub(crate) use catalogue::{instance, organization_settings, permission, permissions, role, roles};
pub(crate) use role_sets::{role_set, role_sets};
pub(crate) use sessions::{session, sessions};

/// An answer of ready JSON.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Vec<u8>);

impl Json {
    /// An answer that a type of the wire tells.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        Self(serde_json::to_vec(value).expect("the wire's own types have a JSON form"))
    }
}

impl From<String> for Json {
    fn from(json: String) -> Self {
        Self(json.into_bytes())
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        // Exactly this, without a charset: some clients compare it to the letter.
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// A JSON object that is being written.
struct Object(Vec<u8>);

impl Object {
    /// How many bytes most objects need, so that they are moved but once.
    const ROOM: usize = 1536;

    fn new() -> Self {
        let mut json = Vec::with_capacity(Self::ROOM);
        json.push(b'{');
        Self(json)
    }

    /// Goes on where a finished object ends.
    fn extending(finished: &str) -> Self {
        let mut json = Vec::with_capacity(finished.len() + Self::ROOM / 2);
        json.extend_from_slice(opened(finished));
        Self(json)
    }

    fn name(&mut self, name: &str) {
        if !self.0.ends_with(b"{") {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    /// Adds a field whose value is JSON already.
    fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// Adds a field of the address of a picture.
    fn image_url(mut self, name: &str, app: &App, id: &str, initials: &str) -> Self {
        self.name(name);
        push_image_url(&mut self.0, app, id, initials);
        self
    }

    /// Adds a field of a number, a truth value, or anything else that has a JSON form.
    fn value(mut self, name: &str, value: impl Serialize) -> Self {
        self.name(name);
        push_value(&mut self.0, value);
        self
    }

    fn finish(mut self) -> String {
        self.0.push(b'}');
        text(self.0)
    }
}

/// A finished object without its end.
fn opened(finished: &str) -> &[u8] {
    finished.strip_suffix('}').unwrap_or(finished).as_bytes()
}

fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Writes the address of a picture as JSON.
fn push_image_url(json: &mut Vec<u8>, app: &App, id: &str, initials: &str) {
    push_text(json, app.public_url());
    json.pop();
    json.extend_from_slice(avatars::FOLDER.as_bytes());
    avatars::push_file_name(json, id, initials);
    json.push(b'"');
}

/// Writes text as JSON.
fn push_text(json: &mut Vec<u8>, text: &str) {
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Most texts are written as they are. To look at every byte is quicker than to stop at one.
    if !text.bytes().fold(false, |any, byte| any | is_escaped(byte)) {
        json.push(b'"');
        json.extend_from_slice(text.as_bytes());
        json.push(b'"');
    } else {
        push_value(json, text);
    }
}

/// Writes a number, a truth value, or anything else that has a JSON form.
fn push_value(json: &mut Vec<u8>, value: impl Serialize) {
    serde_json::to_writer(json, &value).expect("plain values have a JSON form");
}

/// A membership with its organization and what it shows of its user.
pub(crate) fn membership(app: &App, view: &MembershipView) -> Json {
    let mut json = Vec::with_capacity(Object::ROOM);
    let role = |json: &mut Vec<u8>| push_role(json, &view.role);
    let organization = |json: &mut Vec<u8>| push_organization(json, app, &view.organization);
    push_membership(&mut json, app, view, role, organization);
    Json(json)
}

/// A page of memberships.
pub(crate) fn memberships(app: &App, page: &MembershipPage) -> Json {
    let mut json = Vec::with_capacity((page.data.len() + 1) * Object::ROOM);
    json.extend_from_slice(b"{\"data\":[");
    let mut around: Option<Surroundings> = None;
    for (number, view) in page.data.iter().enumerate() {
        if number > 0 {
            json.push(b',');
        }
        view.push(&mut json, app.public_url(), |json| {
            let around = match &mut around {
                Some(around) if around.is_of(view) => around,
                around => around.insert(Surroundings::new(app, view)),
            };
            around.push_membership(json, app, view);
        });
    }
    json.extend_from_slice(b"],\"total_count\":");
    push_value(&mut json, page.total_count);
    json.push(b'}');
    Json(json)
}

/// What a membership shares with its neighbours, written once: its role and its organization.
struct Surroundings {
    organization_key: i64,
    role_row: i64,
    role: Vec<u8>,
    organization: Vec<u8>,
}

impl Surroundings {
    fn new(app: &App, view: &MembershipView) -> Self {
        let (mut role, mut organization) = (Vec::new(), Vec::with_capacity(Object::ROOM));
        push_role(&mut role, &view.role);
        push_organization(&mut organization, app, &view.organization);
        let (organization_key, role_row) = (view.organization.key, view.role.row);
        Self { organization_key, role_row, role, organization }
    }

    fn is_of(&self, view: &MembershipView) -> bool {
        (self.organization_key, self.role_row) == (view.organization.key, view.role.row)
    }

    fn push_membership(&self, json: &mut Vec<u8>, app: &App, view: &MembershipView) {
        let role = |json: &mut Vec<u8>| json.extend_from_slice(&self.role);
        let organization = |json: &mut Vec<u8>| json.extend_from_slice(&self.organization);
        push_membership(json, app, view, role, organization);
    }
}

/// Writes a membership behind what is there; `push_role` and `push_organization` write what belongs to
/// its role and its organization.
fn push_membership(
    json: &mut Vec<u8>,
    app: &App,
    MembershipView { membership, user, .. }: &MembershipView,
    push_role: impl FnOnce(&mut Vec<u8>),
    push_organization: impl FnOnce(&mut Vec<u8>),
) {
    json.extend_from_slice(b"{\"object\":\"organization_membership\",\"id\":");
    push_text(json, &membership.id);
    push_role(json);
    json.extend_from_slice(b",\"public_metadata\":");
    json.extend_from_slice(membership.public_metadata.as_bytes());
    json.extend_from_slice(b",\"private_metadata\":");
    json.extend_from_slice(membership.private_metadata.as_bytes());
    json.extend_from_slice(b",\"organization\":");
    push_organization(json);
    json.extend_from_slice(b",\"public_user_data\":");
    json.extend_from_slice(opened(&user.json));
    json.extend_from_slice(b",\"image_url\":");
    let picture = json.len();
    push_image_url(json, app, &user.id, &user.initials);
    let picture = picture..json.len();
    json.extend_from_slice(b",\"profile_image_url\":");
    json.extend_from_within(picture);
    json.extend_from_slice(b"},\"created_at\":");
    push_value(json, Keys::instant(membership.key));
    json.extend_from_slice(b",\"updated_at\":");
    push_value(json, membership.updated_at);
    json.push(b'}');
}

/// Writes the fields of a membership that tell its role.
fn push_role(json: &mut Vec<u8>, role: &Role) {
    json.extend_from_slice(b",\"role\":");
    push_text(json, &role.key);
    json.extend_from_slice(b",\"role_name\":");
    push_text(json, &role.name);
    json.extend_from_slice(b",\"permissions\":");
    push_value(json, &role.permissions);
}

fn push_organization(json: &mut Vec<u8>, app: &App, organization: &Organization) {
    push_organization_fields(json, app, organization);
    json.push(b'}');
}

/// Writes an organization without its end.
fn push_organization_fields(json: &mut Vec<u8>, app: &App, organization: &Organization) {
    json.extend_from_slice(b"{\"object\":\"organization\",\"id\":");
    push_text(json, &organization.id);
    json.extend_from_slice(b",\"name\":");
    push_text(json, &organization.name);
    json.extend_from_slice(b",\"slug\":");
    push_text(json, &organization.slug);
    json.extend_from_slice(b",\"image_url\":");
    push_image_url(json, app, &organization.id, &organization.initials());
    json.extend_from_slice(b",\"has_image\":false,\"max_allowed_memberships\":");
    push_value(json, organization.max_allowed_memberships);
    json.extend_from_slice(b",\"admin_delete_enabled\":");
    push_value(json, organization.admin_delete_enabled);
    json.extend_from_slice(b",\"public_metadata\":");
    json.extend_from_slice(organization.public_metadata.as_bytes());
    json.extend_from_slice(b",\"private_metadata\":");
    json.extend_from_slice(organization.private_metadata.as_bytes());
    json.extend_from_slice(b",\"created_at\":");
    push_value(json, organization.created_at);
    json.extend_from_slice(b",\"updated_at\":");
    push_value(json, organization.updated_at);
    json.extend_from_slice(b",\"role_set_key\":");
    push_text(json, &organization.role_set_key);
    if let Some(user_id) = &organization.created_by {
        json.extend_from_slice(b",\"created_by\":");
        push_text(json, user_id);
    }
}

/// An organization, with what was asked for beyond its own fields.
pub(crate) fn organization(app: &App, view: &OrganizationView, include: GetOrganization) -> Json {
    organization_json(app, view, include).into()
}

/// A page of organizations.
pub(crate) fn organizations(
    app: &App,
    page: &Page<OrganizationView>,
    include: GetOrganization,
) -> Json {
    let rows: Vec<String> =
        page.data.iter().map(|view| organization_json(app, view, include)).collect();
    envelope(&rows, page.total_count)
}

fn organization_json(app: &App, view: &OrganizationView, include: GetOrganization) -> String {
    let mut object = Object(Vec::with_capacity(Object::ROOM));
    push_organization_fields(&mut object.0, app, &view.organization);
    if include.include_members_count {
        object = object.value("members_count", view.members_count);
    }
    if include.include_missing_member_with_elevated_permissions {
        object = object.value(
            "missing_member_with_elevated_permissions",
            view.missing_member_with_elevated_permissions,
        );
    }
    object.finish()
}

/// A user.
pub(crate) fn user(app: &App, view: &UserView) -> Json {
    user_json(app, view).into()
}

/// A page of users, which is a bare array.
pub(crate) fn users(app: &App, views: &[UserView]) -> Json {
    let rows: Vec<String> = views.iter().map(|view| user_json(app, view)).collect();
    format!("[{}]", rows.join(",")).into()
}

fn user_json(app: &App, view: &UserView) -> String {
    Object::extending(&view.document)
        .raw("public_metadata", &view.public_metadata)
        .raw("private_metadata", &view.private_metadata)
        .raw("unsafe_metadata", &view.unsafe_metadata)
        .image_url("image_url", app, &view.id, &view.initials)
        .image_url("profile_image_url", app, &view.id, &view.initials)
        .finish()
}

fn envelope(rows: &[String], total_count: u64) -> Json {
    let mut json = format!("{{\"data\":[{}],\"total_count\":", rows.join(","));
    write!(json, "{total_count}}}").expect("writing to a string cannot fail");
    json.into()
}
