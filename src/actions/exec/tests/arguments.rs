//! From alert to argument vector: the exact result, and every refusal.

use proptest::prelude::*;

use super::*;

const ADDRESS: &str = "alert.source(*).node.address(*).address";
const TEXT: &str = "alert.classification.text";

fn build(arguments: Vec<Template>, message: &Message) -> Result<Vec<String>, Refusal> {
    build_with(|_| {}, arguments, message)
}

fn build_with(
    change: impl FnOnce(&mut config::Exec),
    arguments: Vec<Template>,
    message: &Message,
) -> Result<Vec<String>, Refusal> {
    let mut exec = config("/bin/act", arguments);
    change(&mut exec);
    let captures = [("user", "root"), ("dash", "-rf"), ("empty", "")];
    let captures = captures.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
    crate::actions::exec::arguments::build(&exec, &exec.command, Some(message), &captures)
}

fn refusal(arguments: Vec<Template>, message: &Message) -> String {
    build(arguments, message).unwrap_err().to_string()
}

fn pieces(pieces: Vec<Piece>) -> Template {
    Template::Pieces(pieces)
}

fn capture(name: &str) -> Piece {
    Piece::Capture(name.into())
}

#[test]
fn values_take_the_place_of_their_paths() {
    let vector = build(
        vec![
            verbatim("add"),
            whole(ADDRESS),
            pieces(vec![Piece::Verbatim("{ ".into()), path(TEXT), Piece::Verbatim(" }".into())]),
            pieces(vec![capture("user")]),
            verbatim("-x"),
        ],
        &alert("Login failed", &["192.0.2.1", "2001:db8::1"]),
    );
    assert_eq!(vector.unwrap(), ["/bin/act", "add", "192.0.2.1", "2001:db8::1", "{ Login failed }", "root", "-x"]);
}

#[test]
fn what_an_attacker_writes_stays_one_argument() {
    for hostile in [
        "a b",
        "$(reboot)",
        "`reboot`",
        "; reboot",
        "a\nb",
        "\u{1b}[2J",
        "{alert.messageid}",
        "alert.messageid",
        "*",
        "'",
        "\"",
        "\\",
        "{{",
        "..",
        "|",
        "\u{2014}rf",
        "\u{2010}rf",
    ] {
        let vector = build(vec![whole(TEXT), verbatim("end")], &alert(hostile, &[])).unwrap();
        assert_eq!(vector, ["/bin/act", hostile, "end"]);
    }
}

#[test]
fn bytes_that_are_not_utf8_become_replacement_characters() {
    let mut wire = alert("QQQQ", &[]).to_wire();
    let at = wire.windows(4).position(|window| window == b"QQQQ").unwrap();
    wire[at..at + 4].copy_from_slice(b"\xff-\xc3Q");
    let message = Message::from_wire(&wire).unwrap();
    assert_eq!(build(vec![whole(TEXT)], &message).unwrap(), ["/bin/act", "\u{fffd}-\u{fffd}Q"]);
}

#[test]
fn a_leading_dash_is_refused() {
    let message = alert("-rf \u{1b}[31m", &["--help", "192.0.2.1"]);
    let advice = "which starts with `-` and would be taken for an option; put an argument `--` before it if the program \
        understands that, then set `allow_dash: true`";
    assert_eq!(
        refusal(vec![verbatim("x"), whole(TEXT)], &message),
        format!("argument 2 (`alert.classification.text`): the value makes it \"-rf \\x1b[31m\", {advice}")
    );
    assert_eq!(
        refusal(vec![whole(ADDRESS)], &message),
        format!("argument 1 (`{ADDRESS}`): the value makes it \"--help\", {advice}")
    );
    assert_eq!(
        refusal(vec![pieces(vec![capture("dash"), Piece::Verbatim("/x".into())])], &message),
        format!("argument 1 (`{{dash}}/x`): the value makes it \"-rf/x\", {advice}")
    );
    let allowed = build_with(|exec| exec.allow_dash = true, vec![verbatim("--"), whole(TEXT)], &message);
    assert_eq!(allowed.unwrap()[2], "-rf \u{1b}[31m");
    let inside = pieces(vec![Piece::Verbatim("--text=".into()), path(TEXT)]);
    assert_eq!(build(vec![inside], &message).unwrap()[1], "--text=-rf \u{1b}[31m");
}

