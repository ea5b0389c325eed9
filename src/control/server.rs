//! Listens, looks who asks, and hands what they ask to whoever answers.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::{
    protocol::{self, Answer, LONGEST_REQUEST, Refusal, RefusalKind, Request},
    socket::Socket,
    who::{Allowed, Who},
};

/// Connections at the same time.
const CONNECTIONS: usize = 16;
/// How long a request, and an answer, may take on its way.
const ON_ITS_WAY: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(10) };
/// Bytes that are read of what nobody wants to know.
const THROWN_AWAY: usize = 4 << 20;
/// How long they are read.
const DISMISSED_WITHIN: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_mins(2);

/// Whoever answers.
pub trait Steward: Send + Sync + 'static {
    /// Does what somebody asks who may.
    fn answer(&self, request: Request, who: &Who) -> impl Future<Output = Result<Answer, Refusal>> + Send;
}

/// Serves until it is dropped; then the connections end, and the socket goes.
pub async fn serve<S: Steward>(socket: Socket, allowed: Allowed, steward: Arc<S>) {
    let (allowed, places) = (Arc::new(allowed), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut connections = JoinSet::new();
    loop {
        let stream = match socket.listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!("cannot take a connection to the control socket: {error}");
                sleep(Duration::from_millis(500)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // One that does not read its refusal at once is left without.
            let line = protocol::write(Err(Refusal::new(
                RefusalKind::Busy,
                format!("{CONNECTIONS} others are talking to the daemon: try again"),
            )));
            let _ = stream.try_write(&line);
            continue;
        };
        let (allowed, steward) = (Arc::clone(&allowed), Arc::clone(&steward));
        connections.spawn(async move {
            converse(stream, &allowed, &*steward).await;
            drop(place);
        });
    }
}

/// One connection, from who it is to its last request.
async fn converse<S: Steward>(mut stream: UnixStream, allowed: &Arc<Allowed>, steward: &S) {
    let who = match identify(&stream, allowed).await {
        Ok(who) => who,
        Err(refusal) => {
            warn!("the control socket was asked by somebody who may not: {refusal}");
            return dismiss(&mut stream, refusal).await;
        }
    };
    let mut rest = Vec::new();
    loop {
        let line = match timeout(ON_ITS_WAY, receive(&mut stream, &mut rest)).await {
            Ok(Ok(Some(line))) => line,
            Ok(Ok(None)) => return,
            Ok(Err(refusal)) => return dismiss(&mut stream, refusal).await,
            Err(_) => {
                let why = format!("no whole request came within {ON_ITS_WAY:?}");
                return dismiss(&mut stream, Refusal::new(RefusalKind::Malformed, why)).await;
            }
        };
        let answer = match protocol::read(&line) {
            Ok(request) => {
                debug!(%who, ?request, "asked over the control socket");
                timeout(ANSWERED_WITHIN, steward.answer(request, &who)).await.unwrap_or_else(|_| {
                    Err(Refusal::new(
                        RefusalKind::Failed,
                        format!("it has not been done within {ANSWERED_WITHIN:?}, and may yet be: look at `status`"),
                    ))
                })
            }
            Err(refusal) => Err(refusal),
        };
        send(&mut stream, answer).await;
    }
}

async fn identify(stream: &UnixStream, allowed: &Arc<Allowed>) -> Result<Who, Refusal> {
    let forbidden = |message: String| Refusal::new(RefusalKind::Forbidden, message);
    let peer = stream.peer_cred().map_err(|error| forbidden(format!("the system does not say who asks: {error}")))?;
    let (allowed, uid, gid) = (Arc::clone(allowed), peer.uid(), peer.gid());
    // Users and groups may come from a server far away.
    let (who, may) = tokio::task::spawn_blocking(move || (Who::of(uid), allowed.may(uid, gid)))
        .await
        .map_err(|error| forbidden(format!("cannot look up who asks: {error}")))?;
    if may {
        return Ok(who);
    }
    Err(forbidden(format!(
        "{who} may not talk to the daemon: root, its own user and the members of the group of [control] may"
    )))
}

/// The next line, without its end; none when there are no more.
async fn receive(stream: &mut UnixStream, rest: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Refusal> {
    loop {
        if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = rest.drain(..=end).collect();
            line.pop();
            return Ok(Some(line));
        }
        if rest.len() >= LONGEST_REQUEST {
            let why = format!("a request has at most {LONGEST_REQUEST} bytes");
            return Err(Refusal::new(RefusalKind::Malformed, why));
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) if rest.is_empty() => return Ok(None),
            Ok(0) => return Err(Refusal::new(RefusalKind::Malformed, "the request has no end of line")),
            Ok(length) => rest.extend_from_slice(buffer.get(..length).unwrap_or_default()),
            Err(_) => return Ok(None),
        }
    }
}

