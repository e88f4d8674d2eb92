//! RSA keys of 2,048 bits with the exponent 65537, which is what verifying clients take.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use super::internal;
use crate::http::Error;

/// The exponent of every key, as keys of the web write it.
pub(super) const EXPONENT: &str = "AQAB";

/// A new key, and its private part as PKCS#8; it takes about a tenth of a second.
pub(super) fn generate() -> Result<(KeyPair, Vec<u8>), Error> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(internal)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(internal)?;
    let der = der.as_ref().to_vec();
    Ok((pair, der))
}

/// A key from its private part as PKCS#8.
pub(super) fn read(der: &[u8]) -> Result<KeyPair, Error> {
    KeyPair::from_pkcs8(der).map_err(internal)
}

/// The public modulus, the highest byte first.
pub(super) fn modulus(pair: &KeyPair) -> Vec<u8> {
    pair.public_key().modulus().big_endian_without_leading_zero().to_vec()
}

/// The signature of RS256; it takes about a thousandth of a second.
pub(super) fn sign(pair: &KeyPair, message: &[u8]) -> Result<Vec<u8>, Error> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(internal)?;
    Ok(signature)
}
