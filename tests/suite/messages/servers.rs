//! Servers, each with a certificate of a private authority.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::sandbox::until;

/// A certificate authority, in a directory that goes away.
pub struct Authority {
    /// Its own certificate.
    pub file: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("authority.pem");
        fs::write(&file, issuer.pem()).expect("a file");
        Self { file, issuer, directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A certificate for a name, and its key: two files.
    pub fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let (certificate_file, key_file) =
            (self.path().join(format!("{name}.crt")), self.path().join(format!("{name}.key")));
        fs::write(&certificate_file, certificate.pem()).expect("a file");
        fs::write(&key_file, key.serialize_pem()).expect("a file");
        (certificate_file, key_file)
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port()
}

/// Says that a test is skipped; with `CI` in the environment, fails it.
pub fn missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is not installed: tests/setup installs it");
    eprintln!("skipped: {what} is not installed");
}

/// A server of another's making that ends with the test.
pub struct Server {
    pub port: u16,
    child: Child,
}

impl Server {
    /// Starts a program and waits until something listens on the port.
    pub fn start(command: &mut Command, log: &Path, port: u16) -> Self {
        let output = fs::File::create(log).expect("a log");
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a log"))
            .stderr(output)
            .spawn()
            .expect("the server starts");
        let mut server = Self { port, child };
        until("the server listens", Duration::from_secs(20), || {
            let ended = server.child.try_wait().expect("a child");
            assert!(ended.is_none(), "it ended: {}", fs::read_to_string(log).unwrap_or_default());
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
