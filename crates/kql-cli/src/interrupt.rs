//! Ctrl-C, and the wish of another process that this one ends: the first stops the query or the writing of its result,
//! so that nothing half-done stays behind; the second ends the process at once.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The exit code of a process that was stopped: 128 and the number of the signal of Ctrl-C.
pub const EXIT_CODE: u8 = 130;

/// A second signal that comes sooner is the same wish, sent to the process and to its group.
const IMPATIENCE: Duration = Duration::from_millis(300);

static STOPPED: AtomicBool = AtomicBool::new(false);
static STOPPING: Notify = Notify::const_new();

/// Listens from here on. Where no thread can be had, Ctrl-C ends the process, as without this.
pub fn listen() {
    let listener = || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        runtime.block_on(async {
            if signal().await.is_ok() {
                STOPPED.store(true, Ordering::Relaxed);
                STOPPING.notify_waiters();
                let first = Instant::now();
                while signal().await.is_ok() {
                    if first.elapsed() >= IMPATIENCE {
                        std::process::exit(i32::from(EXIT_CODE));
                    }
                }
            }
        });
    };
    // A thread that cannot be started leaves the default: Ctrl-C ends the process.
    let _ = thread::Builder::new().name("interrupt".to_owned()).spawn(listener);
}

#[cfg(unix)]
async fn signal() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Whether the user asked to stop.
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// Waits until the user asks to stop.
pub async fn stopped() {
    let stopping = STOPPING.notified();
    if !is_stopped() {
        stopping.await;
    }
}

/// A writer that fails once the user asked to stop.
pub struct Interruptible<W>(pub W);

impl<W: Write> Write for Interruptible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_stopped() { Err(io::Error::other("stopped")) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
