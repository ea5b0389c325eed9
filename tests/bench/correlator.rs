//! prelude-correlator with one plugin of ours and none of its own, on a Python that is newer than it.

use std::{fs, path::Path, process::Command};

/// What Python has taken away since prelude-correlator was written is put back, and its own plugins are left out.
const PROGRAM: &str = "import collections, collections.abc, pkg_resources\n\
    for name in ('Iterable', 'Mapping', 'Sequence', 'Callable'): setattr(collections, name, getattr(collections.abc, name))\n\
    pkg_resources.iter_entry_points = lambda *names: []\n\
    from preludecorrelator.main import main\nmain()";

/// Writes a plugin and a configuration that knows no other into a directory, and returns the command that starts
/// prelude-correlator with them. The plugin's class has to have the plugin's name.
pub fn command(directory: &Path, profile: &str, address: &str, name: &str, plugin: &str) -> Command {
    let rules = directory.join("rules");
    fs::create_dir_all(&rules).expect("a directory");
    fs::write(rules.join(name).with_extension("py"), plugin).expect("a file");
    // Its own parser adds the section `[prelude]`, and libprelude's wants it written.
    let (client, config) = (directory.join("correlator-client.conf"), directory.join("correlator.conf"));
    fs::write(&client, format!("[prelude]\nserver-addr = {address}\n")).expect("a file");
    let (included, rules) = (client.display(), rules.display());
    fs::write(&config, format!("include = {included}\n[general]\n[python_rules]\npaths = {rules}\n[include]\n"))
        .expect("a file");
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", PROGRAM, "--profile", profile, "-c"]).arg(config);
    command
}
