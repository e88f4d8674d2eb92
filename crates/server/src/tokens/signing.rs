//! RSA keys of 2,048 bits with the exponent 65537, which is what verifying clients take.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::SigningError;

/// The exponent of every key, as keys of the web write it.
pub(super) const EXPONENT: &str = "AQAB";

/// A new key, and its private part as PKCS#8; it takes about a tenth of a second.
pub(super) fn generate() -> Result<(KeyPair, Vec<u8>), SigningError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(SigningError::failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(SigningError::failed)?;
    let der = der.as_ref().to_vec();
    Ok((pair, der))
}

/// A key from its private part as PKCS#8.
pub(super) fn read(der: &[u8]) -> Result<KeyPair, SigningError> {
    KeyPair::from_pkcs8(der).map_err(SigningError::failed)
}

/// The public modulus, the highest byte first.
pub(super) fn modulus(pair: &KeyPair) -> Vec<u8> {
    pair.public_key().modulus().big_endian_without_leading_zero().to_vec()
}

/// The signature of RS256; it takes about a thousandth of a second.
pub(super) fn sign(pair: &KeyPair, message: &[u8]) -> Result<Vec<u8>, SigningError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(SigningError::failed)?;
    Ok(signature)
}

/// What stands before the modulus in the DER form of a public key of 2,048 bits (RFC 5280), from
/// the algorithm on.
const BEFORE_MODULUS: [u8; 33] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01,
    0x00,
];
/// What stands behind it: the exponent 65537.
const BEHIND_MODULUS: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// The public key of that modulus of 256 bytes as PEM.
pub(super) fn pem(modulus: &[u8]) -> String {
    let der = [&BEFORE_MODULUS, modulus, &BEHIND_MODULUS].concat();
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::PublicKeyX509Der;

    use super::*;

    #[test]
    fn the_pem_of_a_key_is_its_public_key() {
        let (pair, _) = generate().unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();

        let pem = pem(&modulus(&pair));

        let lines: Vec<&str> = pem.lines().collect();
        let [first, text @ .., last] = &lines[..] else { panic!("no PEM: {pem}") };
        assert_eq!(*first, "-----BEGIN PUBLIC KEY-----");
        assert_eq!(*last, "-----END PUBLIC KEY-----");
        assert_eq!(STANDARD.decode(text.concat()).unwrap(), der.as_ref());
    }
}
