// SPDX-License-Identifier: MIT OR Apache-2.0

//! Randomness.

/// So many random bytes that nobody can guess: for nonces and keys.
///
/// ```
/// let nonce = prelude_trigger_guest::random_bytes::<16>();
/// assert_ne!(nonce, prelude_trigger_guest::random_bytes::<16>());
/// ```
///
/// # Panics
/// The host has none; that does not happen.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(target_arch = "wasm32")]
    bytes.copy_from_slice(&crate::wasi::wasi::random::random::get_random_bytes(N as u64));
    #[cfg(not(target_arch = "wasm32"))]
    {
        use std::io::Read as _;
        let random = std::fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
        random.expect("this system has no randomness");
    }
    bytes
}
