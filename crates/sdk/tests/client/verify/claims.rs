//! What claims have to fulfil, and what is read from them.

use std::time::Duration;

use guildhall_sdk::{ConfigError, TokenVerifierBuilder, VerifiedSession, VerifyError};
use serde_json::{Value, json};

use super::signer::{NOW, SIGNER, by_pem, claims, claims_with};

async fn verify(
    builder: TokenVerifierBuilder,
    changes: Value,
) -> Result<VerifiedSession, VerifyError> {
    let verifier = builder.build().expect("the settings are good");
    verifier.verify(&SIGNER.token(&claims_with(changes))).await
}

#[tokio::test]
async fn times_are_taken_with_a_leeway_of_five_seconds() {
    for good in [
        json!({ "exp": NOW - 4 }),
        json!({ "exp": NOW as f64 - 4.5 }),
        json!({ "nbf": NOW + 5 }),
        json!({ "iat": NOW + 5 }),
        json!({ "nbf": null, "iat": null }),
        json!({ "exp": 9e300 }),
        json!({ "nbf": -1, "iat": 0 }),
    ] {
        let session = verify(by_pem(), good.clone()).await;
        assert!(session.is_ok(), "{good}: {session:?}");
    }

    let error = verify(by_pem(), json!({ "exp": NOW - 5 })).await.unwrap_err();
    assert!(
        matches!(error, VerifyError::Expired { expired_at, .. } if expired_at == NOW as i64 - 5)
    );
    let error = verify(by_pem(), json!({ "nbf": NOW + 6 })).await.unwrap_err();
    assert!(
        matches!(error, VerifyError::NotYetValid { valid_from, .. } if valid_from == NOW as i64 + 6)
    );
    let error = verify(by_pem(), json!({ "iat": NOW + 6 })).await.unwrap_err();
    assert!(
        matches!(error, VerifyError::IssuedInFuture { issued_at, .. } if issued_at == NOW as i64 + 6)
    );
}

