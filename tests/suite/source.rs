//! Receiving from real managers.

use std::{
    collections::{HashMap, HashSet},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use prelude_trigger::{
    idmef::{Kind, Message, Path},
    libprelude::{Connection, Permission, Profile},
    source::{
        Address, Received,
        manager::{Managers, Settings, State, start},
    },
};
use rustix::net::sockopt;
use tokio::sync::mpsc::Receiver;

use crate::stack::{Manager, Sender, Stack, alert, on_path, record, send};

/// A reader, and what comes out of its channel.
struct Reader {
    managers: Managers,
    channel: Receiver<Received>,
}

impl Reader {
    fn start(profile: &str, addresses: &[String]) -> Self {
        Self::start_with(settings(profile, addresses), 1024)
    }

    fn start_with(settings: Settings, capacity: usize) -> Self {
        let (sender, channel) = tokio::sync::mpsc::channel(capacity);
        Self { managers: start(settings, sender).unwrap(), channel }
    }

    /// Waits until every link is connected, and says how long that took.
    fn connected(&self) -> Duration {
        let begin = Instant::now();
        let down = |managers: &Managers| {
            managers.status().into_iter().find(|link| !matches!(link.state, State::Connected { .. }))
        };
        while let Some(link) = down(&self.managers) {
            assert!(begin.elapsed() < Duration::from_secs(30), "{link:?}");
            thread::sleep(Duration::from_millis(5));
        }
        begin.elapsed()
    }

    /// The next message, if one comes in time.
    fn next(&mut self, within: Duration) -> Option<Received> {
        let deadline = Instant::now() + within;
        loop {
            match self.channel.try_recv() {
                Ok(received) => return Some(received),
                Err(_) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
                Err(_) => return None,
            }
        }
    }

    /// The numbers of the alerts that come until `count` are there, or nothing comes any more.
    fn numbers(&mut self, count: usize) -> Vec<usize> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let Some(received) = self.next(Duration::from_secs(3)) else { break };
            numbers.extend(number(&received.wire));
        }
        numbers
    }
}

fn settings(profile: &str, addresses: &[String]) -> Settings {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Settings { profile: profile.to_owned(), addresses, ..Settings::default() }
}

/// The number of an alert of ours; none for heartbeats.
fn number(wire: &[u8]) -> Option<usize> {
    let message = Message::from_wire(wire).unwrap();
    (message.kind() == Kind::Alert).then(|| text(&message, "alert.messageid")["test-".len()..].parse().unwrap())
}

fn text(message: &Message, path: &str) -> String {
    message.get(&path.parse::<Path>().unwrap()).map(|value| value.text().into_owned()).unwrap_or_default()
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited for: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn alerts(numbers: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(|number| alert(number, "Login failed")).collect()
}

#[test]
fn every_alert_arrives_once_and_in_order() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let mut reader = Reader::start(&stack.profile("reader"), &[manager.address()]);
    reader.connected();
    let recording = record(&stack, &alerts(0..5_000));
    let sender = Sender::start(&stack, &stack.profile("sender"), &manager.address(), &recording, None);
    let begin = Instant::now();
    assert_eq!(reader.numbers(5_000), (0..5_000).collect::<Vec<_>>());
    println!("5000 alerts in {:?}", begin.elapsed());
    sender.wait();
    assert!(reader.next(Duration::from_millis(300)).is_none(), "no more comes, our own heartbeat neither");
    let status = &reader.managers.status()[0];
    assert_eq!(status.connections, 1);
    assert_eq!(status.address.to_string(), manager.address());
    assert!(status.messages >= 5_000 && status.bytes > 5_000 * 500, "{status:?}");
}

