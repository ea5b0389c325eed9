//! Taking a stream of bytes apart into Prelude messages.
//!
//! A message is one or more pieces, each with a header of 16 bytes: version (1), tag, priority, whether more pieces
//! follow, length of what follows (4 bytes, big endian), time (8 bytes). A message longer than 8 KiB leaves libprelude
//! in several pieces; here it is put together again, so that every message handed on has one header.
//!
//! The bytes are hostile. Memory follows what has actually arrived, not what a header claims, and no message may be
//! longer than [`LONGEST`].

use crate::idmef::wire::{HEADER, LONGEST};

/// The only version of the protocol there is.
const VERSION: u8 = 1;

/// The tag of a message that holds IDMEF (prelude-message-id.h).
pub(super) const TAG_IDMEF: u8 = 0;

/// Memory that is kept between messages.
const KEPT: usize = 256 << 10;

/// A whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// What it holds; [`TAG_IDMEF`] is all we care for.
    pub tag: u8,
    /// Header and content.
    pub wire: Vec<u8>,
    /// Where in the stream it began.
    pub offset: u64,
}

/// Why a stream of bytes is not one of Prelude messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The version is not ours.
    #[error("the message at byte {offset} has protocol version {found}, not 1")]
    Version {
        /// Where the header begins in the stream.
        offset: u64,
        /// What it says.
        found: u8,
    },
    /// A piece without content, which libprelude never sends.
    #[error("the message at byte {offset} is empty")]
    Empty {
        /// Where the header begins in the stream.
        offset: u64,
    },
    /// Longer than [`LONGEST`].
    #[error("the message at byte {offset} is longer than 100 MiB")]
    TooLong {
        /// Where the header begins in the stream.
        offset: u64,
    },
}

/// A stream that is being taken apart.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// What has arrived and is not yet taken.
    buffer: Vec<u8>,
    /// How much of the buffer is taken.
    taken: usize,
    /// Where in the stream the buffer begins.
    offset: u64,
    /// The pieces of a message that is not yet whole, under the header of the first.
    message: Option<Frame>,
}

impl Frames {
    /// Adds what has arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Where the message begins that has begun but is not whole; `None` between two messages.
    pub(super) fn unfinished(&self) -> Option<u64> {
        match &self.message {
            Some(message) => Some(message.offset),
            None if self.taken < self.buffer.len() => Some(self.position()),
            None => None,
        }
    }

    /// The next whole message, or `None` when more bytes are needed. After an error the stream is of no more use.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            let offset = self.position();
            let rest = self.buffer.get(self.taken..).unwrap_or_default();
            let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else { break };
            let &[version, tag, priority, more, l0, l1, l2, l3, ..] = header;
            let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
            let before = self.message.as_ref().map_or(0, |message| message.wire.len() - HEADER);
            if version != VERSION {
                return Err(FrameError::Version { offset, found: version });
            }
            if length == 0 {
                return Err(FrameError::Empty { offset });
            }
            if length + before > LONGEST {
                return Err(FrameError::TooLong { offset: self.message.as_ref().map_or(offset, |first| first.offset) });
            }
            let Some(content) = rest.get(..length) else { break };
            let message = self.message.get_or_insert_with(|| Frame { tag, wire: header.to_vec(), offset });
            message.wire.extend_from_slice(content);
            let total = u32::try_from(message.wire.len() - HEADER).unwrap_or(u32::MAX).to_be_bytes();
            if let Some(header) = message.wire.first_chunk_mut::<HEADER>() {
                // libprelude may set the priority in any piece.
                if header[2] == 0 {
                    header[2] = priority;
                }
                header[3] = 0;
                header[4..8].copy_from_slice(&total);
            }
            self.taken += HEADER + length;
            if more == 0 {
                return Ok(self.message.take());
            }
        }
        self.compact();
        Ok(None)
    }

    /// Where in the stream the next byte to be taken stands.
    fn position(&self) -> u64 {
        self.offset + self.taken as u64
    }

    /// Forgets what is taken, and gives back the memory of an unusually long message.
    fn compact(&mut self) {
        self.offset = self.position();
        self.buffer.drain(..self.taken);
        self.taken = 0;
        if self.buffer.len() < KEPT && self.buffer.capacity() > 4 * KEPT {
            self.buffer.shrink_to(KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

    use proptest::prelude::*;

    use super::*;

    /// A piece as libprelude writes it.
    fn piece(tag: u8, more: bool, content: &[u8]) -> Vec<u8> {
        let mut wire = vec![1, tag, 2, u8::from(more)];
        wire.extend((content.len() as u32).to_be_bytes());
        wire.extend([9; 8]);
        wire.extend(content);
        wire
    }

    fn all(frames: &mut Frames) -> Vec<Frame> {
        std::iter::from_fn(|| frames.next().unwrap()).collect()
    }

    #[test]
    fn pieces_are_put_together() {
        let mut frames = Frames::default();
        frames.push(&[piece(7, false, b"x"), piece(0, true, b"abc"), piece(0, false, b"de")].concat());
        let found = all(&mut frames);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].tag, found[0].offset), (7, 0));
        assert_eq!(found[1], Frame { tag: 0, wire: piece(0, false, b"abcde"), offset: 17 });
        assert_eq!(frames.unfinished(), None);
    }

    #[test]
    fn what_is_not_a_message_is_told_with_its_place() {
        let good = piece(0, false, b"abc");
        for (bad, said) in [
            (vec![2; 16], "the message at byte 19 has protocol version 2, not 1"),
            (piece(0, false, b""), "the message at byte 19 is empty"),
            (
                [&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], &[0; 8]].concat(),
                "the message at byte 19 is longer than 100 MiB",
            ),
        ] {
            let mut frames = Frames::default();
            frames.push(&good);
            frames.push(&bad);
            assert_eq!(frames.next().unwrap().unwrap().wire, good);
            assert_eq!(frames.next().unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn endless_pieces_are_refused() {
        let mut frames = Frames::default();
        let endless = piece(0, true, &vec![0; 1 << 20]);
        let error = (0..200).find_map(|_| {
            frames.push(&endless);
            frames.next().err()
        });
        assert_eq!(error, Some(FrameError::TooLong { offset: 0 }));
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        let mut frames = Frames::default();
        frames.push(&[&[1, 0, 0, 0, 0x06, 0, 0, 0][..], &[0; 8]].concat());
        assert_eq!(frames.next(), Ok(None));
        assert_eq!(frames.unfinished(), Some(0));
        assert!(frames.buffer.capacity() < 1024);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 1..8),
            cuts in prop::collection::vec(1_usize..40, 1..20),
        ) {
            let stream: Vec<u8> = contents.iter().flat_map(|content| {
                let (a, b) = content.split_at(content.len() / 2);
                if a.is_empty() { piece(0, false, content) } else { [piece(0, true, a), piece(0, false, b)].concat() }
            }).collect();
            let mut frames = Frames::default();
            let mut found = Vec::new();
            let (mut rest, mut cut) = (&stream[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(*cut.next().unwrap()));
                frames.push(now);
                found.extend(all(&mut frames).into_iter().map(|frame| frame.wire));
                rest = later;
            }
            let wanted: Vec<_> = contents.iter().map(|content| piece(0, false, content)).collect();
            prop_assert_eq!(found, wanted);
            prop_assert_eq!(frames.unfinished(), None);
        }

        #[test]
        fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut frames = Frames::default();
            frames.push(&bytes);
            while let Ok(Some(_)) = frames.next() {}
        }
    }
}
