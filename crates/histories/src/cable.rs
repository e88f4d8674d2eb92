//! The cable between the servers and PostgreSQL, which can be cut while both live on: what was
//! asked is still done, and its answer is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a server sends to have a transaction committed.
const COMMIT: &[u8] = b"COMMIT\0";

/// Passes connections on to a port; gone when dropped.
#[derive(Debug)]
pub(crate) struct Cable {
    port: u16,
    cut: watch::Sender<()>,
    losses: Arc<AtomicU32>,
    listening: JoinHandle<()>,
}

impl Cable {
    /// Lays a cable to `target`, a port of this machine.
    pub(crate) async fn new(target: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let port = listener.local_addr()?.port();
        let (cut, is_cut) = watch::channel(());
        let losses = Arc::new(AtomicU32::new(0));
        let lost = losses.clone();
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, target, is_cut.clone(), lost.clone()));
            }
        });
        Ok(Self { port, cut, losses, listening })
    }

    /// Where its near end is.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection; new ones may be made at once.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(());
    }

    /// Ends the connection that next asks for a commit, as soon as that has been passed on.
    pub(crate) fn lose_commit(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Passes on what either end sends, until one of them ends or the cable is cut.
async fn pass(
    near: TcpStream,
    target: u16,
    mut is_cut: watch::Receiver<()>,
    losses: Arc<AtomicU32>,
) {
    is_cut.mark_unchanged();
    let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    if near.set_nodelay(true).and(far.set_nodelay(true)).is_err() {
        return;
    }
    let ((mut from_near, mut to_near), (mut from_far, to_far)) =
        (near.into_split(), far.into_split());
    tokio::select! {
        _ = is_cut.changed() => {}
        _ = copy(&mut from_far, &mut to_near) => {}
        _ = ask(&mut from_near, to_far, &losses) => {}
    }
}

/// Passes on what a server asks, until it ends or a commit is to be lost.
async fn ask(
    near: &mut OwnedReadHalf,
    mut far: OwnedWriteHalf,
    losses: &AtomicU32,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = near.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let asked = &buffer[..length];
        far.write_all(asked).await?;
        let one_less = |left: u32| left.checked_sub(1);
        if asked.ends_with(COMMIT)
            && losses.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
        {
            return Ok(());
        }
    }
}
