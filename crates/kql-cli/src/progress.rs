//! A progress line on standard error for work that takes longer than a second, on a terminal only.

use std::future::Future;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar};

use crate::interrupt;
use crate::report::Failure;

/// Waits for `work`, shows that it goes on where it has a title, and stops it at Ctrl-C.
///
/// # Errors
/// What the work fails with, or [`Failure::Stopped`].
pub async fn watch<T>(title: Option<&str>, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let spinner = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let Some(title) = title else { return std::future::pending().await };
        // Hidden by itself where standard error is not a terminal.
        let line = ProgressBar::new_spinner().with_message(title.to_owned()).with_elapsed(Duration::from_secs(1));
        line.enable_steady_tick(Duration::from_millis(100));
        let _line = ClearOnDrop(line);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = work => outcome,
        () = interrupt::stopped() => Err(Failure::Stopped),
        // The spinner never ends by itself.
        () = spinner => Err(Failure::Stopped),
    }
}

/// How many rows of a table have been read, shown from a second on.
pub struct Rows {
    line: ClearOnDrop,
    name: String,
    started: Instant,
}

impl Rows {
    pub fn new(name: &str) -> Rows {
        Rows { line: ClearOnDrop(ProgressBar::hidden()), name: name.to_owned(), started: Instant::now() }
    }

    pub fn show(&mut self, rows: u64) {
        if self.line.0.is_hidden() && self.started.elapsed() > Duration::from_secs(1) {
            let line = ProgressBar::new_spinner().with_elapsed(self.started.elapsed());
            line.enable_steady_tick(Duration::from_millis(100));
            self.line = ClearOnDrop(line);
        }
        let speed = rows as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        self.line.0.set_message(format!(
            "{}: {} rows, {} a second",
            self.name,
            HumanCount(rows),
            HumanCount(speed as u64)
        ));
    }
}

struct ClearOnDrop(ProgressBar);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
