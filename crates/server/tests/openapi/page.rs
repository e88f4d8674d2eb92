//! `docs/compatibility.md`: the published operations, and what is served of them.

use std::fmt::Write;

use crate::document::{Described, Document, NEWEST, OLDEST, facts};

const INTRODUCTION: &str = "\
<!-- Made from the routes by `GUILDHALL_UPDATE=1 cargo test -p guildhall-server --test openapi`. -->

# Compatibility

What is served of the Clerk Backend API, as far as it is about users, organizations and memberships,
and what is served beyond it. The same is told to programs by `GET /openapi.json`.

A parameter or field that is named as missing is refused with 422 `form_param_unknown`, and a path
that is not served with 404. [behaviour.md](behaviour.md) tells the details.
";

/// The page for what a server says of itself.
pub(crate) fn page(document: &Document) -> String {
    let served = document.operations();
    let published = published();
    let is_served =
        |one: &&Described| find(&served, one).is_some() || document.until(one.id()).is_some();
    let count = published.iter().filter(is_served).count();
    let mut page = INTRODUCTION.to_owned();
    write!(
        page,
        "\n## Published operations\n\n{count} of {} are served. They are those of version {NEWEST} \
         and those that only {OLDEST} has.\n\n| operation | method and path | served |\n|---|---|---|\n",
        published.len(),
    )
    .expect("writing to a string cannot fail");
    for operation in &published {
        let state = match document.until(operation.id()) {
            Some(version) => format!("yes, in versions before {version}"),
            None => state(operation, find(&served, operation)),
        };
        line(&mut page, operation.id(), &format!("/v1{}", operation.path), operation, &state);
    }
    page.push_str(
        "\n## Additions\n\n| operation | method and path | what is added |\n|---|---|---|\n",
    );
    for operation in &served {
        if let Some(added) = added(operation) {
            line(&mut page, operation.id(), &operation.path, operation, &added);
        }
    }
    page
}

/// The operations of both published descriptions, in the order of paths.
fn published() -> Vec<Described> {
    let mut all = facts(NEWEST);
    let old = facts(OLDEST).into_iter();
    let only_old: Vec<_> = old.filter(|one| find(&all, one).is_none()).collect();
    all.extend(only_old);
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all
}

fn find<'a>(operations: &'a [Described], like: &Described) -> Option<&'a Described> {
    operations.iter().find(|operation| operation.id() == like.id())
}

fn state(published: &Described, served: Option<&Described>) -> String {
    let Some(served) = served else {
        let is_new = find(&facts(NEWEST), published).is_some();
        return if is_new { "not yet".to_owned() } else { format!("not yet (not in {NEWEST})") };
    };
    let mut parts = Vec::new();
    let missing: Vec<_> = served.refuses().map(|name| format!("`{name}`")).collect();
    if !missing.is_empty() {
        parts.push(format!("without {}", missing.join(", ")));
    }
    parts.extend(served.but().map(|but| but.trim_end_matches('.').to_owned()));
    if parts.is_empty() { "yes".to_owned() } else { format!("partly: {}", parts.join("; ")) }
}

fn added(operation: &Described) -> Option<String> {
    if operation.is_addition() {
        return Some(operation.summary().to_owned());
    }
    let parameters: Vec<_> = operation.added_parameters().map(|name| format!("`{name}`")).collect();
    let headers = operation.headers().map(|name| format!("header `{name}` of the answer"));
    let parts: Vec<_> = parameters.into_iter().chain(headers).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn line(page: &mut String, id: &str, path: &str, operation: &Described, state: &str) {
    let method = operation.method.to_uppercase();
    writeln!(page, "| `{id}` | `{method}` `{path}` | {state} |")
        .expect("writing to a string cannot fail");
}
