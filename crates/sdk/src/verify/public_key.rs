//! Public keys, from a JSON Web Key Set or from PEM.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use super::VerifyError;

/// An RSA key of 2,048 to 8,192 bits that verifies signatures of RS256.
pub(super) struct PublicKey(ParsedPublicKey);

/// The keys of an instance; what is no key for tokens is left out.
#[derive(Deserialize)]
pub(super) struct KeySet {
    keys: Vec<Value>,
}

/// A key of a set (RFC 7517), as far as it matters here.
#[derive(Deserialize)]
struct Listed {
    kid: String,
    kty: String,
    alg: Option<String>,
    r#use: Option<String>,
    n: String,
    e: String,
}

impl PublicKey {
    /// Reads PEM, `-----BEGIN PUBLIC KEY-----`.
    ///
    /// Variables of the environment often have `\n` instead of line breaks, or the lines in one, or
    /// no first and last line; all of this is taken.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let text = pem.replace("\\n", "\n").replace("-----BEGIN PUBLIC KEY-----", "");
        let text = text.replace("-----END PUBLIC KEY-----", "");
        let text: String = text.split_whitespace().collect();
        Self::new(&PublicEncryptingKey::from_der(&STANDARD.decode(text).ok()?).ok()?)
    }

    fn listed(key: &Listed) -> Option<Self> {
        let serves =
            |stated: &Option<String>, wanted| stated.as_deref().is_none_or(|it| it == wanted);
        if key.kty != "RSA" || !serves(&key.alg, "RS256") || !serves(&key.r#use, "sig") {
            return None;
        }
        let number = |digits: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(digits).ok()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes[zeros..].to_vec())
        };
        let components = RsaPublicKeyComponents { n: number(&key.n)?, e: number(&key.e)? };
        let key: PublicEncryptingKey = components.try_into().ok()?;
        Self::new(&key)
    }

    fn new(key: &PublicEncryptingKey) -> Option<Self> {
        let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
        Some(Self(ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).ok()?))
    }

    pub(super) fn verify(&self, signed: &str, signature: &[u8]) -> Result<(), VerifyError> {
        let verified = self.0.verify_sig(signed.as_bytes(), signature);
        verified.map_err(|_| VerifyError::SignatureInvalid)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PublicKey")
    }
}

impl KeySet {
    /// The keys that verify tokens, by their ids; of two with one id the first counts.
    pub(super) fn by_id<K: From<PublicKey>>(self) -> HashMap<String, K> {
        let mut keys = HashMap::new();
        for key in self.keys {
            // Sets may hold keys of other kinds, which other verifiers go by.
            let Ok(listed) = serde_json::from_value::<Listed>(key) else { continue };
            if let Some(key) = PublicKey::listed(&listed) {
                keys.entry(listed.kid).or_insert_with(|| key.into());
            }
        }
        keys
    }
}
