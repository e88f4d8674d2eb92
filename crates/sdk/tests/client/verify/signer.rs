//! Signs tokens that no server makes.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guildhall_sdk::{TokenVerifier, TokenVerifierBuilder};
use serde_json::{Value, json};

/// The time of tests that make their tokens themselves, in Unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

/// Keys are made once; it takes a tenth of a second.
pub(crate) static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new("ins_1"));
pub(crate) static OTHER: LazyLock<Signer> = LazyLock::new(|| Signer::new("ins_2"));

pub(crate) struct Signer {
    pub(crate) key_id: &'static str,
    pair: KeyPair,
}

impl Signer {
    fn new(key_id: &'static str) -> Self {
        Self { key_id, pair: KeyPair::generate(KeySize::Rsa2048).expect("keys can be made") }
    }

    /// The key as a set lists it.
    pub(crate) fn listed(&self) -> Value {
        let key = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kid": self.key_id,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": number(key.modulus().big_endian_without_leading_zero()),
            "e": number(key.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The key as PEM.
    pub(crate) fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().expect("it is a key");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// A token of this key.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": "RS256", "kid": self.key_id, "typ": "JWT" }), claims)
    }

    /// A token of this key with any header.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.sign(&format!("{}.{}", encoded(header), encoded(claims)))
    }

    /// Puts the signature behind what is signed.
    pub(crate) fn sign(&self, signed: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the key signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A part of a token.
pub(crate) fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Claims of a session that is good at [`NOW`].
pub(crate) fn claims() -> Value {
    json!({
        "azp": "https://app.example.com",
        "exp": NOW + 60,
        "fva": [0, -1],
        "iat": NOW,
        "iss": "https://clerk.example.com",
        "jti": "a1",
        "nbf": NOW - 10,
        "sid": "sess_1",
        "sts": "active",
        "sub": "user_1",
        "v": 2,
    })
}

/// The claims with some of them changed; `null` takes one away.
pub(crate) fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("changes are an object") {
        match value {
            Value::Null => {
                claims.as_object_mut().expect("claims are an object").remove(name);
            }
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// A verifier by the key of [`SIGNER`] at [`NOW`].
pub(crate) fn by_pem() -> TokenVerifierBuilder {
    TokenVerifier::with_pem(SIGNER.pem()).clock(|| UNIX_EPOCH + Duration::from_secs(NOW))
}

/// A clock that stands until it is moved; it starts at [`NOW`].
#[derive(Debug, Default)]
pub(crate) struct StandingClock {
    ahead: AtomicU64,
}

impl StandingClock {
    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW + self.ahead.load(Ordering::Relaxed))
    }

    /// Moves the clock, by seconds.
    pub(crate) fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Moves the clock back, no further than it was moved before.
    pub(crate) fn go_back(&self, seconds: u64) {
        self.ahead.fetch_sub(seconds, Ordering::Relaxed);
    }
}
