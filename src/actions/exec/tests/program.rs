//! What is found wrong with a program, a user, a directory or an environment before any alert is at hand.

use std::os::unix::fs::{chown, symlink};

use super::*;

fn error(exec: config::Exec) -> String {
    load(exec).unwrap_err().to_string()
}

fn program_error(program: impl Into<PathBuf>) -> String {
    error(config(program, vec![]))
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_good_program_loads_also_through_links_and_dots() {
    let scripts = Scripts::new();
    let script = scripts.shell("true");
    symlink("script", scripts.path("relative")).unwrap();
    symlink(scripts.path("relative"), scripts.path("absolute")).unwrap();
    fs::create_dir(scripts.path("d")).unwrap();
    for program in [script, scripts.path("relative"), scripts.path("absolute"), scripts.path("d/.././d/../script")] {
        load(config(program, vec![])).unwrap();
    }
    load(config("/bin/true", vec![])).unwrap();
}

#[test]
fn a_program_must_be_a_file_that_exists() {
    let scripts = Scripts::new();
    assert_eq!(
        program_error("nft"),
        "action `act`: program `nft` is not an absolute path; write it from `/` on, as `command -v` prints it"
    );
    let gone = scripts.path("gone").display().to_string();
    assert_eq!(
        program_error(&gone),
        format!("action `act`: program `{gone}` cannot be used: `{gone}`: No such file or directory (os error 2)")
    );
    assert!(program_error(scripts.path("")).ends_with("is not a regular file"));
    assert!(program_error("/").ends_with("is not a regular file"));
    assert!(program_error("/dev/null").ends_with("is not a regular file"));
    let script = scripts.shell("true");
    assert!(program_error(script.join("x")).contains("Not a directory"));
    symlink("loop", scripts.path("loop")).unwrap();
    assert!(program_error(scripts.path("loop")).ends_with("leads through more than 40 symbolic links"));
}

#[test]
fn a_program_others_can_write_to_is_refused() {
    let scripts = Scripts::new();
    let script = scripts.shell("true");
    let (name, directory) = (script.display().to_string(), scripts.0.path().display().to_string());
    mode(&script, 0o775);
    assert_eq!(
        program_error(&script),
        format!(
            "action `act`: program `{name}` could be replaced by other users: `{name}` is writable for its group \
             (mode 0775); run `chmod go-w {name}`, or keep the program elsewhere"
        )
    );
    mode(&script, 0o757);
    assert!(program_error(&script).contains("is writable for everybody (mode 0757)"));
    mode(&script, 0o755);
    mode(scripts.0.path(), 0o777);
    assert!(program_error(&script).contains(&format!("`{directory}` is writable for everybody (mode 0777)")));
    // With the sticky bit nobody can replace the file, but anyone can put one there once it is gone.
    mode(scripts.0.path(), 0o1777);
    assert_eq!(
        program_error(&script),
        format!(
            "action `act`: program `{name}` must not stand directly in `{directory}`, where everybody may create files \
             (mode 1777): when it is removed, anyone can put another in its place; keep it in a directory of its own"
        )
    );
    // A link to it from a good place does not help, and neither does a link from a bad place to a good program.
    let good = Scripts::new();
    symlink(&script, good.path("link")).unwrap();
    assert!(program_error(good.path("link")).contains("must not stand directly in"));
    symlink("/bin/true", scripts.path("true")).unwrap();
    assert!(program_error(scripts.path("true")).contains("must not stand directly in"));
    // A directory of its own below it is fine.
    fs::create_dir(scripts.path("own")).unwrap();
    mode(&scripts.path("own"), 0o755);
    fs::copy(&script, scripts.path("own/script")).unwrap();
    load(config(scripts.path("own/script"), vec![])).unwrap();
}

#[test]
fn a_program_of_a_stranger_is_refused() {
    if !is_root() {
        return; // giving a file away takes root
    }
    let scripts = Scripts::new();
    let script = scripts.shell("true");
    chown(&script, Some(65534), None).unwrap();
    let name = script.display();
    assert_eq!(
        program_error(&script),
        format!(
            "action `act`: program `{name}` could be replaced by user `nobody`, who owns `{name}`; let root own it \
             (`chown root`), or keep the program in a directory of root's"
        )
    );
    // Nobody can hurt nobody with nobody's program.
    let mut own = config(&script, vec![]);
    own.user = Some("nobody".into());
    load(own).unwrap();
    chown(&script, Some(0), None).unwrap();
    chown(scripts.0.path(), Some(65534), None).unwrap();
    assert!(program_error(&script).contains("who owns"));
}

#[test]
fn a_program_must_be_executable_by_its_user() {
    let scripts = Scripts::new();
    let script = scripts.shell("true");
    let name = script.display();
    mode(&script, 0o644);
    assert!(program_error(&script).contains(&format!("`{name}` has mode 0644; run `chmod a+x {name}`")));
    if !is_root() {
        return; // running as somebody else takes root
    }
    mode(&script, 0o700);
    let mut other = config(&script, vec![]);
    other.user = Some("nobody".into());
    assert_eq!(
        error(other.clone()),
        format!(
            "action `act`: program `{name}` cannot be executed by user `nobody`: `{name}` has mode 0700; run `chmod \
             a+x {name}` if they are meant to"
        )
    );
    mode(&script, 0o755);
    mode(scripts.0.path(), 0o700);
    assert!(error(other.clone()).contains(&format!("`{}` has mode 0700", scripts.0.path().display())));
    mode(scripts.0.path(), 0o755);
    load(other).unwrap();
}

#[test]
fn a_script_needs_its_interpreter() {
    let scripts = Scripts::new();
    let script = scripts.write("dos", "#!/bin/sh\r\necho hello\r\n");
    assert_eq!(
        program_error(&script),
        format!(
            "action `act`: program `{}` is a script for the interpreter \"/bin/sh\\r\", which does not exist; mend its \
             first line",
            script.display()
        )
    );
    load(config(scripts.write("spaced", "#! \t/bin/sh -e\n"), vec![])).unwrap();
}

#[test]
fn users_and_groups_are_looked_up() {
    let exec = |user: Option<&str>, group: Option<&str>| {
        let mut exec = config("/bin/true", vec![]);
        exec.user = user.map(Into::into);
        exec.groups = group.map(Into::into).into_iter().collect();
        exec
    };
    assert_eq!(
        error(exec(Some("nobdy"), None)),
        "action `act`: this system has no user \"nobdy\" (did you mean `nobody`?); create it (`adduser --system \
         nobdy`), or name another"
    );
    assert_eq!(
        error(exec(None, Some("xqzzyx"))),
        "action `act`: this system has no group \"xqzzyx\"; create it (`addgroup --system xqzzyx`), or name another"
    );
    assert!(error(exec(None, Some("daemo"))).contains("(did you mean `daemon`?)"));
    if is_root() {
        load(exec(Some("nobody"), Some("daemon"))).unwrap();
    } else {
        assert!(error(exec(Some("root"), None)).contains("takes the capabilities CAP_SETUID and CAP_SETGID"));
    }
}

#[test]
fn what_undoes_and_what_checks_is_looked_at_like_the_command() {
    let line = |program: &str| CommandLine { program: program.into(), program_at: here(), arguments: vec![] };
    let good = config("/bin/true", vec![]);
    load(config::Exec { undo: Some(line("/bin/true")), check: Some(line("/bin/false")), ..good.clone() }).unwrap();
    let gone = Some(line("/nowhere/undo"));
    for exec in [config::Exec { undo: gone.clone(), ..good.clone() }, config::Exec { check: gone, ..good.clone() }] {
        assert!(error(exec.clone()).contains("/nowhere/undo"), "{}", error(exec));
    }
    let nul = CommandLine { arguments: vec![verbatim("\0")], ..line("/bin/true") };
    assert!(error(config::Exec { undo: Some(nul), ..good }).contains("argument 1 holds a NUL"));
}

#[test]
fn directory_and_environment_are_checked() {
    let with = |change: fn(&mut config::Exec)| {
        let mut exec = config("/bin/true", vec![]);
        change(&mut exec);
        error(exec)
    };
    assert_eq!(
        with(|exec| exec.directory = "tmp".into()),
        "action `act`: working directory `tmp` is not absolute: write it from `/` on"
    );
    assert_eq!(
        with(|exec| exec.directory = "/nowhere".into()),
        "action `act`: working directory `/nowhere` cannot be used: No such file or directory (os error 2); create it, \
         or name another"
    );
    assert!(with(|exec| exec.directory = "/bin/true".into()).ends_with("is not a directory"));
    let variable = |name: &str, value: &str| {
        let mut exec = config("/bin/true", vec![]);
        exec.environment.insert(name.into(), value.into());
        error(exec)
    };
    assert_eq!(
        variable("PRELUDE_TRIGGER_JOB_ID", "x"),
        "action `act`: environment variable \"PRELUDE_TRIGGER_JOB_ID\" starts with PRELUDE_TRIGGER_, which is kept for \
         what the daemon tells about the job; rename it"
    );
    assert!(variable("A=B", "x").ends_with("is not a name: it is empty or holds a `=`"));
    assert!(variable("", "x").ends_with("is not a name: it is empty or holds a `=`"));
    assert!(variable("A", "x\0").ends_with("holds a NUL, which no environment can carry"));
    assert_eq!(
        error(config("/bin/true", vec![verbatim("ok"), verbatim("a\0b")])),
        "action `act`: argument 2 holds a NUL, which no argument can carry"
    );
}

#[test]
fn a_component_is_not_an_exec_action() {
    let mut action = action(config("/bin/true", vec![]), Limits::default());
    action.kind = ActionKind::Component(config::Component {
        file: "/x".into(),
        file_at: here(),
        sha256: None,
        config: json!({}),
        config_at: here(),
        grant: config::Grant::default(),
    });
    assert_eq!(Exec::load(&action).unwrap_err().to_string(), "action `act`: this is not an exec action");
}
