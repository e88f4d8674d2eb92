//! What a failure says, and which exit code it gives.

use std::fmt::{self, Write};
use std::io;

use anyhow::Result;
use guildhall_sdk::{ApiError, Client, Code, Delivery, Error, ErrorBody};

use crate::exit::ExitStatus;
use crate::output::Output;
use crate::text::printable;

/// What was asked for is refused; the text says why.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) String);

/// Refuses the name or id of an instance that is not there.
pub(crate) fn unknown_instance(instance: &str) -> Refusal {
    Refusal(format!("there is no instance `{instance}`; see `guildhall instances list`"))
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// Tells a failure on stderr, in one line.
pub(crate) fn report(error: &anyhow::Error) -> ExitStatus {
    if is_closed_pipe(error) {
        // The reader of our output has seen enough.
        return ExitStatus::Done;
    }
    Output::note(&printable(&format!("error: {error:#}")));
    if error.is::<Refusal>() { ExitStatus::Refused } else { ExitStatus::Failed }
}

/// Tells a call that failed on stderr: what happened, and what to do next.
///
/// `look` is the command that shows how things are now, `guildhall members get` for example.
pub(crate) fn tell_call(
    outcome: Result<ExitStatus>,
    client: &Client,
    look: &str,
) -> Result<ExitStatus> {
    outcome.or_else(|error| match error.downcast_ref::<Error>() {
        Some(error) => {
            Output::note(describe(error, client.base_url(), look).trim_end());
            Ok(match error.status() {
                Some(400..=499) => ExitStatus::Refused,
                _ => ExitStatus::Failed,
            })
        }
        None => Err(error),
    })
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

fn describe(error: &Error, base_url: &str, look: &str) -> String {
    let mut text = match error {
        Error::Api(answer) => describe_answer(answer),
        _ => format!("error: {}\n", printable(&with_causes(error))),
    };
    if let Error::Decode { excerpt, .. } = error {
        let _ = writeln!(text, "  {excerpt}");
    }
    if let Some(hint) = hint(error, base_url, look) {
        let _ = writeln!(text, "hint: {hint}");
    }
    if let Some(trace_id) = error.trace_id() {
        let _ = writeln!(text, "trace id: {}", printable(trace_id));
    }
    text
}

/// The status, and below it every error that the server listed.
fn describe_answer(answer: &ApiError) -> String {
    let verb = if answer.status >= 500 { "failed" } else { "refused" };
    let mut text = format!("error: the server {verb} with status {}\n", answer.status);
    for error in &answer.errors {
        let _ = writeln!(text, "  {}", printable(&describe_one(error)));
    }
    if let Some(excerpt) = &answer.excerpt {
        let _ = writeln!(text, "  {excerpt}");
    }
    text
}

fn describe_one(error: &ErrorBody) -> String {
    let messages = [&error.long_message, &error.message];
    let message = messages.into_iter().find(|it| !it.is_empty()).map_or("no message", |it| it);
    let code = Some(error.code.as_str()).filter(|code| !code.is_empty());
    let parameter = error.param_name().map(|name| format!("parameter `{name}`"));
    let details: Vec<_> = code.map(str::to_owned).into_iter().chain(parameter).collect();
    match details.as_slice() {
        [] => message.to_owned(),
        _ => format!("{message} ({})", details.join(", ")),
    }
}

fn with_causes(error: &Error) -> String {
    let causes: Vec<_> = anyhow::Chain::new(error).map(ToString::to_string).collect();
    causes.join(": ")
}

/// What to do next.
fn hint(error: &Error, base_url: &str, look: &str) -> Option<String> {
    match error {
        Error::Api(answer) => hint_on_answer(answer, base_url),
        Error::Transport { delivery: Delivery::NotSent, .. } => {
            Some(format!("is the server running at {base_url}? `guildhall serve` starts one"))
        }
        Error::Transport { .. } => Some(format!(
            "{base_url} may have carried it out; look with `{look}` before you try \
             again"
        )),
        Error::Decode { .. } => {
            Some(format!("does `--api-url` lead to the API itself? calls go to {base_url}"))
        }
        _ => None,
    }
}

fn hint_on_answer(answer: &ApiError, base_url: &str) -> Option<String> {
    if answer.errors.is_empty() && answer.status != 429 {
        return Some(format!(
            "this is no answer of the API; does `--api-url` lead to it? calls go to {base_url}"
        ));
    }
    if let Some(hint) = answer.errors.iter().find_map(hint_on_error) {
        return Some(hint.to_owned());
    }
    match answer.status {
        401 => Some(format!(
            "check the secret key: it must be one of {base_url}, whole, and not revoked"
        )),
        404 => Some(
            "check the ids: organizations look like `org_…`, users like `user_…`, roles like \
             `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like \
             `sess_…`, and all must be of the instance that the secret key opens"
                .to_owned(),
        ),
        429 => Some(match answer.retry_after {
            Some(wait) => format!("try again in {} s", wait.as_secs()),
            None => "try again later".to_owned(),
        }),
        500.. => Some("the server's log tells more under the trace id".to_owned()),
        _ => None,
    }
}

fn hint_on_error(error: &ErrorBody) -> Option<&'static str> {
    let is = |code: Code| error.code == code.code();
    if error.param_name() == Some("role") && is(Code::OrganizationRoleNotFound) {
        Some(
            "roles look like `org:member`; the role must be in the role set of the organization, which \
              `guildhall role-sets get` shows",
        )
    } else if is(Code::AlreadyAMember) {
        Some("`guildhall members set-role` changes the role of a member")
    } else if is(Code::MinimumPermissionsNeeded) {
        Some("give another member the role of this one first, `org:admin` for example")
    } else if is(Code::MembershipQuotaExceeded) {
        Some("raise `max_allowed_memberships` of the organization, or remove a member")
    } else if is(Code::RequestInvalidForEnvironment) {
        Some("`guildhall serve --production-sessions allow` lets production instances do it")
    } else if is(Code::OrganizationsDisabled) {
        Some("`guildhall settings set --enabled true` turns organizations on")
    } else if is(Code::PermissionNotAssigned) {
        Some("`guildhall roles get` shows what the role grants")
    } else if is(Code::RoleMigrationInProgress) {
        Some("`guildhall role-sets get` tells how far it is; try again when it is done")
    } else if is(Code::RoleOfSetIsAssigned) {
        Some("`guildhall members set-role` gives its members a role of both sets first")
    } else if is(Code::RoleSetIsInitial) {
        Some("`guildhall role-sets update --initial` makes another one initial")
    } else if is(Code::RoleReassignmentMissing) {
        Some("`--reassign` tells for each which role takes its place")
    } else if is(Code::RoleIsAssigned) {
        Some("`guildhall members set-role` gives its members another role")
    } else if is(Code::RoleIsCreatorRole) {
        Some("`guildhall settings set --creator-role` names another role")
    } else if is(Code::RoleIsDomainDefaultRole) {
        Some("`guildhall settings set --domains-default-role` names another role")
    } else {
        None
    }
}