#[test]
fn a_killed_manager_is_found_again_within_a_second() {
    let Some((stack, mut manager)) = Stack::ready() else { return };
    let mut reader = Reader::start(&stack.profile("reader"), &[manager.address()]);
    reader.connected();
    let recording = record(&stack, &alerts(0..2_000));
    let sender = Sender::start(&stack, &stack.profile("sender"), &manager.address(), &recording, Some(500));
    let (tell, told) = mpsc::channel();
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1_500));
        manager.kill9();
        manager.start();
        tell.send(Instant::now()).unwrap();
        sender.wait();
        manager
    });
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let (mut up, mut back) = (None, None);
    while let Some(received) = reader.next(Duration::from_secs(3)) {
        up = up.or_else(|| told.try_recv().ok());
        if let Some(number) = number(&received.wire) {
            *seen.entry(number).or_default() += 1;
        }
        if back.is_none() && reader.managers.status()[0].connections == 2 {
            back = Some(Instant::now());
        }
    }
    drop(killer.join().unwrap());
    let back = back.unwrap().saturating_duration_since(up.unwrap());
    let lost: Vec<_> = (0..2_000).filter(|number| !seen.contains_key(number)).collect();
    println!("back {back:?} after the manager; lost {} of 2000: {lost:?}", lost.len());
    assert!(back < Duration::from_secs(1));
    // The protocol has no acknowledgement: what was inside the manager, and what was sent before we were back, is gone.
    assert!(lost.len() < 600, "{lost:?}");
    assert!(seen.values().all(|&count| count == 1), "nothing comes twice");
    assert!(seen.contains_key(&1_999), "the last one comes");
}

#[test]
fn a_manager_that_hangs_delays_no_other() {
    let Some(stack) = Stack::new() else { return };
    let mut hanging = stack.manager("hanging");
    let mut dead = stack.manager("dead");
    let mut good = stack.manager("good");
    stack.register(&good, "sender", "idmef:w");
    for manager in [&hanging, &dead, &good] {
        stack.register(manager, "reader", "idmef:rw");
    }
    stack.register(&hanging, "sender", "idmef:w");
    hanging.start();
    dead.start();
    good.start();

    // One hangs before we connect, one afterwards.
    hanging.sigstop();
    let begin = Instant::now();
    let addresses = [hanging.address(), dead.address(), good.address()];
    let mut reader = Reader::start(&stack.profile("reader"), &addresses);
    wait("the two others are connected", || {
        reader.managers.status().iter().skip(1).all(|link| matches!(link.state, State::Connected { .. }))
    });
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    dead.sigstop();
    send(&stack, &stack.profile("sender"), &good.address(), &alerts(0..500));
    assert_eq!(reader.numbers(500).len(), 500);

    // Longer than an attempt to connect is given: there is a second one when the manager goes on.
    thread::sleep(Duration::from_secs(11).saturating_sub(begin.elapsed()));
    hanging.sigcont();
    dead.sigcont();
    reader.connected();
    send(&stack, &stack.profile("sender"), &hanging.address(), &alerts(500..1_000));
    let numbers: HashSet<_> = reader.numbers(500).into_iter().collect();
    assert_eq!(numbers, (500..1_000).collect());
    let begin = Instant::now();
    hanging.sigstop();
    reader.managers.stop();
    assert!(begin.elapsed() < Duration::from_secs(3), "stopping takes {:?}", begin.elapsed());
    hanging.sigcont();
}

#[test]
fn large_messages_and_unix_sockets() {
    let Some((stack, mut manager)) = Stack::ready() else { return };
    // With its default of 1 MB of memory the manager puts a message of this size into a file and fails an assertion of its
    // own when it takes it out again (prelude-manager 5.2.0, bufpool.c).
    manager.stop();
    manager.configure("sched-buffer-size = 200M\n");
    manager.start();
    for address in [manager.unix(), manager.address()] {
        let mut reader = Reader::start(&stack.profile("reader"), std::slice::from_ref(&address));
        reader.connected();
        let long = "x".repeat(25_000_000);
        let messages = [alert(0, "before"), alert(1, &long), alert(2, "after")];
        send(&stack, &stack.profile("sender"), &address, &messages);
        let mut sizes = HashMap::new();
        while sizes.len() < 3 {
            let received = reader.next(Duration::from_secs(20)).expect("all three messages");
            assert_eq!(received.from.to_string(), address);
            if let Some(number) = number(&received.wire) {
                sizes.insert(number, received.wire.len());
            }
        }
        assert!(sizes[&1] > 25_000_000, "{sizes:?}");
        reader.managers.stop();
    }
}

