//! Sessions, the active organization, tokens and the keys that verify them.

mod active;
mod create;
mod keys;
mod list;
mod tokens;
mod verify;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_testing::Http;
use serde_json::{Value, json};

/// Signs a user in; gives the session.
async fn sign_in(http: &Http, user: &str) -> Value {
    http.post("/v1/sessions", json!({ "user_id": user })).await.ok()
}

/// The path of a session.
fn path(session: &Value) -> String {
    format!("/v1/sessions/{}", session["id"].as_str().expect("sessions have ids"))
}

/// The active organization of a session as it is now.
async fn active(http: &Http, session: &Value) -> Value {
    http.get(&path(session)).await.ok()["last_active_organization_id"].clone()
}

/// Makes a token of a session; gives its claims, after a look at the signature.
pub(crate) async fn claims(http: &Http, session: &Value) -> Value {
    let token = http.post(&format!("{}/tokens", path(session)), json!({})).await.text_at("/jwt");
    verified(&http.get("/v1/jwks").await.ok(), &token).1
}

/// The header and the claims of a token that one of `keys` has signed.
fn verified(keys: &Value, token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("no token: {token}") };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64 without padding");
    let parsed = |part: &str| -> Value { serde_json::from_slice(&bytes(part)).expect("JSON") };
    let kid = parsed(header)["kid"].clone();
    let key = keys["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == kid);
    let key = key.unwrap_or_else(|| panic!("{kid} is not among {keys}"));
    let part = |name: &str| bytes(key[name].as_str().expect("a text"));
    let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
    let signed = format!("{header}.{claims}");
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &bytes(signature))
        .expect("the signature is right");
    (parsed(header), parsed(claims))
}
