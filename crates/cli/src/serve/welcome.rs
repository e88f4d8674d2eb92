//! What a server prints at its start: all that is needed for the first call.

use guildhall_sdk::SecretString;
use secrecy::ExposeSecret;

use crate::secret_key::is_production;

/// The text for a server at `base_url`; a key for production is not in it.
pub(super) fn text(base_url: &str, secret_key: Option<&SecretString>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let shown = secret_key.filter(|secret_key| !is_production(secret_key));
    let (key_line, bearer) = match (shown, secret_key) {
        (Some(shown), _) => {
            let shown = shown.expose_secret();
            (format!("CLERK_SECRET_KEY={shown}"), shown)
        }
        (None, Some(_)) => (
            "# The secret key is for production and not shown: set CLERK_SECRET_KEY to it."
                .to_owned(),
            "$CLERK_SECRET_KEY",
        ),
        (None, None) => (
            "# Set CLERK_SECRET_KEY to a key of yours; `guildhall keys create` makes one."
                .to_owned(),
            "$CLERK_SECRET_KEY",
        ),
    };
    format!(
        "Guildhall {version} listens at {base_url}\n\
         \n\
         {key_line}\n\
         CLERK_API_URL={base_url}\n\
         # In Python the host includes the version: {base_url}/v1\n\
         \n\
         List the users:\n\
         curl -H \"Authorization: Bearer {bearer}\" {base_url}/v1/users\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(secret_key: Option<&str>) -> String {
        text("http://127.0.0.1:4600", secret_key.map(SecretString::from).as_ref())
    }

    #[test]
    fn a_development_key_is_shown_where_it_can_be_pasted() {
        let text = lines(Some("sk_test_12345678"));

        assert!(text.contains("\nCLERK_SECRET_KEY=sk_test_12345678\n"), "{text}");
        assert!(text.contains("\nCLERK_API_URL=http://127.0.0.1:4600\n"), "{text}");
        assert!(
            text.contains("Bearer sk_test_12345678\" http://127.0.0.1:4600/v1/users"),
            "{text}"
        );
    }

    #[test]
    fn a_production_key_is_not_shown() {
        let text = lines(Some("sk_live_12345678"));

        assert!(!text.contains("sk_live_"), "{text}");
        assert!(text.contains("Bearer $CLERK_SECRET_KEY"), "{text}");
    }

    #[test]
    fn without_a_key_the_way_to_one_is_told() {
        assert!(lines(None).contains("guildhall keys create"));
    }
}
