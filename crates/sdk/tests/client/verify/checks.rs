//! What is looked at before a claim is believed.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_sdk::{MOST_TOKEN_BYTES, VerifyError};
use serde_json::{Value, json};

use super::signer::{NOW, OTHER, SIGNER, by_pem, claims, claims_with, encoded};

/// What is said of a token; the error must not show a part of it.
async fn refused(token: &str) -> VerifyError {
    let verifier = by_pem().build().expect("the key is good");
    let error = verifier.verify(token).await.expect_err("the token is not");
    let said = format!("{error} {error:?}");
    for part in token.split('.').filter(|part| part.len() > 10) {
        assert!(!said.contains(part), "{said}");
    }
    error
}

fn header_with(name: &str, value: Value) -> Value {
    let mut header = json!({ "alg": "RS256", "kid": "ins_1", "typ": "JWT" });
    header[name] = value;
    header
}

#[tokio::test]
async fn a_token_that_the_key_signed_is_verified() {
    let session = by_pem().build().unwrap().verify(&SIGNER.token(&claims())).await.unwrap();

    assert_eq!(session.user_id.as_str(), "user_1");
    assert_eq!(session.session_id.as_str(), "sess_1");
    assert_eq!(session.status, "active");
    assert_eq!(session.organization, None);
    assert_eq!(session.issuer.as_deref(), Some("https://clerk.example.com"));
    assert_eq!(session.authorized_party.as_deref(), Some("https://app.example.com"));
    assert_eq!(session.expires_at, NOW as i64 + 60);
    assert_eq!(session.issued_at, Some(NOW as i64));
}

#[tokio::test]
async fn headers_of_the_published_service_are_accepted() {
    let verifier = by_pem().build().unwrap();
    for header in [
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "typ": "JWT", "kid": "of another name" }),
        json!({ "alg": "RS256", "typ": "JWT", "cat": "cl_1", "oiat": NOW, "kid": "ins_1" }),
    ] {
        let token = SIGNER.token_with(&header, &claims());

        verifier.verify(&token).await.unwrap_or_else(|error| panic!("{header}: {error}"));
    }
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    for algorithm in ["none", "None", ""] {
        let header = header_with("alg", json!(algorithm));
        let unsigned = format!("{}.{}.", encoded(&header), encoded(&claims()));

        assert!(matches!(refused(&unsigned).await, VerifyError::AlgorithmUnsupported));
        let signed = SIGNER.token_with(&header, &claims());
        assert!(matches!(refused(&signed).await, VerifyError::AlgorithmUnsupported));
    }
    let stripped =
        format!("{}.{}.", encoded(&header_with("typ", json!("JWT"))), encoded(&claims()));
    assert!(matches!(refused(&stripped).await, VerifyError::SignatureInvalid));
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_by() {
    let pem = SIGNER.pem();
    for key in [pem.as_str(), pem.trim()] {
        let header = header_with("alg", json!("HS256"));
        let signed = format!("{}.{}", encoded(&header), encoded(&claims()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));

        let error = refused(&format!("{signed}.{tag}")).await;

        assert!(matches!(error, VerifyError::AlgorithmUnsupported), "{error}");
    }
}

#[tokio::test]
async fn other_algorithms_and_types_are_refused() {
    for algorithm in
        [json!("RS384"), json!("RS512"), json!("PS256"), json!("ES256"), json!("rs256")]
    {
        let token = SIGNER.token_with(&header_with("alg", algorithm), &claims());
        assert!(matches!(refused(&token).await, VerifyError::AlgorithmUnsupported));
    }
    for algorithm in [Value::Null, json!(["RS256"]), json!(256)] {
        let token = SIGNER.token_with(&header_with("alg", algorithm), &claims());
        assert!(matches!(refused(&token).await, VerifyError::AlgorithmUnsupported));
    }
    for kind in [json!("at+jwt"), json!("JWE"), json!(""), json!(null), json!(1)] {
        let token = SIGNER.token_with(&header_with("typ", kind), &claims());
        assert!(matches!(refused(&token).await, VerifyError::TypeUnsupported));
    }
}

#[tokio::test]
async fn what_was_changed_after_the_signature_is_refused() {
    let token = SIGNER.token(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, body, signature] = parts[..] else { panic!("{token}") };
    let admin = encoded(&claims_with(json!({ "sub": "user_2" })));
    let other_header = encoded(&header_with("kid", json!("ins_2")));
    let other_token = OTHER.token(&claims());
    let foreign = other_token.rsplit('.').next().unwrap();

    for changed in [
        format!("{header}.{admin}.{signature}"),
        format!("{other_header}.{body}.{signature}"),
        format!("{header}.{body}.{foreign}"),
        format!("{header}.{body}.{}", &signature[..336]),
        format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode([0; 256])),
        OTHER.token(&claims()),
    ] {
        let error = refused(&changed).await;
        assert!(matches!(error, VerifyError::SignatureInvalid), "{error}");
    }
}

#[tokio::test]
async fn the_signature_is_looked_at_before_the_claims() {
    let expired = json!({ "exp": NOW - 60, "sub": null });

    let foreign = refused(&OTHER.token(&claims_with(expired.clone()))).await;
    let own = refused(&SIGNER.token(&claims_with(expired))).await;

    assert!(matches!(foreign, VerifyError::SignatureInvalid), "{foreign}");
    assert!(matches!(own, VerifyError::ClaimInvalid(_)), "{own}");
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let token = SIGNER.token(&claims());
    let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let no_object = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut tokens = vec![
        String::new(),
        "a".to_owned(),
        "..".to_owned(),
        format!("{header}.{body}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}=.{body}.{signature}"),
        format!("{header}.{body}.{signature}="),
        format!("{header}.{body}.not base64!"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{}.{body}.{signature}", no_object("[]")),
        format!("{}.{body}.{signature}", no_object("{")),
        format!("{}.{body}.{signature}", no_object(&"[".repeat(5_000))),
        "é.é.é".to_owned(),
    ];
    for claims in ["[]", "\"text\"", "{", "", "{\"a\":1}}", "\u{0}"] {
        tokens.push(SIGNER.sign(&format!("{header}.{}", no_object(claims))));
    }
    for header in [header_with("crit", json!(["exp"])), header_with("kid", json!(1))] {
        tokens.push(SIGNER.token_with(&header, &super::signer::claims()));
    }

    for token in tokens {
        let error = refused(&token).await;
        assert!(matches!(error, VerifyError::Malformed { .. }), "{token}: {error}");
    }
}

#[tokio::test]
async fn a_token_may_be_as_large_as_the_limit() {
    let filler = |bytes: usize| claims_with(json!({ "filler": "x".repeat(bytes) }));
    let token = SIGNER.token(&filler(MOST_TOKEN_BYTES * 3 / 4 - 700));
    assert!(token.len() > MOST_TOKEN_BYTES * 9 / 10 && token.len() <= MOST_TOKEN_BYTES);
    by_pem().build().unwrap().verify(&token).await.unwrap();

    let larger = SIGNER.token(&filler(MOST_TOKEN_BYTES));
    assert!(matches!(refused(&larger).await, VerifyError::TooLarge));
    assert!(matches!(refused(&"a".repeat(100_000_000)).await, VerifyError::TooLarge));
}