#[tokio::test]
async fn the_leeway_can_be_set() {
    let none = || by_pem().leeway(Duration::ZERO);
    let minute = || by_pem().leeway(Duration::from_secs(60));

    let error = verify(none(), json!({ "exp": NOW })).await.unwrap_err();
    assert!(matches!(error, VerifyError::Expired { .. }), "{error}");
    let error = verify(none(), json!({ "iat": NOW + 1 })).await.unwrap_err();
    assert!(matches!(error, VerifyError::IssuedInFuture { .. }), "{error}");
    verify(minute(), json!({ "exp": NOW - 59, "nbf": NOW + 60 })).await.unwrap();
    let error = verify(minute(), json!({ "exp": NOW - 60 })).await.unwrap_err();
    assert!(matches!(error, VerifyError::Expired { .. }), "{error}");
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_another_form_is_named() {
    for (changes, name) in [
        (json!({ "sub": null, "exp": 1 }), "sub"),
        (json!({ "sub": 1 }), "sub"),
        (json!({ "sub": "" }), "sub"),
        (json!({ "exp": null }), "exp"),
        (json!({ "exp": "soon" }), "exp"),
        (json!({ "exp": [NOW] }), "exp"),
        (json!({ "nbf": "1" }), "nbf"),
        (json!({ "iat": {} }), "iat"),
        (json!({ "sid": null }), "sid"),
        (json!({ "sid": 1 }), "sid"),
        (json!({ "sts": 1 }), "sts"),
        (json!({ "iss": 1 }), "iss"),
        (json!({ "azp": ["https://app.example.com"] }), "azp"),
        (json!({ "o": { "id": 1 } }), "o.id"),
        (json!({ "fea": "posts", "o": { "id": "org_1" } }), "fea"),
    ] {
        let error = verify(by_pem(), changes.clone()).await.unwrap_err();
        let VerifyError::ClaimInvalid(invalid) = &error else { panic!("{changes}: {error}") };
        assert_eq!(invalid.name, name, "{changes}");
    }
}

#[tokio::test]
async fn a_token_for_another_origin_is_refused_where_parties_are_set() {
    let parties =
        || by_pem().authorized_parties(["https://a.example.com", "https://app.example.com"]);
    verify(parties(), json!({})).await.unwrap();
    verify(by_pem(), json!({ "azp": null })).await.unwrap();

    for (azp, shown) in [
        (Value::Null, "nobody"),
        (json!("https://evil.example.com"), "`https://evil.example.com`"),
        (json!("https://app.example.com/"), "`https://app.example.com/`"),
        (json!(""), "``"),
    ] {
        let error = verify(parties(), json!({ "azp": azp })).await.unwrap_err();
        assert!(matches!(error, VerifyError::AuthorizedPartyNotAllowed { .. }), "{error}");
        assert!(error.to_string().contains(shown), "{error}");
    }
    let nobody = by_pem().authorized_parties(Vec::<String>::new()).build();
    assert!(matches!(nobody, Err(ConfigError::AuthorizedPartiesMissing)));
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused_where_one_is_set() {
    let issuer = || by_pem().issuer("https://clerk.example.com");
    verify(issuer(), json!({})).await.unwrap();

    for iss in [Value::Null, json!("https://clerk.example.com/"), json!("")] {
        let error = verify(issuer(), json!({ "iss": iss })).await.unwrap_err();
        assert!(matches!(error, VerifyError::IssuerNotAllowed { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_pending_session_counts_as_signed_out_unless_accepted() {
    let pending = json!({ "sts": "pending" });

    let error = verify(by_pem(), pending.clone()).await.unwrap_err();
    let accepted = verify(by_pem().accept_pending(), pending).await.unwrap();
    let silent = verify(by_pem(), json!({ "sts": null })).await.unwrap();

    assert!(matches!(error, VerifyError::SessionPending), "{error}");
    assert_eq!(accepted.status, "pending");
    assert_eq!(silent.status, "active");
}

#[tokio::test]
async fn a_session_that_has_ended_is_refused() {
    for status in ["ended", "revoked", "Active", ""] {
        let error = verify(by_pem().accept_pending(), json!({ "sts": status })).await.unwrap_err();
        let VerifyError::SessionNotActive { status: found, .. } = &error else { panic!("{error}") };
        assert_eq!(found, status);
    }
}

#[tokio::test]
async fn a_claim_that_is_null_counts_as_absent() {
    let mut claims = claims();
    for name in ["azp", "iss", "sts"] {
        claims[name] = Value::Null;
    }
    let token = SIGNER.token(&claims);

    let session = by_pem().build().unwrap().verify(&token).await.unwrap();
    assert_eq!((session.issuer, session.authorized_party), (None, None));
    assert_eq!(session.status, "active");
    let parties = by_pem().authorized_parties(["https://app.example.com"]).build().unwrap();
    let error = parties.verify(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::AuthorizedPartyNotAllowed { .. }), "{error}");
    let issuer = by_pem().issuer("https://clerk.example.com").build().unwrap();
    let error = issuer.verify(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::IssuerNotAllowed { .. }), "{error}");
    claims["sub"] = Value::Null;
    let error = by_pem().build().unwrap().verify(&SIGNER.token(&claims)).await.unwrap_err();
    assert!(matches!(error, VerifyError::ClaimInvalid(_)), "{error}");
}

#[tokio::test]
async fn version_2_tells_role_and_permissions() {
    let organization =
        json!({ "id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "1,3" });
    let changes = json!({ "fea": "u:beta,o:billing,ou:posts", "o": organization });

    let session = verify(by_pem(), changes).await.unwrap();

    let organization = session.organization.as_ref().unwrap();
    assert_eq!(session.organization_id(), Some("org_1"));
    assert_eq!(organization.slug.as_deref(), Some("acme"));
    assert_eq!(organization.role.as_deref(), Some("org:admin"));
    let permissions = ["org:billing:read", "org:posts:read", "org:posts:write"];
    assert_eq!(organization.permissions, permissions);
    assert!(session.has_role("admin") && session.has_role("org:admin"));
    assert!(session.has_permission("posts:write") && session.has_permission("org:posts:write"));
    assert!(!session.has_role("org:member") && !session.has_permission("org:billing:write"));
}

#[tokio::test]
async fn version_1_tells_role_and_permissions() {
    let session = verify(
        by_pem(),
        json!({
            "v": null,
            "sts": null,
            "org_id": "org_1",
            "org_role": "org:admin",
            "org_slug": "acme",
            "org_permissions": ["org:posts:write"],
        }),
    )
    .await
    .unwrap();

    let organization = session.organization.as_ref().unwrap();
    assert_eq!(organization.id.as_str(), "org_1");
    assert_eq!(organization.slug.as_deref(), Some("acme"));
    assert!(session.has_role("admin") && session.has_permission("posts:write"));
    assert!(!session.has_permission("posts:read"));
    assert_eq!(session.claims()["org_slug"], "acme");
}

#[tokio::test]
async fn nobody_has_a_role_where_no_organization_is_active() {
    let session = verify(by_pem(), json!({ "o": null })).await.unwrap();

    assert!(!session.has_role("") && !session.has_role("org:admin"));
    assert!(!session.has_permission("") && !session.has_permission("org:posts:write"));
    assert_eq!(session.organization_id(), None);
}

#[tokio::test]
async fn claims_of_an_application_are_reachable_and_not_shown() {
    let changes = json!({ "email": "ada@example.com", "plan": { "seats": 3 } });

    let session = verify(by_pem(), changes).await.unwrap();

    assert_eq!(session.claims()["plan"]["seats"], 3);
    assert_eq!(session.claims()["email"], "ada@example.com");
    let shown = format!("{session:?}");
    assert!(shown.contains("user_1") && !shown.contains("ada@example.com"), "{shown}");
}