#[test]
fn an_empty_value_does_not_smuggle_a_dash_to_the_front() {
    let message = alert("x", &["-rf"]);
    let two = pieces(vec![capture("empty"), path(ADDRESS)]);
    assert!(matches!(build(vec![two], &message).unwrap_err().guard, Guard::Dash { .. }));
    let verbatim_dash = pieces(vec![capture("empty"), Piece::Verbatim("-suffix".into())]);
    assert!(matches!(build(vec![verbatim_dash], &message).unwrap_err().guard, Guard::Dash { .. }));
    let missing = pieces(vec![path("alert.assessment.impact.description"), path(ADDRESS)]);
    let result = build_with(|exec| exec.on_missing = OnMissing::Empty, vec![missing], &message);
    assert!(matches!(result.unwrap_err().guard, Guard::Dash { .. }));
}

#[test]
fn a_nul_is_refused() {
    assert_eq!(
        refusal(vec![whole(TEXT)], &alert("a\0b", &[])),
        "argument 1 (`alert.classification.text`): the value \"a\\x00b\" holds a NUL, which no argument can carry"
    );
}

#[test]
fn an_overlong_argument_is_refused() {
    let long = "x".repeat(4097);
    assert_eq!(
        refusal(vec![whole(TEXT)], &alert(&long, &[])),
        format!(
            "argument 1 (`alert.classification.text`): with 4097 bytes (\"{}…\") it is longer than `max_argument: \
             4096`; raise the limit, or let the program read the alert from standard input",
            "x".repeat(60)
        )
    );
    assert!(build(vec![whole(TEXT)], &alert(&long[..4096], &[])).is_ok());
    let around = pieces(vec![path(TEXT), Piece::Verbatim("y".into())]);
    assert!(matches!(
        build(vec![around], &alert(&long[..4096], &[])).unwrap_err().guard,
        Guard::TooLong { length: 4097, limit: 4096, .. }
    ));
}

#[test]
fn braces_take_one_value() {
    let inside = pieces(vec![Piece::Verbatim("a=".into()), path(ADDRESS)]);
    assert_eq!(
        refusal(vec![inside], &alert("", &["192.0.2.1", "192.0.2.2"])),
        format!(
            "argument 1 (`a={{{ADDRESS}}}`): `{ADDRESS}` has 2 values, and braces inside an argument take exactly one; \
             choose one with an index such as `(0)`, or make the path an argument of its own to pass them all"
        )
    );
}

#[test]
fn a_missing_value_does_what_the_operator_says() {
    let message = alert("x", &[]);
    let template = || vec![whole(ADDRESS), pieces(vec![capture("nobody"), Piece::Verbatim("!".into())]), verbatim("e")];
    assert_eq!(
        refusal(template(), &message),
        format!(
            "argument 1 (`{ADDRESS}`): `{ADDRESS}` has no value in this alert; set `on_missing: skip` (leave the \
             argument out) or `empty` if the program can do without"
        )
    );
    assert!(refusal(template()[1..].to_vec(), &message).starts_with("argument 1 (`{nobody}!`): `nobody` has no value"));
    let skip = build_with(|exec| exec.on_missing = OnMissing::Skip, template(), &message);
    assert_eq!(skip.unwrap(), ["/bin/act", "e"]);
    let empty = build_with(|exec| exec.on_missing = OnMissing::Empty, template(), &message);
    assert_eq!(empty.unwrap(), ["/bin/act", "", "!", "e"]);
}

