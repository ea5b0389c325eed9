//! Whom TLS connections trust: the certificate authorities of this system.
//!
//! TLS 1.2 and 1.3, nothing older; no client certificates, and no session is resumed: no connection knows of one before it.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, client::Resumption, crypto::ring, pki_types::CertificateDer};

use crate::text::shorten;

/// The system's authorities: those in `SSL_CERT_FILE` and `SSL_CERT_DIR` where these variables are set.
pub(super) fn system() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let errors: Vec<_> = found.errors.iter().map(|error| shorten(&error.to_string(), 200)).collect();
    let trust = trusting(found.certs);
    trust.map_err(|problem| match errors.first() {
        Some(error) => format!("{problem} ({error})"),
        None => problem,
    })
}

/// These authorities and no others.
pub(super) fn trusting(
    authorities: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities);
    if roots.is_empty() {
        let remedy =
            "install the system's certificates (package ca-certificates), or name a file of them in SSL_CERT_FILE";
        return Err(format!("no certificate authority is known, so no server can be trusted: {remedy}"));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("no TLS: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}
