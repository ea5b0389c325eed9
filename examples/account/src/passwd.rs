// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which of the texts that an alert calls a user may be locked.

use crate::config::Config;

/// Characters of a text that are repeated in a message.
const SHOWN: usize = 64;
/// Longest name that Linux's tools take.
const LONGEST: usize = 32;

/// A text as a message shows it.
pub fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(SHOWN).collect::<String>())
}

/// Whether a text can be the name of an account, as useradd makes them: then it is no option, no path and no pattern.
pub fn is_name(text: &str) -> bool {
    let (first, rest) = match text.as_bytes() {
        [first, rest @ ..] => (first, rest),
        [] => return false,
    };
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    text.len() <= LONGEST && (first.is_ascii_alphabetic() || *first == b'_') && rest.iter().all(fits)
}

/// Checks what the account database says of `name` against what may be locked; an error says why not.
///
/// `said` is one line of passwd(5), as getent prints it.
pub fn lockable(config: &Config, name: &str, said: &str) -> Result<(), String> {
    let line = said.trim_end_matches('\n');
    let fields: Vec<_> = line.split(':').collect();
    let [found, _, uid, _, _, _, _] = fields[..] else {
        return Err(format!("what the look-up says of {} is no line of passwd: {}", shown(name), shown(line)));
    };
    // A database that ignores case, or knows several names for one, must not lead to somebody else.
    if found != name {
        return Err(format!("{} is called {} by the account database", shown(name), shown(found)));
    }
    let Ok(uid) = uid.parse::<u32>() else {
        return Err(format!("{} has the number {}", shown(name), shown(uid)));
    };
    if uid == 0 {
        return Err(format!("{} is the superuser", shown(name)));
    }
    if uid < config.uids.from || uid > config.uids.to {
        return Err(format!(
            "{} has the number {uid}, and only {} to {} may be locked",
            shown(name),
            config.uids.from,
            config.uids.to
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use prelude_trigger_guest::testing;

    use super::*;

    #[test]
    fn names_are_names_and_nothing_else() {
        for name in ["alice", "_apt", "a.b-c_d", "Alice", "a1"] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(33);
        for text in [
            "", "-x", "--root", ".", "..", "1000", "a b", "a:b", "a/b", "a\nb", "a;rm", "$(id)", "+", "élise", "a*",
            "DOM\\a", "a@b", &long,
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn who_may_be_locked_is_decided_by_number() {
        let config: Config = testing::config("{}").unwrap();
        let said = |line: &str| lockable(&config, "alice", line);
        assert!(said("alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash\n").is_ok());
        assert!(said("alice:x:0:0::/:/bin/sh").unwrap_err().contains("superuser"));
        assert!(said("alice:x:999:999::/:/bin/sh").unwrap_err().contains("only 1000 to 59999"));
        assert!(said("alice:x:65534:999::/:/bin/sh").unwrap_err().contains("65534"));
        assert!(said("Alice:x:1000:1000::/:/bin/sh").unwrap_err().contains("is called"));
        for odd in
            ["", "alice", "alice:x:-1:0:::", "alice:x::0:::", "alice:x:1000:1000::/:/bin/sh\nbob:x:1001:1::/:/bin/sh"]
        {
            assert!(said(odd).is_err(), "{odd}");
        }
    }
}