/// A client that does not read is left.
async fn send(stream: &mut UnixStream, answer: Result<Answer, Refusal>) {
    let line = protocol::write(answer);
    let _ = timeout(ON_ITS_WAY, stream.write_all(&line)).await;
}

/// The last answer of a connection. What still comes is read and thrown away for a moment: closing before that would be an error for
/// who is still writing, and may cost them the answer.
async fn dismiss(stream: &mut UnixStream, refusal: Refusal) {
    send(stream, Err(refusal)).await;
    let _ = stream.shutdown().await;
    let throw_away = async {
        let (mut left, mut buffer) = (THROWN_AWAY, [0; 4096]);
        while let Ok(length @ 1..) = stream.read(&mut buffer).await
            && length < left
        {
            left -= length;
        }
    };
    let _ = timeout(DISMISSED_WITHIN, throw_away).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use tokio::task::JoinHandle;

    use super::*;

    struct Parrot;

    impl Steward for Parrot {
        async fn answer(&self, request: Request, who: &Who) -> Result<Answer, Refusal> {
            match request {
                Request::Reload { .. } => Ok(Answer::Each(Vec::new())),
                other => Err(Refusal::new(RefusalKind::Unknown, format!("{who}: {other:?}"))),
            }
        }
    }

    fn serving(path: &Path) -> JoinHandle<()> {
        let allowed = Allowed::new(None).unwrap();
        let socket = Socket::bind(path, &allowed).unwrap();
        tokio::spawn(serve(socket, allowed, Arc::new(Parrot)))
    }

    async fn ask(path: &Path, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(path).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn requests_are_answered_in_order_and_nonsense_with_a_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let server = serving(&path);
        let reload = "{\"version\":1,\"ask\":{\"verb\":\"reload\",\"undo\":false}}\n";
        let status = "{\"version\":1,\"ask\":{\"verb\":\"status\"}}\n";
        let answers = ask(&path, format!("{reload}{status}nonsense\n{reload}").as_bytes()).await;
        let answers: Vec<_> = answers.lines().collect();
        assert_eq!(answers.first(), Some(&r#"{"version":1,"answer":{"each":[]}}"#));
        assert!(answers.get(1).unwrap().contains(&format!("uid {}): Status", nix::unistd::geteuid())), "{answers:?}");
        assert!(answers.get(2).unwrap().contains("this is no request"), "{answers:?}");
        assert_eq!(answers.last(), answers.first());
        assert!(ask(&path, b"{\"version\":1").await.contains("the request has no end of line"));
        assert!(ask(&path, &vec![b'x'; LONGEST_REQUEST + 4096]).await.contains("at most 65536 bytes"));
        server.abort();
        let _ = server.await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn too_many_are_turned_away_and_find_a_place_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let server = serving(&path);
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS {
            idle.push(UnixStream::connect(&path).await.unwrap());
        }
        assert!(ask(&path, b"").await.contains("\"busy\""));
        drop(idle);
        let reload = b"{\"version\":1,\"ask\":{\"verb\":\"reload\",\"undo\":false}}\n";
        let mut tries = 0;
        while !ask(&path, reload).await.contains("each") {
            tries += 1;
            assert!(tries < 100, "no place becomes free");
            sleep(Duration::from_millis(20)).await;
        }
        server.abort();
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let server = serving(&path);
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(b"{\"version\":").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("no whole request came within 500ms"), "{answer}");
        server.abort();
    }
}
