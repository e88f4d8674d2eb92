//! Tokens that come back: what they say, if a key of the instance has signed them.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_rules::tokens::SignedClaims;
use guildhall_store::SigningKey;
use serde::Deserialize;

use super::signing::EXPONENT;

/// The longest token that is looked at, in bytes; one of 500 permissions has a third of it.
const LONGEST: usize = 64 * 1024;

/// What is asked of the header of a token.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// What a token says, if one of `keys` has signed it; whether it is good now is another question.
pub(super) fn signed_claims(keys: &[SigningKey], token: &str) -> Option<SignedClaims> {
    if token.len() > LONGEST {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
    if header.alg != "RS256" {
        return None;
    }
    let key = keys.iter().find(|key| key.id == header.kid)?;
    let key = RsaPublicKeyComponents { n: decode(&key.modulus)?, e: decode(EXPONENT)? };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)?).ok()?;
    serde_json::from_slice(&decode(claims)?).ok()
}
