//! The cable between the servers and PostgreSQL, which can be cut while both live on: what was
//! asked is still done, and its answer is lost.

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on to a port; gone when dropped.
#[derive(Debug)]
pub(crate) struct Cable {
    port: u16,
    cut: watch::Sender<()>,
    listening: JoinHandle<()>,
}

impl Cable {
    /// Lays a cable to `target`, a port of this machine.
    pub(crate) async fn new(target: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let port = listener.local_addr()?.port();
        let (cut, is_cut) = watch::channel(());
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, target, is_cut.clone()));
            }
        });
        Ok(Self { port, cut, listening })
    }

    /// Where its near end is.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection; new ones may be made at once.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(());
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Passes on what either end sends, until one of them ends or the cable is cut.
async fn pass(mut near: TcpStream, target: u16, mut is_cut: watch::Receiver<()>) {
    is_cut.mark_unchanged();
    let Ok(mut far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let is_prompt = near.set_nodelay(true).and(far.set_nodelay(true));
    if is_prompt.is_ok() {
        tokio::select! {
            _ = is_cut.changed() => {}
            _ = copy_bidirectional(&mut near, &mut far) => {}
        }
    }
}
