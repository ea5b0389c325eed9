// SPDX-License-Identifier: MIT OR Apache-2.0

//! Logging in: SCRAM-SHA-256 (RFC 7677), SCRAM-SHA-1 (RFC 5802), PLAIN (RFC 4616).
//!
//! With SCRAM the server is told no password, and proves that it knows it. A password goes as it is: one with letters that
//! SASLprep would change is best avoided.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac, digest::KeyInit};
use prelude_trigger_guest::Error;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// As many rounds as a server may ask for: a job has half a second of CPU time.
const MOST_ROUNDS: u32 = 100_000;

/// A way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    ScramSha256,
    ScramSha1,
    Plain,
}

impl Mechanism {
    /// In the order in which we like them.
    pub const ALL: [Self; 3] = [Self::ScramSha256, Self::ScramSha1, Self::Plain];

    pub fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
        }
    }
}

/// One login.
pub struct Login<'a> {
    mechanism: Mechanism,
    password: &'a str,
    nonce: String,
    /// The first message without its header.
    bare: String,
    /// What the server must prove to know.
    signature: Option<Vec<u8>>,
}

impl<'a> Login<'a> {
    pub fn new(mechanism: Mechanism, user: &str, password: &'a str, nonce: &[u8]) -> (Self, String) {
        let nonce = BASE64_STANDARD.encode(nonce);
        let bare = format!("n={},r={nonce}", user.replace('=', "=3D").replace(',', "=2C"));
        let first = match mechanism {
            Mechanism::Plain => format!("\0{user}\0{password}"),
            // No channel binding: what is bound is the certificate's name, which TLS has checked.
            _ => format!("n,,{bare}"),
        };
        (Self { mechanism, password, nonce, bare, signature: None }, BASE64_STANDARD.encode(first))
    }

    /// The answer to the server's challenge.
    pub fn answer(&mut self, challenge: &str) -> Result<String, Error> {
        let odd = |what: &str| Error::permanent(format!("the server's login is odd: {what}")).code("sasl");
        if self.mechanism == Mechanism::Plain || self.signature.is_some() {
            return Err(odd("it asks once too often"));
        }
        let challenge = decoded(challenge).ok_or_else(|| odd("its challenge is not a text"))?;
        let mut parts = challenge.split(',');
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name));
        let (nonce, salt, rounds) = (part("r="), part("s="), part("i="));
        let nonce = nonce.filter(|nonce| nonce.starts_with(&self.nonce) && nonce.len() > self.nonce.len());
        let nonce = nonce.ok_or_else(|| odd("it does not go on from our nonce"))?;
        let salt = salt.and_then(|salt| BASE64_STANDARD.decode(salt).ok()).ok_or_else(|| odd("there is no salt"))?;
        let rounds = rounds.and_then(|rounds| rounds.parse().ok()).filter(|rounds| (1..=MOST_ROUNDS).contains(rounds));
        let rounds = rounds.ok_or_else(|| odd("the number of rounds is none, or too large for us"))?;
        // `biws` is the header `n,,`.
        let last = format!("c=biws,r={nonce}");
        let signed = format!("{},{challenge},{last}", self.bare);
        let (proof, signature) = match self.mechanism {
            Mechanism::ScramSha256 => {
                let hash = |bytes: &[u8]| Sha256::digest(bytes).to_vec();
                prove::<Hmac<Sha256>>(self.password, &salt, rounds, &signed, hash)
            }
            _ => {
                let hash = |bytes: &[u8]| Sha1::digest(bytes).to_vec();
                prove::<Hmac<Sha1>>(self.password, &salt, rounds, &signed, hash)
            }
        };
        self.signature = Some(signature);
        Ok(BASE64_STANDARD.encode(format!("{last},p={}", BASE64_STANDARD.encode(proof))))
    }

    /// Whether the server has proved that it knows the password; with PLAIN, it has been told.
    pub fn proved(&self, success: &str) -> bool {
        if self.mechanism == Mechanism::Plain {
            return true;
        }
        let said = decoded(success);
        let said = said.as_deref().and_then(|said| said.split(',').next()?.strip_prefix("v="));
        let said = said.and_then(|said| BASE64_STANDARD.decode(said).ok());
        self.signature.is_some() && said == self.signature
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(text.trim()).ok()?).ok()
}

