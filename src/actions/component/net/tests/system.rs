//! The real resolver.

use super::super::{
    outside::{LookupError, Outside},
    system::System,
};

#[tokio::test]
async fn this_system_s_resolver_is_asked() {
    let system = System::default();
    let addresses = system.resolve("localhost".to_owned()).await.unwrap();
    assert!(!addresses.is_empty() && addresses.iter().all(std::net::IpAddr::is_loopback), "{addresses:?}");
    // Reserved for being unknown (RFC 6761); without a name server around, it is not known whether it is.
    let error = system.resolve("nobody.invalid".to_owned()).await.unwrap_err();
    assert!(matches!(error, LookupError::Unknown(_) | LookupError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn without_an_authority_nobody_is_trusted() {
    let error = System::trusting([]).trust().await.unwrap_err();
    assert!(error.contains("no certificate authority is known") && error.contains("SSL_CERT_FILE"), "{error}");
}
