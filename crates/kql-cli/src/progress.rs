//! A progress line on standard error for work that takes longer than a second, on a terminal only.

use std::future::Future;
use std::time::Duration;

use indicatif::ProgressBar;

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

struct ClearOnDrop(ProgressBar);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