/// The client's proof, and the signature that the server's must equal.
fn prove<M: Mac + KeyInit + Clone>(
    password: &str,
    salt: &[u8],
    rounds: u32,
    signed: &str,
    hash: impl Fn(&[u8]) -> Vec<u8>,
) -> (Vec<u8>, Vec<u8>) {
    let salted = stretched(&keyed::<M>(password.as_bytes()), salt, rounds);
    let client = mac(&keyed::<M>(&salted), &[b"Client Key"]);
    let signature = mac(&keyed::<M>(&hash(&client)), &[signed.as_bytes()]);
    let proof = client.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
    let server = mac(&keyed::<M>(&salted), &[b"Server Key"]);
    (proof, mac(&keyed::<M>(&server), &[signed.as_bytes()]))
}

fn keyed<M: Mac + KeyInit>(key: &[u8]) -> M {
    <M as Mac>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

fn mac<M: Mac + Clone>(keyed: &M, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// RFC 5802's `Hi`: PBKDF2 for one block.
fn stretched<M: Mac + Clone>(password: &M, salt: &[u8], rounds: u32) -> Vec<u8> {
    let mut round = mac(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = round.clone();
    for _ in 1..rounds {
        round = mac(password, &[&round]);
        sum.iter_mut().zip(&round).for_each(|(sum, round)| *sum ^= round);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        BASE64_STANDARD.encode(text)
    }

    /// RFC 7677, section 3, and RFC 5802, section 5.
    #[test]
    fn the_examples_of_the_rfcs() {
        for (mechanism, nonce, challenge, last, success) in [
            (
                Mechanism::ScramSha256,
                "rOprNGfwEbeRWgbNEkqO",
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ),
            (
                Mechanism::ScramSha1,
                "fyko+d2lbbFgONRv9qkxdawL",
                "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            ),
        ] {
            let nonce_bytes = BASE64_STANDARD.decode(nonce).unwrap();
            let (mut login, first) = Login::new(mechanism, "user", "pencil", &nonce_bytes);
            assert_eq!(first, encoded(&format!("n,,n=user,r={nonce}")));
            assert!(!login.proved(&encoded(success)), "before it was asked");
            assert_eq!(login.answer(&encoded(challenge)).unwrap(), encoded(last));
            assert!(login.proved(&encoded(success)));
            assert!(!login.proved(&encoded("v=AAAA")) && !login.proved("") && !login.proved(&encoded("e=other-error")));
            assert!(login.answer(&encoded(challenge)).is_err(), "twice");
        }
    }

    #[test]
    fn a_server_that_cheats_is_found_out() {
        for challenge in [
            "r=another,s=QSXCR+Q6sek8bf92,i=4096",
            "r=AAAA,s=QSXCR+Q6sek8bf92,i=4096",
            "r=AAAAx,s=*,i=4096",
            "r=AAAAx,s=QSXCR+Q6sek8bf92,i=0",
            "r=AAAAx,s=QSXCR+Q6sek8bf92,i=4000000000",
            "r=AAAAx",
            "",
        ] {
            let (mut login, _) = Login::new(Mechanism::ScramSha1, "user", "pencil", &[0; 3]);
            assert!(login.answer(&encoded(challenge)).is_err(), "{challenge}");
        }
    }

    #[test]
    fn names_and_plain_passwords() {
        let (mut login, first) = Login::new(Mechanism::Plain, "u", "p", &[]);
        assert_eq!(first, encoded("\0u\0p"));
        assert!(login.proved("") && login.answer("").is_err());
        let (_, first) = Login::new(Mechanism::ScramSha1, "a=b,c", "p", &[0; 3]);
        assert_eq!(first, encoded("n,,n=a=3Db=2Cc,r=AAAA"));
    }
}