#[test]
fn others_see_who_we_are_and_how_we_are() {
    let Some((stack, manager)) = Stack::ready() else { return };
    stack.register(&manager, "other", "idmef:rw");
    let mut other = Reader::start(&stack.profile("other"), &[manager.address()]);
    other.connected();
    let mut settings = settings(&stack.profile("reader"), &[manager.address()]);
    settings.heartbeat_interval = Duration::from_secs(1);
    settings.analyzer_name = Some("trigger-of-the-test".to_owned());
    let mut reader = Reader::start_with(settings, 1024);
    let us = reader.managers.analyzerid().to_string();
    thread::sleep(Duration::from_millis(1_300));
    reader.managers.stop();

    let mut conditions = Vec::new();
    while conditions.last().is_none_or(|last| last != "exiting") {
        let received = other.next(Duration::from_secs(5)).expect("a heartbeat that says that we leave");
        let message = Message::from_wire(&received.wire).unwrap();
        if message.issuer().as_deref() != Some(us.as_str()) {
            continue;
        }
        assert_eq!(message.kind(), Kind::Heartbeat);
        for (path, wanted) in [
            ("heartbeat.analyzer(-1).name", "trigger-of-the-test"),
            ("heartbeat.analyzer(-1).model", "Prelude Trigger"),
            ("heartbeat.analyzer(-1).class", "Responder"),
            ("heartbeat.analyzer(-1).version", env!("CARGO_PKG_VERSION")),
            ("heartbeat.analyzer(-1).ostype", "Linux"),
            ("heartbeat.analyzer(-1).process.pid", &std::process::id().to_string()),
            ("heartbeat.heartbeat_interval", "1"),
        ] {
            assert_eq!(text(&message, path), wanted, "{path}");
        }
        assert!(text(&message, "heartbeat.analyzer(-1).process.path").starts_with('/'));
        assert!(!text(&message, "heartbeat.analyzer(-1).node.name").is_empty());
        conditions.push(text(&message, "heartbeat.additional_data(\"Analyzer status\").data"));
    }
    wait("the manager has seen us leave", || manager.log().contains("closing connection"));
    conditions.dedup();
    assert_eq!(conditions, ["starting", "running", "exiting"]);
    while let Ok(received) = reader.channel.try_recv() {
        let message = Message::from_wire(&received.wire).unwrap();
        assert_ne!(message.issuer().as_deref(), Some(us.as_str()), "our own messages do not come back");
    }
}

#[test]
fn stopping_hands_on_what_was_sent() {
    let Some((stack, manager)) = Stack::ready() else { return };
    // A channel that nobody reads: receiving stops, and the rest waits in sockets and in the manager.
    let mut reader = Reader::start_with(settings(&stack.profile("reader"), &[manager.address()]), 10);
    reader.connected();
    send(&stack, &stack.profile("sender"), &manager.address(), &alerts(0..3_000));
    thread::sleep(Duration::from_millis(500));
    assert!(reader.managers.status()[0].messages < 100, "{:?}", reader.managers.status());
    let mut channel = std::mem::replace(&mut reader.channel, tokio::sync::mpsc::channel(1).1);
    let taker = thread::spawn(move || {
        let mut numbers = Vec::new();
        while let Some(received) = channel.blocking_recv() {
            numbers.extend(number(&received.wire));
        }
        numbers
    });
    reader.managers.stop();
    assert_eq!(taker.join().unwrap(), (0..3_000).collect::<Vec<_>>());
}

#[test]
fn a_refused_profile_comes_with_the_command_that_registers_it() {
    let Some(stack) = Stack::new() else { return };
    let mut manager = stack.manager("manager");
    let weak = stack.register(&manager, "weak", "idmef:r");
    let other = stack.manager("other");
    let stranger = stack.register(&other, "stranger", "idmef:rw");
    manager.start();
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    for (profile, said) in [
        (weak, "Insufficient credentials: got 'idmef:r' but at least 'idmef:rw' required"),
        (stranger, "TLS server certificate is NOT trusted"),
    ] {
        let error = start(settings(&profile, &[manager.address()]), tokio::sync::mpsc::channel(1).0).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the manager at {} refuses the Prelude profile `{profile}`: {said}\n\
                 \nTo register it, run on the manager's host, as root (`prelude-manager` being the manager's own profile):\n\
                 \n    prelude-admin registration-server prelude-manager\n\
                 \nand, while that waits, on this host, with the password that it shows and with the uid and gid of the user \
                 that the daemon runs as:\n\
                 \n    prelude-admin register {profile} \"idmef:rw\" 127.0.0.1 --uid {uid} --gid {gid}\n",
                manager.address()
            )
        );
    }
}