#[test]
fn floods_of_values_are_refused() {
    let many = vec!["192.0.2.1"; 257];
    assert_eq!(
        refusal(vec![whole(ADDRESS)], &alert("", &many)),
        format!(
            "argument 1 (`{ADDRESS}`): 257 values are more than the 256 that one path may add as arguments; let the \
             program read the alert from standard input"
        )
    );
    assert_eq!(build(vec![whole(ADDRESS)], &alert("", &many[1..])).unwrap().len(), 257);
    let long = "x".repeat(4000);
    let heavy = vec![long.as_str(); 25];
    assert_eq!(
        refusal(vec![whole(ADDRESS)], &alert("", &heavy)),
        format!(
            "argument 1 (`{ADDRESS}`): the arguments up to here take 100225 bytes, more than the 98304 that are sure to \
             fit; pass fewer values, or let the program read the alert from standard input"
        )
    );
}

#[test]
fn what_could_not_be_undone_is_not_done() {
    let message = alert("text", &["192.0.2.1"]);
    let line = |template| CommandLine { arguments: vec![template], ..config("/bin/undo", vec![]).command };
    let with = |undo, check| {
        let exec = config("/bin/true", vec![whole(TEXT)]);
        Exec { config: config::Exec { undo, check, ..exec.clone() }, ..load(exec).unwrap() }
    };
    let arguments =
        |exec: &Exec| exec.arguments(&message, &Captures::new(), &[]).map_err(|refusal| refusal.to_string());
    let fine = with(Some(line(whole(ADDRESS))), Some(line(whole(TEXT))));
    assert_eq!(arguments(&fine).unwrap(), ["/bin/true", "text"]);
    let undo = fine.undo_arguments(&message, &Captures::new(), &[("x".into(), "y".to_owned())]);
    assert_eq!(undo.unwrap().unwrap(), ["/bin/undo", "192.0.2.1"]);
    assert_eq!(fine.check_arguments(&message, &Captures::new(), &[]).unwrap().unwrap(), ["/bin/undo", "text"]);

    let missing = || Some(line(whole("alert.assessment.impact.description")));
    let refused = arguments(&with(missing(), None)).unwrap_err();
    assert!(refused.starts_with("argument 1 of `undo` (`alert.assessment.impact.description`)"), "{refused}");
    let refused = arguments(&with(None, missing())).unwrap_err();
    assert!(refused.starts_with("argument 1 of `check` ("), "{refused}");
    assert!(with(None, None).undo_arguments(&message, &Captures::new(), &[]).is_none());
}

proptest! {
    /// Whatever the values are: a refusal, or one argument for each value where the path stood, all else untouched.
    #[test]
    fn no_value_makes_a_second_argument_or_an_option(
        text in any::<String>(),
        addresses in proptest::collection::vec("-{0,2}\\PC{1,8}[\0\n]?", 0..4),
    ) {
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let message = alert(&text, &addresses);
        let inside = pieces(vec![Piece::Verbatim("[".into()), path(TEXT), Piece::Verbatim("]".into())]);
        let leading = pieces(vec![path(TEXT), Piece::Verbatim("]".into())]);
        let template = vec![verbatim("-a"), whole(ADDRESS), inside, leading, verbatim("-z")];
        match build(template, &message) {
            Ok(vector) => {
                let mut expected = vec!["/bin/act".to_owned(), "-a".to_owned()];
                expected.extend(addresses.iter().map(|address| (*address).to_owned()));
                expected.extend([format!("[{text}]"), format!("{text}]"), "-z".to_owned()]);
                prop_assert_eq!(&vector, &expected);
                let substituted = &vector[2..vector.len() - 1];
                prop_assert!(substituted.iter().all(|argument| !argument.starts_with('-') && !argument.contains('\0')));
            }
            Err(refusal) => {
                // An empty string is a missing value to libprelude.
                let bad = |value: &&str| value.is_empty() || value.starts_with('-') || value.contains('\0');
                prop_assert!(addresses.is_empty() || addresses.iter().any(bad) || bad(&text.as_str()), "{refusal}");
                prop_assert!(!refusal.to_string().contains(char::is_control));
            }
        }
    }
}
