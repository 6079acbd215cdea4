//! Noticing that the memory of a running query is short where DataFusion would not say so.
//!
//! What asks for too much memory spills or fails with an error, and the query is then planned again. `RepartitionExec`
//! spills, and may then wait for ever: its readers look at the oldest of the files that several writers have open, and
//! what they wait for may stand in another (apache/datafusion issue 24883). So it is given the memory, and the query
//! counts as one that has outgrown it.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use futures::future::{Either, select};
use tokio::sync::Notify;
use tokio::task::yield_now;

/// The name of the operator, with which those of its memory consumers begin.
const REPARTITION: &str = "RepartitionExec";

/// Whether the memory of a query is short.
#[derive(Debug)]
pub(crate) struct Shortage {
    told: Arc<Notify>,
    /// Gone when nothing holds memory of the query any more.
    pool: Weak<WatchedPool>,
}

/// How long a query that was stopped may take to give its memory back.
const PATIENCE: Duration = Duration::from_secs(5);

impl Shortage {
    /// A context for one query that tells when memory is short.
    pub fn watch(context: &TaskContext) -> Result<(Arc<TaskContext>, Shortage)> {
        let (runtime, told) = (context.runtime_env(), Arc::new(Notify::new()));
        let pool = Arc::new(WatchedPool {
            pool: runtime.memory_pool.clone(),
            told: told.clone(),
            is_watched: AtomicBool::new(true),
        });
        let shortage = Shortage { told, pool: Arc::downgrade(&pool) };
        let runtime = RuntimeEnvBuilder::from_runtime_env(&runtime).with_memory_pool(pool).build_arc()?;
        let watched =
            TaskContext::default().with_session_config(context.session_config().clone()).with_runtime(runtime);
        Ok((Arc::new(watched), shortage))
    }

    /// What comes of the work, or an error of resources as soon as memory is short.
    pub async fn or<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match select(pin!(work), pin!(self.told.notified())).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => {
                Err(DataFusionError::ResourcesExhausted(format!("Failed to allocate memory for {REPARTITION}")))
            }
        }
    }

    /// From here on the query cannot be planned again: what repartitioning asks for, it gets.
    pub fn ignore(&self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.is_watched.store(false, Ordering::Relaxed);
        }
    }

    /// Waits until the query, which has been dropped, holds no more memory: its tasks stop when they next look up.
    pub async fn over(self) {
        let begin = Instant::now();
        while self.pool.strong_count() > 0 && begin.elapsed() < PATIENCE {
            yield_now().await;
        }
    }
}

/// A pool that gives repartitioning what it asks for.
#[derive(Debug)]
struct WatchedPool {
    pool: Arc<dyn MemoryPool>,
    told: Arc<Notify>,
    is_watched: AtomicBool,
}

impl fmt::Display for WatchedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}

impl MemoryPool for WatchedPool {
    fn name(&self) -> &str {
        "watched"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.pool.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.pool.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let result = self.pool.try_grow(reservation, additional);
        if result.is_err() && reservation.consumer().name().starts_with(REPARTITION) {
            if self.is_watched.load(Ordering::Relaxed) {
                self.told.notify_one();
            }
            self.pool.grow(reservation, additional);
            return Ok(());
        }
        result
    }

    fn reserved(&self) -> usize {
        self.pool.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.pool.memory_limit()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use datafusion::execution::memory_pool::FairSpillPool;
    use futures::FutureExt;

    use super::*;

    fn limited(bytes: usize) -> TaskContext {
        let pool = Arc::new(FairSpillPool::new(bytes));
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().unwrap();
        TaskContext::default().with_runtime(runtime)
    }

    #[test]
    fn only_repartitioning_gets_what_there_is_not_and_the_query_learns_of_it() {
        let (context, shortage) = Shortage::watch(&limited(1000)).unwrap();
        let pool = context.runtime_env().memory_pool.clone();
        let other = MemoryConsumer::new("HashJoinInput[0]").register(&pool);
        assert!(other.try_grow(2000).is_err());
        assert!(shortage.or(pending::<Result<()>>()).now_or_never().is_none());

        let repartition = MemoryConsumer::new("RepartitionExec[1]").with_can_spill(true).register(&pool);
        repartition.try_grow(2000).unwrap();
        assert_eq!(pool.reserved(), 2000);
        let error = shortage.or(pending::<Result<()>>()).now_or_never().unwrap().unwrap_err();
        assert!(crate::error::outgrew_memory(&error));

        shortage.ignore();
        repartition.try_grow(2000).unwrap();
        assert!(shortage.or(ready(Ok(()))).now_or_never().unwrap().is_ok());
        assert!(shortage.or(pending::<Result<()>>()).now_or_never().is_none());

        drop((other, context, pool));
        let mut over = Box::pin(shortage.over());
        assert!(over.as_mut().now_or_never().is_none());
        drop(repartition);
        assert!(over.now_or_never().is_some());
    }
}
