//! What a program writes: the end of it, however much it is.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes read at once; as many as a pipe holds.
const CHUNK: usize = 64 << 10;

/// The last bytes of a stream.
#[derive(Debug)]
pub(super) struct Tail {
    kept: VecDeque<u8>,
    limit: usize,
    dropped: u64,
}

impl Tail {
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: VecDeque::new(), limit, dropped: 0 }
    }

    /// Reads to the end, so that the writer never waits for us; a read error ends it too.
    pub(super) async fn fill<R: AsyncRead + Unpin>(&mut self, from: Option<R>) {
        let Some(mut from) = from else { return };
        let mut chunk = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            self.push(chunk.get(..length).unwrap_or_default());
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let excess = (self.kept.len() + bytes.len()).saturating_sub(self.limit);
        let old = excess.min(self.kept.len());
        self.kept.drain(..old);
        self.kept.extend(bytes.get(excess - old..).unwrap_or_default());
        self.dropped += excess as u64;
    }

    /// How many bytes were dropped before the ones kept.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What was kept, as text. A character that was cut in two at the front is left out.
    pub(super) fn text(mut self) -> String {
        let mut bytes: &[u8] = self.kept.make_contiguous();
        if self.dropped > 0 {
            let rest = bytes.iter().take(3).take_while(|b| (0x80..0xc0).contains(*b));
            bytes = bytes.get(rest.count()..).unwrap_or_default();
        }
        String::from_utf8_lossy(bytes).into_owned()
    }
}