#[test]
fn the_profile_says_where_the_manager_is() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let profile = stack.profile("reader");
    let configuration = stack.path().join("profiles/reader/config");
    let text =
        format!("[prelude]\nserver-addr = {} || {}\nanalyzer-name = by-profile\n", manager.address(), manager.unix());
    std::fs::write(configuration, text).unwrap();
    let reader = Reader::start(&profile, &[]);
    let addresses: Vec<_> = reader.managers.status().iter().map(|link| link.address.to_string()).collect();
    assert_eq!(addresses, [manager.address(), manager.unix()]);
    reader.connected();
}

#[test]
fn a_manager_that_is_not_there_yet_is_waited_for() {
    let Some(stack) = Stack::new() else { return };
    let mut manager: Manager = stack.manager("manager");
    let profile = stack.register(&manager, "reader", "idmef:rw");
    let begin = Instant::now();
    let reader = Reader::start(&profile, &[manager.address(), "no-such-host.invalid".to_owned()]);
    assert!(begin.elapsed() < Duration::from_secs(3));
    let reasons: Vec<_> = reader.managers.status().into_iter().map(|link| link.state).collect();
    assert!(
        matches!(&reasons[0], State::Down { reason: Some(reason), .. } if reason == "Connection refused"),
        "{reasons:?}"
    );
    manager.start();
    let begin = Instant::now();
    wait("the manager is found", || matches!(reader.managers.status()[0].state, State::Connected { .. }));
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    let status = reader.managers.status();
    assert!(
        matches!(&status[1].state, State::Down { reason: Some(reason), .. } if reason.starts_with("cannot look up no-such-host.invalid:4690: ")),
        "{status:?}"
    );
    assert_eq!("no-such-host.invalid".parse::<Address>().unwrap().to_string(), "no-such-host.invalid:4690");
}

#[test]
fn a_manager_whose_host_dies_is_noticed() {
    let Some((stack, manager)) = Stack::ready() else { return };
    let profile = Profile::open(&stack.profile("reader")).unwrap();
    let connection = Connection::connect(&manager.address(), &profile, Permission::ReadWrite).unwrap();
    // Pulling the plug is not for a test; what makes the kernel notice is. The first three are set by libprelude, which
    // therefore has read the options that we give it, and hold during the TLS handshake, too.
    assert!(sockopt::socket_keepalive(&connection).unwrap());
    assert_eq!(sockopt::tcp_keepidle(&connection).unwrap(), Duration::from_secs(10));
    assert_eq!(sockopt::tcp_keepintvl(&connection).unwrap(), Duration::from_secs(5));
    assert_eq!(sockopt::tcp_keepcnt(&connection).unwrap(), 3);
    assert_eq!(sockopt::tcp_user_timeout(&connection).unwrap(), 20_000);
    let begin = Instant::now();
    manager.sigstop();
    connection.close();
    assert!(begin.elapsed() < Duration::from_secs(1), "closing does not wait for a manager that hangs");
    manager.sigcont();
}

#[test]
fn a_real_sensor_is_heard() {
    let Some((stack, manager)) = Stack::ready() else { return };
    if !on_path("prelude-lml") {
        assert!(std::env::var_os("CI").is_none(), "prelude-lml is not installed");
        return eprintln!("skipped: prelude-lml is not installed (apt-get install prelude-lml prelude-lml-rules)");
    }
    let mut reader = Reader::start(&stack.profile("reader"), &[manager.unix()]);
    reader.connected();
    let lml = stack.lml(&stack.register(&manager, "lml", "idmef:w"), &manager.address());
    for number in 0..10 {
        lml.log(&format!(
            "Nov 21 16:29:05 victim sshd[1234]: Failed password for root from 192.0.2.{number} port 54321 ssh2"
        ));
    }
    let mut sources = Vec::new();
    while sources.len() < 10 {
        let Some(received) = reader.next(Duration::from_secs(10)) else { panic!("LOG {}", lml.output()) };
        let message = Message::from_wire(&received.wire).unwrap();
        if message.kind() == Kind::Alert {
            assert_eq!(text(&message, "alert.classification.text"), "Remote Login");
            sources.push(text(&message, "alert.source(0).node.address(0).address"));
        }
    }
    assert_eq!(sources, (0..10).map(|number| format!("192.0.2.{number}")).collect::<Vec<_>>());
}
