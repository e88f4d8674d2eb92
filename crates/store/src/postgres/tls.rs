//! TLS to PostgreSQL: which servers are believed, and who we are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::error::OpenError;

/// Which servers are believed; the authorities are those of a file, else those of the machine.
#[derive(Debug)]
pub(super) enum Trust {
    /// Whoever answers: the connection is encrypted, and nobody is checked.
    Anybody,
    /// Whoever an authority has signed.
    Signed(Option<PathBuf>),
    /// Whom an authority has signed for the host that was asked for.
    SignedForHost(Option<PathBuf>),
}

/// The client's side of TLS.
pub(super) fn client(
    trust: Trust,
    certificate: Option<&Path>,
    key: Option<&Path>,
) -> Result<ClientConfig, OpenError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match trust {
        Trust::SignedForHost(file) => builder.with_root_certificates(authorities(file)?),
        Trust::Signed(file) => {
            let roots = Arc::new(authorities(file)?);
            let checked = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
            let checked = Some(checked.build().map_err(unusable)?);
            let verifier = Arc::new(AnyHost { checked, provider });
            builder.dangerous().with_custom_certificate_verifier(verifier)
        }
        Trust::Anybody => {
            let verifier = Arc::new(AnyHost { checked: None, provider });
            builder.dangerous().with_custom_certificate_verifier(verifier)
        }
    };
    match (certificate, key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| in_file(key, error))?;
            builder.with_client_auth_cert(chain, key).map_err(unusable)
        }
        _ => Err(unusable("`sslcert` and `sslkey` go together")),
    }
}

fn authorities(file: Option<PathBuf>) -> Result<RootCertStore, OpenError> {
    let mut store = RootCertStore::empty();
    let found = match &file {
        Some(file) => certificates(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    store.add_parsable_certificates(found);
    if store.is_empty() {
        return Err(unusable("no certificate authority is known: name a file by `sslrootcert`"));
    }
    Ok(store)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| in_file(file, error))
}

fn in_file(file: &Path, error: impl std::fmt::Display) -> OpenError {
    unusable(format!("`{}`: {error}", file.display()))
}

fn unusable(reason: impl ToString) -> OpenError {
    OpenError::Url { reason: reason.to_string() }
}

/// Believes a server whatever its name, and without authorities whoever it is.
#[derive(Debug)]
struct AnyHost {
    checked: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(checked) = &self.checked else { return Ok(ServerCertVerified::assertion()) };
        let outcome =
            checked.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        // The name is looked at last, when all else is well.
        match outcome {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
