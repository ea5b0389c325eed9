//! Good texts, damaged by the word: what a person, or somebody who knows the grammar, gets wrong. For tests only.

#![allow(clippy::indexing_slicing)]

use proptest::{prelude::*, sample::Index, strategy::Union};

/// What stands in no good text, or in few.
const STRANGE: [&str; 32] = [
    "'",
    "\"",
    "\\",
    "\\x",
    "\\u12",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "<<",
    "&a ",
    "*a ",
    "!!",
    "|",
    "~",
    "\0",
    "\u{1b}[2J",
    "\u{feff}",
    "\u{202e}",
    "é",
    "😀",
    "\n",
    "\r",
    "\t",
    "-0",
    "0x1F",
    "1e999",
    "99999999999999999999",
    "",
];

/// How a text is damaged: what is done, and what words it is done to.
type Blow = (u8, Index, Index);

/// A strategy for texts that were good once.
pub(crate) fn damaged(samples: Vec<String>) -> impl Strategy<Value = String> {
    let blows = prop::collection::vec(any::<Blow>(), 1..8);
    (prop::sample::select(samples), blows).prop_map(|(sample, blows)| {
        let mut words: Vec<String> = words(&sample);
        let known = words.clone();
        for (kind, one, two) in blows {
            strike(&mut words, &known, kind, one, two);
        }
        words.concat()
    })
}

/// Damaged texts, and such as are only made of the same words and strange ones.
pub(crate) fn damaged_or_random(samples: Vec<String>) -> impl Strategy<Value = String> {
    let known: Vec<String> = samples.iter().flat_map(|sample| words(sample)).collect();
    let strange = prop::sample::select(&STRANGE[..]).prop_map(str::to_owned);
    let word = Union::new_weighted(vec![
        (4, prop::sample::select(known).boxed()),
        (1, strange.boxed()),
        (1, "\\PC{0,4}".boxed()),
    ]);
    let random = prop::collection::vec(word, 0..40).prop_map(|words| words.concat());
    prop_oneof![4 => damaged(samples), 1 => random, 1 => any::<String>()]
}

fn strike(words: &mut Vec<String>, known: &[String], kind: u8, one: Index, two: Index) {
    if words.is_empty() || known.is_empty() {
        return;
    }
    let (from, to) = (one.index(words.len()), two.index(words.len()));
    let (from, to) = (from.min(to), from.max(to));
    match kind % 10 {
        0 => drop(words.drain(from..(from + 1 + two.index(4)).min(words.len()))),
        1 => words.swap(from, to),
        2 => words[from] = two.get(known).clone(),
        3 => words.insert(from, two.get(known).clone()),
        4 => words.insert(from, (*two.get(&STRANGE)).to_owned()),
        5 => words[from] = (*two.get(&STRANGE)).to_owned(),
        // Once: repetitions of repetitions are as long as one likes.
        6 if words[from].len() < 100 => words[from] = words[from].repeat(2 + two.index(200)),
        7 => words.truncate(to),
        // A part of it once more, elsewhere.
        8 => {
            let part = words[from..(from + 1 + two.index(20)).min(words.len())].to_vec();
            drop(words.splice(to..to, part));
        }
        _ => {
            let mut letters: Vec<char> = words[from].chars().collect();
            if !letters.is_empty() {
                let at = two.index(letters.len());
                letters[at] = char::from_u32(u32::from(letters[at]) ^ 1).unwrap_or('x');
            }
            words[from] = letters.into_iter().collect();
        }
    }
}

/// Names and numbers, runs of blanks, and every other letter alone.
fn words(text: &str) -> Vec<String> {
    let class = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut words: Vec<String> = Vec::new();
    let mut last = 0;
    for letter in text.chars() {
        match words.last_mut() {
            Some(word) if last == class(letter) && last > 0 => word.push(letter),
            _ => words.push(letter.into()),
        }
        last = class(letter);
    }
    words
}
