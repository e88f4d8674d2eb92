//! Answers that are not a success, whatever their body looks like.

use std::fmt;
use std::time::Duration;

use guildhall_types::ErrorBody;
use reqwest::StatusCode;
use serde_json::Value;

/// The most characters of a body that an error repeats.
const EXCERPT_CHARACTERS: usize = 200;

/// An answer whose status is not a success.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Every error the server listed; empty when the body lists none.
    pub errors: Vec<ErrorBody>,
    /// Names this request in the server's log.
    pub trace_id: Option<String>,
    /// How long the server asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
    /// How the body begins when it lists no error, from a proxy for example: at most 200
    /// characters, without control characters.
    pub excerpt: Option<String>,
}

impl ApiError {
    /// Reads the body of an answer; the trace id of the body counts before `trace_id`.
    pub(crate) fn read(
        status: StatusCode,
        trace_id: Option<String>,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let listed = json.get("errors").and_then(Value::as_array);
        let errors: Vec<_> = listed.into_iter().flatten().map(error_body).collect();
        let named = json.get("clerk_trace_id").and_then(Value::as_str).map(str::to_owned);
        let excerpt = errors.is_empty().then(|| excerpt(body)).filter(|text| !text.is_empty());
        Self { status: status.as_u16(), errors, trace_id: named.or(trace_id), retry_after, excerpt }
    }
}

impl fmt::Display for ApiError {
    /// Tells the first error, how many others there are, and the trace id.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|it| it.canonical_reason());
        write!(formatter, "{} {}", self.status, reason.unwrap_or("Unknown"))?;
        if let Some(first) = self.errors.first() {
            write!(formatter, ": {}", message(first))?;
            if let Some(parameter) = first.param_name() {
                write!(formatter, " (parameter `{parameter}`)")?;
            }
        }
        match self.errors.len() {
            0 | 1 => {}
            2 => formatter.write_str(", and 1 other error")?,
            count => write!(formatter, ", and {} other errors", count - 1)?,
        }
        if let Some(excerpt) = &self.excerpt {
            write!(formatter, ": {excerpt}")?;
        }
        if let Some(trace_id) = &self.trace_id {
            write!(formatter, " [trace {trace_id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// The beginning of `body` as one line of text.
pub(crate) fn excerpt(body: &[u8]) -> String {
    // A character takes at most 4 bytes: one cut in half lies beyond all that is looked at.
    let head = &body[..body.len().min((EXCERPT_CHARACTERS + 1) * 4)];
    let text = String::from_utf8_lossy(head);
    let mut characters = text.trim().chars().map(|it| if it.is_control() { ' ' } else { it });
    let mut excerpt: String = characters.by_ref().take(EXCERPT_CHARACTERS).collect();
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Takes what is there: a missing or odd field must not hide the others.
fn error_body(value: &Value) -> ErrorBody {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut body = ErrorBody::default();
    body.message = text("message");
    body.long_message = text("long_message");
    body.code = text("code");
    body.meta = value.get("meta").and_then(Value::as_object).cloned();
    body
}

fn message(error: &ErrorBody) -> &str {
    [&error.long_message, &error.message, &error.code]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("no message", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ApiError {
        let header = Some("from-the-header".to_owned());
        ApiError::read(StatusCode::UNPROCESSABLE_ENTITY, header, None, body.as_bytes())
    }

    #[test]
    fn an_odd_error_does_not_hide_the_others() {
        let error = read(r#"{"errors":[null,{"code":7,"message":null},{"code":"a","meta":3}]}"#);

        assert_eq!(error.errors.len(), 3);
        assert_eq!(error.errors[2].code, "a");
        assert_eq!(
            error.to_string(),
            "422 Unprocessable Entity: no message, and 2 other errors [trace from-the-header]"
        );
    }

    #[test]
    fn a_body_of_any_other_shape_becomes_an_excerpt() {
        for body in ["[]", "null", "\"x\"", r#"{"errors":[]}"#, r#"{"errors":{}}"#, "<html>"] {
            let error = read(body);

            assert!(error.errors.is_empty(), "{body}");
            assert_eq!(error.excerpt.as_deref(), Some(body));
        }
    }

    #[test]
    fn an_empty_body_leaves_the_status() {
        let error = read("");

        assert_eq!(error.excerpt, None);
        assert_eq!(error.to_string(), "422 Unprocessable Entity [trace from-the-header]");
    }

    #[test]
    fn an_excerpt_is_bounded_and_cut_between_characters() {
        for filler in ["é", "語", "🦀"] {
            for shift in 0..4 {
                let body = "a".repeat(shift) + &filler.repeat(5_000);
                let excerpt = excerpt(body.as_bytes());

                assert_eq!(excerpt.chars().count(), EXCERPT_CHARACTERS + 1);
                assert!(body.starts_with(excerpt.trim_end_matches('…')), "{filler} {shift}");
            }
        }
    }

    #[test]
    fn an_excerpt_has_no_control_characters() {
        assert_eq!(excerpt(b"a\r\nb\x1b[31mc\x00d\xff"), "a  b [31mc d\u{fffd}");
    }
}
