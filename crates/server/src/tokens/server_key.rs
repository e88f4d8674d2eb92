//! The key of the server, which encrypts the private keys in the database.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{internal, unavailable};
use crate::http::Error;

/// Bytes of the key.
const LENGTH: usize = 32;

/// A file with a key of 256 random bits in base64, which is made when first needed.
#[derive(Debug)]
pub(super) struct ServerKey {
    file: PathBuf,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the server key `{file}` cannot be read or made: {reason}")]
    File { file: String, reason: String },
    #[error("the server key `{file}` does not hold 32 bytes in base64")]
    Content { file: String },
    #[error(
        "a signing key in the database is encrypted under another key than the one in `{file}`; \
         give each server the same `server_key_file`"
    )]
    Foreign { file: String },
}

impl ServerKey {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// Encrypts a private key of an instance; what comes out opens for that key of it only.
    pub(super) fn seal(&self, instance_id: &str, id: &str, plain: &[u8]) -> Result<String, Error> {
        let mut bytes = plain.to_vec();
        let aad = Aad::from(format!("{instance_id} {id}"));
        let nonce = self.key()?.seal_in_place_append_tag(aad, &mut bytes).map_err(internal)?;
        Ok(STANDARD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// Decrypts what [`ServerKey::seal`] made.
    pub(super) fn open(&self, instance_id: &str, id: &str, sealed: &str) -> Result<Vec<u8>, Error> {
        let foreign = || unavailable(Fault::Foreign { file: self.name() });
        let mut bytes = STANDARD.decode(sealed).map_err(|_| foreign())?;
        let Some((nonce, sealed)) = bytes.split_at_mut_checked(NONCE_LEN) else {
            return Err(foreign());
        };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(internal)?;
        let aad = Aad::from(format!("{instance_id} {id}"));
        let plain = self.key()?.open_in_place(nonce, aad, sealed).map_err(|_| foreign())?;
        Ok(plain.to_vec())
    }

    fn key(&self) -> Result<RandomizedNonceKey, Error> {
        let text = match File::open(&self.file) {
            Ok(mut file) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(|error| self.unusable(&error))?;
                text
            }
            Err(error) if error.kind() == ErrorKind::NotFound => self.make()?,
            Err(error) => return Err(self.unusable(&error)),
        };
        let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == LENGTH);
        let bytes = bytes.ok_or_else(|| unavailable(Fault::Content { file: self.name() }))?;
        RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(internal)
    }

    /// Makes the file, for its owner only; it is on the disk before anything is encrypted by it.
    fn make(&self) -> Result<String, Error> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(internal)?;
        let text = STANDARD.encode(bytes);
        let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.file);
        let mut file = match new {
            // Another request was first.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return std::fs::read_to_string(&self.file).map_err(|error| self.unusable(&error));
            }
            new => new.map_err(|error| self.unusable(&error))?,
        };
        let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
        let folder = self.file.parent().map(File::open);
        let synced = written.and_then(|()| folder.map_or(Ok(()), |folder| folder?.sync_all()));
        synced.map_err(|error| self.unusable(&error))?;
        Ok(text)
    }

    fn name(&self) -> String {
        self.file.display().to_string()
    }

    fn unusable(&self, error: &std::io::Error) -> Error {
        unavailable(Fault::File { file: self.name(), reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = ServerKey::new(folder.path().join("server-key"));
        let other = ServerKey::new(folder.path().join("other-key"));

        let sealed = key.seal("ins_1", "kid", b"secret").unwrap();

        assert_eq!(key.open("ins_1", "kid", &sealed).unwrap(), b"secret");
        assert!(!sealed.contains(&STANDARD.encode("secret")));
        assert!(other.open("ins_1", "kid", &sealed).is_err());
        assert!(key.open("ins_2", "kid", &sealed).is_err());
        assert!(key.open("ins_1", "other", &sealed).is_err());
        for damaged in ["", "AAAA", "not base64!"] {
            assert!(key.open("ins_1", "kid", damaged).is_err());
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server-key");
        std::fs::write(&file, "short").unwrap();

        assert!(ServerKey::new(file).seal("ins_1", "kid", b"secret").is_err());
    }
}
