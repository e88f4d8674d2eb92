//! The parts of a token, before anything is believed of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::VerifyError;

/// The most bytes that a token may have, as at the server: one of 500 permissions has a third of
/// it. Cookies have room for 4,096.
pub const MOST_TOKEN_BYTES: usize = 64 * 1024;

/// A token whose header is one that session tokens have.
pub(super) struct Token<'a> {
    /// The key that signed it, by its id.
    pub(super) key_id: Option<String>,
    /// What was signed.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
    claims: &'a str,
}

impl<'a> Token<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > MOST_TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let parts: Vec<&str> = token.splitn(4, '.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(malformed("it does not have three parts"));
        };
        let key_id = read_header(&object(header, "its header is no JSON object in base64url")?)?;
        let signature = URL_SAFE_NO_PAD.decode(signature);
        let signature = signature.map_err(|_| malformed("its signature is not in base64url"))?;
        let signed = &token[..header.len() + 1 + claims.len()];
        Ok(Self { key_id, signed, signature, claims })
    }

    /// What it says; to be read after its signature was found right.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, VerifyError> {
        object(self.claims, "its claims are no JSON object in base64url")
    }
}

/// The id of the key, if the header is one that session tokens have.
///
/// `cat` and `oiat`, which stand in some headers, say nothing that counts here.
fn read_header(header: &Map<String, Value>) -> Result<Option<String>, VerifyError> {
    let text = |name: &str| header.get(name).map(|value| value.as_str());
    if !matches!(text("typ"), None | Some(Some("JWT"))) {
        return Err(VerifyError::TypeUnsupported);
    }
    // Never by what the token asks for: `none`, or HMAC by the public key as if it were secret.
    if text("alg") != Some(Some("RS256")) {
        return Err(VerifyError::AlgorithmUnsupported);
    }
    // RFC 7515, 4.1.11: what names an extension there is to be refused by who does not know it.
    if header.contains_key("crit") {
        return Err(malformed("its header asks for an extension"));
    }
    match text("kid") {
        None => Ok(None),
        Some(Some(key_id)) => Ok(Some(key_id.to_owned())),
        Some(None) => Err(malformed("the id of its key is no text")),
    }
}

fn object(part: &str, reason: &'static str) -> Result<Map<String, Value>, VerifyError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed(reason))?;
    serde_json::from_slice(&bytes).map_err(|_| malformed(reason))
}

fn malformed(reason: &'static str) -> VerifyError {
    VerifyError::Malformed { reason }
}
