//! Whether and when a request is sent again: a pure rule.
//!
//! The rule is the table at [`ClientBuilder::retries`](crate::ClientBuilder::retries). After 429
//! or without a connection the server has done nothing. In all other cases it may have: a second
//! `POST` could then create twice, and a second `DELETE` would report 404 for what the first one
//! did. `PATCH` and `PUT` of this API leave the same state when carried out twice, yet a lost
//! answer is reported rather than repeated, because another writer may have come in between; only
//! a server that asks for it by `Retry-After` gets them again. A `POST` that only reads goes by the
//! rule of `GET`.

use std::time::{Duration, SystemTime};

use reqwest::Method;

/// The longest wait a server may ask for; beyond it the error goes to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The wait before the second attempt, jitter aside; it doubles with each further one.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
/// Where the doubling ends.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// How an attempt failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// No connection came about.
    NotSent,
    /// The request was sent, at least in part, and no whole answer came.
    AnswerLost,
    /// The server refused.
    Status { status: u16, retry_after: Option<Duration> },
}

/// How often a request is sent at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) attempts: u32,
}

impl Policy {
    /// How long to wait before the next attempt; `None` to give up.
    ///
    /// `attempt` counts from 1 and names the one that failed; `jitter` lies in `0.0..1.0`.
    pub(crate) fn wait(
        self,
        method: &Method,
        failure: Failure,
        attempt: u32,
        jitter: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || !may_repeat(method, failure) {
            return None;
        }
        match failure {
            Failure::Status { retry_after: Some(wait), .. } => {
                (wait <= LONGEST_WAIT).then_some(wait)
            }
            _ => Some(backoff(attempt, jitter)),
        }
    }
}

/// Reads a `Retry-After` of seconds, or a date counted from the answer's own `Date`.
///
/// The server's clock on both sides of the subtraction makes ours irrelevant.
pub(crate) fn retry_after(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let retry_after = retry_after.trim();
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until: SystemTime = httpdate::parse_http_date(retry_after).ok()?;
    let now = httpdate::parse_http_date(date?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn may_repeat(method: &Method, failure: Failure) -> bool {
    let reads = method == Method::GET;
    match failure {
        Failure::NotSent | Failure::Status { status: 429, .. } => true,
        Failure::Status { status: 503, retry_after: Some(_) } => {
            reads || method == Method::PUT || method == Method::PATCH
        }
        Failure::AnswerLost | Failure::Status { status: 502..=504, .. } => reads,
        Failure::Status { .. } => false,
    }
}

fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt - 1));
    doubled.min(LONGEST_BACKOFF).mul_f64(0.5 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Policy = Policy { attempts: 3 };
    const METHODS: [Method; 5] =
        [Method::GET, Method::PUT, Method::PATCH, Method::DELETE, Method::POST];

    fn repeated(failure: Failure) -> Vec<Method> {
        let repeats = |method: &Method| THREE.wait(method, failure, 1, 0.0).is_some();
        METHODS.into_iter().filter(repeats).collect()
    }

    fn status(status: u16) -> Failure {
        Failure::Status { status, retry_after: None }
    }

    #[test]
    fn every_method_is_repeated_when_the_server_has_done_nothing() {
        assert_eq!(repeated(Failure::NotSent), METHODS);
        assert_eq!(repeated(status(429)), METHODS);
    }

    #[test]
    fn only_reads_are_repeated_when_the_server_may_have_acted() {
        for failure in [Failure::AnswerLost, status(502), status(503), status(504)] {
            assert_eq!(repeated(failure), [Method::GET], "{failure:?}");
        }
    }

    #[test]
    fn a_503_that_asks_for_it_spares_creations_and_deletions() {
        let failure = Failure::Status { status: 503, retry_after: Some(Duration::ZERO) };

        assert_eq!(repeated(failure), [Method::GET, Method::PUT, Method::PATCH]);
    }

    #[test]
    fn other_statuses_are_never_repeated() {
        for code in [301, 400, 401, 403, 404, 408, 409, 422, 500, 501] {
            assert!(repeated(status(code)).is_empty(), "{code}");
        }
    }

    #[test]
    fn the_last_attempt_is_not_followed_by_another() {
        assert!(THREE.wait(&Method::GET, status(429), 2, 0.0).is_some());
        assert!(THREE.wait(&Method::GET, status(429), 3, 0.0).is_none());
    }

    #[test]
    fn the_wait_is_what_the_server_asks_for_up_to_a_minute() {
        let asking = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            THREE.wait(&Method::GET, Failure::Status { status: 429, retry_after }, 1, 0.9)
        };

        assert_eq!(asking(9), Some(Duration::from_secs(9)));
        assert_eq!(asking(60), Some(Duration::from_secs(60)));
        assert_eq!(asking(61), None);
    }

    #[test]
    fn backoff_doubles_with_jitter_and_stays_bounded() {
        assert_eq!(backoff(1, 0.0), Duration::from_millis(125));
        assert_eq!(backoff(1, 1.0), Duration::from_millis(250));
        assert_eq!(backoff(3, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST_BACKOFF);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");

        assert_eq!(retry_after(" 9 ", None), Some(Duration::from_secs(9)));
        assert_eq!(
            retry_after("Wed, 21 Oct 2026 07:28:30 GMT", date),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:27:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:28:30 GMT", None), None);
        assert_eq!(retry_after("-1", date), None);
        assert_eq!(retry_after("soon", date), None);
    }
}
