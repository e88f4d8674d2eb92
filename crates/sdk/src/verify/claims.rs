//! The checks of claims, in the order of the published clients.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guildhall_types::ClaimInvalid;
use serde_json::{Map, Value};

use super::VerifyError;

/// What claims have to fulfil.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) leeway: Duration,
    /// Any when `None`.
    pub(super) authorized_parties: Option<Vec<String>>,
    /// Any when `None`.
    pub(super) issuer: Option<String>,
    pub(super) pending: Pending,
}

/// What becomes of sessions whose user has a task left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    Refused,
    Accepted,
}

impl Rules {
    /// Looks whether claims are good at `now`.
    pub(super) fn check(
        &self,
        claims: &Map<String, Value>,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        required_text(claims, "sub")?;
        self.check_times(claims, now)?;
        if let Some(parties) = &self.authorized_parties {
            let party = text(claims, "azp")?;
            if !party.is_some_and(|party| parties.iter().any(|allowed| allowed == party)) {
                let authorized_party = party.map(str::to_owned);
                return Err(VerifyError::AuthorizedPartyNotAllowed { authorized_party });
            }
        }
        if let Some(wanted) = &self.issuer {
            let issuer = text(claims, "iss")?;
            if issuer != Some(wanted) {
                return Err(VerifyError::IssuerNotAllowed { issuer: issuer.map(str::to_owned) });
            }
        }
        match text(claims, "sts")? {
            None | Some("active") => Ok(()),
            Some("pending") if self.pending == Pending::Accepted => Ok(()),
            Some("pending") => Err(VerifyError::SessionPending),
            Some(status) => Err(VerifyError::SessionNotActive { status: status.to_owned() }),
        }
    }

    fn check_times(&self, claims: &Map<String, Value>, now: SystemTime) -> Result<(), VerifyError> {
        let now = unix_seconds(now);
        let leeway = self.leeway.as_secs_f64();
        let expires = seconds(claims, "exp")?.ok_or(ClaimInvalid { name: "exp" })?;
        if expires <= now - leeway {
            return Err(VerifyError::Expired { expired_at: whole(expires) });
        }
        let is_ahead = |instant: &f64| *instant > now + leeway;
        if let Some(from) = seconds(claims, "nbf")?.filter(is_ahead) {
            return Err(VerifyError::NotYetValid { valid_from: whole(from) });
        }
        if let Some(issued) = seconds(claims, "iat")?.filter(is_ahead) {
            return Err(VerifyError::IssuedInFuture { issued_at: whole(issued) });
        }
        Ok(())
    }
}

/// A text that may be missing, or `null`.
pub(super) fn text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, ClaimInvalid> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ClaimInvalid { name }),
    }
}

/// A text that is there and not empty.
pub(super) fn required_text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, ClaimInvalid> {
    text(claims, name)?.filter(|text| !text.is_empty()).ok_or(ClaimInvalid { name })
}

/// Unix seconds, in whole or with a fraction (RFC 7519, `NumericDate`), that may be missing.
pub(super) fn seconds(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<f64>, ClaimInvalid> {
    let read = |value: &Value| value.as_f64().filter(|seconds| seconds.is_finite());
    claims.get(name).map(|value| read(value).ok_or(ClaimInvalid { name })).transpose()
}

/// Whole Unix seconds; what does not fit is the nearest that does.
pub(super) fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

fn unix_seconds(instant: SystemTime) -> f64 {
    match instant.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
