//! How the key that verifies tokens may be given.

use guildhall_sdk::{Client, ConfigError, TokenVerifier};

use super::signer::{SIGNER, by_pem, claims};

/// 1,024 bits, which nobody should trust any more.
const SHORT_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOrLUHwcN8KzsXc1/6ZJ0kYVBs
pqbiA0HAWSZ6/t/HM0tA8iQyk3tsDKNzjcjUzv3hVKqtK6cwre/DmG9e52jYdiGe
xIYb2SpMSfoHeKq+TwZr+IAUJkVysvmMW8C2rHaLw/AZ4xFCiTwcFv8Z/HgIYEFY
nBFTdOxpFROmHQ283wIDAQAB
-----END PUBLIC KEY-----";
/// A key of a curve.
const CURVE_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnhZ0NshFwfBmEt83qPqCrxJe7z2Y
QaMtVPhBEitunIDHolfKXShb586oaBlymWkHOt+gZh2Sq664MkatSaJA6w==
-----END PUBLIC KEY-----";

#[tokio::test]
async fn a_key_may_stand_in_a_variable_in_any_usual_way() {
    let pem = SIGNER.pem();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let token = SIGNER.token(&claims());
    let clock = std::time::UNIX_EPOCH + std::time::Duration::from_secs(super::signer::NOW);

    for written in [
        pem.replace('\n', "\r\n"),
        pem.replace('\n', "\\n"),
        pem.replace('\n', " "),
        pem.replace('\n', ""),
        format!("\n  {pem}  \n"),
        body,
    ] {
        let verifier = TokenVerifier::with_pem(written.clone()).clock(move || clock).build();
        let verifier = verifier.unwrap_or_else(|error| panic!("{written}: {error}"));
        verifier.verify(&token).await.unwrap();
        verifier.fetch_keys().await.unwrap();
    }
}

#[test]
fn what_is_no_public_rsa_key_is_refused_when_the_verifier_is_built() {
    for written in [
        "",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "sk_test_1",
        "AAAA",
        SHORT_KEY,
        CURVE_KEY,
        &SIGNER.pem().replace("PUBLIC", "RSA PRIVATE"),
        &SIGNER.pem()[..200],
    ] {
        let refused = TokenVerifier::with_pem(written).build();
        assert!(matches!(refused, Err(ConfigError::PublicKeyInvalid)), "{written}");
    }
}

#[test]
fn an_address_of_keys_that_is_none_is_refused_when_the_verifier_is_built() {
    for address in ["", "h/.well-known/jwks.json", "ftp://h/jwks", "http://user:word@h/jwks"] {
        let refused = TokenVerifier::with_jwks_url(address).build();
        assert!(matches!(refused, Err(ConfigError::JwksUrlInvalid)), "{address}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let client = Client::new("sk_test_secret").unwrap();

    let builder = TokenVerifier::with_client(&client);
    let shown = format!("{builder:?} {:?} {:?}", builder.clone().build().unwrap(), by_pem());

    assert!(
        shown.contains("https://api.clerk.com/v1/jwks") && !shown.contains("secret"),
        "{shown}"
    );
}

/// What the variables around a process lead to. Those of this one would be seen by other tests.
fn shown_with(variables: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().expect("it runs"));
    for name in ["CLERK_JWT_KEY", "CLERK_SECRET_KEY", "CLERK_API_URL"] {
        command.env_remove(name);
    }
    let test = "verify::public_key::shows_the_verifier_of_the_environment";
    command.args(["--exact", test, "--ignored", "--nocapture"]).envs(variables.iter().copied());
    let output = command.output().expect("it runs again");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "another test runs it in a process of its own"]
fn shows_the_verifier_of_the_environment() {
    let verifier = TokenVerifier::with_env().and_then(|builder| Ok(builder.build()?));
    println!("{:?}", verifier.map_err(|error| error.to_string()));
}

#[test]
fn the_environment_says_where_keys_come_from() {
    let (pem, secret_key) = (SIGNER.pem(), ("CLERK_SECRET_KEY", "sk_test_1"));
    let address = ("CLERK_API_URL", "http://127.0.0.1:4600");

    for (variables, expected) in [
        (&[("CLERK_JWT_KEY", pem.as_str()), secret_key, address][..], "keys: One"),
        (&[("CLERK_JWT_KEY", ""), secret_key, address], "http://127.0.0.1:4600/v1/jwks"),
        (&[secret_key], "https://api.clerk.com/v1/jwks"),
        (&[("CLERK_JWT_KEY", "sk_test_1"), secret_key], "the key must be a public RSA key"),
        (&[address], "set `CLERK_SECRET_KEY`"),
    ] {
        let shown = shown_with(variables);
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}
