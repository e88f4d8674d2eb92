//! The key of the server, which encrypts the private keys in the database.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::SigningError;

/// Bytes of the key.
const LENGTH: usize = 32;

/// A file with a key of 256 random bits in base64, which is made when first needed.
#[derive(Debug)]
pub(super) struct ServerKey {
    file: PathBuf,
}

impl ServerKey {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// Encrypts a private key of an instance; what comes out opens for that key of it only.
    pub(super) fn seal(
        &self,
        instance_id: &str,
        id: &str,
        plain: &[u8],
    ) -> Result<String, SigningError> {
        let mut bytes = plain.to_vec();
        let aad = Aad::from(format!("{instance_id} {id}"));
        let key = self.key(|| self.make())?;
        let nonce = key.seal_in_place_append_tag(aad, &mut bytes).map_err(SigningError::failed)?;
        Ok(STANDARD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// Decrypts what [`ServerKey::seal`] made.
    pub(super) fn open(
        &self,
        instance_id: &str,
        id: &str,
        sealed: &str,
    ) -> Result<Vec<u8>, SigningError> {
        let foreign = || SigningError::Foreign { file: self.name() };
        let mut bytes = STANDARD.decode(sealed).map_err(|_| foreign())?;
        let Some((nonce, sealed)) = bytes.split_at_mut_checked(NONCE_LEN) else {
            return Err(foreign());
        };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(SigningError::failed)?;
        let aad = Aad::from(format!("{instance_id} {id}"));
        // A file that is made now opens nothing.
        let key = self.key(|| Err(self.unusable(&ErrorKind::NotFound.into())))?;
        let plain = key.open_in_place(nonce, aad, sealed).map_err(|_| foreign())?;
        Ok(plain.to_vec())
    }

    fn key(
        &self,
        missing: impl FnOnce() -> Result<String, SigningError>,
    ) -> Result<RandomizedNonceKey, SigningError> {
        let text = match std::fs::read_to_string(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => missing()?,
            read => read.map_err(|error| self.unusable(&error))?,
        };
        let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == LENGTH);
        let bytes = bytes.ok_or_else(|| SigningError::Content { file: self.name() })?;
        RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(SigningError::failed)
    }

    /// Makes the file, for its owner only; it is whole and on the disk before it has its name.
    fn make(&self) -> Result<String, SigningError> {
        let mut bytes = [0; LENGTH + 8];
        getrandom::fill(&mut bytes).map_err(SigningError::failed)?;
        let (key, name) = bytes.split_at(LENGTH);
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let draft = self.file.with_extension(name);
        let made = self.write(&draft, &STANDARD.encode(key));
        // What could not be made is of no use, and what was has its name.
        let _ = std::fs::remove_file(&draft);
        made.and_then(|()| std::fs::read_to_string(&self.file))
            .map_err(|error| self.unusable(&error))
    }

    fn write(&self, draft: &Path, text: &str) -> std::io::Result<()> {
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        match std::fs::hard_link(draft, &self.file) {
            // Another request or server was first; then its key counts.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked.and_then(|()| File::open(folder)?.sync_all()),
        }
    }

    fn name(&self) -> String {
        self.file.display().to_string()
    }

    fn unusable(&self, error: &std::io::Error) -> SigningError {
        SigningError::File { file: self.name(), reason: error.to_string() }
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
