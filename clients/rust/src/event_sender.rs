use crate::{
    client::{random_delay, random_key},
    ingest::v1::{event_service_client::EventServiceClient, Event, IngestEventsRequest},
    Billingrails, Error, Violation,
};
use prost::Message;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime},
};
use tokio::{sync::watch, task::JoinHandle};
use tonic::Code;

/// A call with more is refused for its size.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// How events are sent.
#[derive(Clone, Debug)]
pub struct EventSenderOptions {
    /// Events in a call at most; 100 by default, which is the most there may be.
    pub batch_events: usize,
    /// How long an event waits for more to go with it; 1 s by default.
    pub flush_after: Duration,
    /// Bytes of the events that are held at most; 16 MiB by default.
    pub buffered_bytes: usize,
    /// For how long an event is tried while services are away or busy; 10 min by default.
    pub give_up_after: Duration,
    /// For how long an event is tried once the sender is being closed; 30 s by default.
    pub close_within: Duration,
}

impl Default for EventSenderOptions {
    fn default() -> Self {
        Self {
            batch_events: 100,
            flush_after: Duration::from_secs(1),
            buffered_bytes: 16 << 20,
            give_up_after: Duration::from_secs(600),
            close_within: Duration::from_secs(30),
        }
    }
}

/// The sender takes no more events: it was closed, or the runtime that it was made in has ended.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("The sender of events is closed.")
    }
}

impl std::error::Error for Closed {}

struct Held {
    event: Event,
    size: usize,
    since: Instant,
}

#[derive(Default)]
struct State {
    held: VecDeque<Held>,
    bytes: usize,
    /// How many were ever held, how many of these are done, and how many must not wait for more.
    added: u64,
    done: u64,
    due: u64,
    closed_at: Option<Instant>,
    /// No more are sent.
    is_over: bool,
}

struct Shared {
    options: EventSenderOptions,
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

/// Sends events in a task, in batches, each until it is taken, refused or given up. An event without a key gets one, and
/// one without a timestamp the present, before it is sent for the first time: sent again it is the same event. It holds so
/// many bytes at most: then `send` waits for room, and `try_send` takes nothing. Close it at the end: what it holds when
/// it is dropped is lost.
pub struct EventSender {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Billingrails {
    /// Sends events in the background. `on_refused` is told of each event that is not taken, with why: a service has
    /// refused it (the paths of its violations are the event's own, such as `properties.duration`), or it was given up.
    /// What it panics with is told by the panic hook, and the others go on.
    pub fn event_sender(
        &self,
        options: EventSenderOptions,
        on_refused: impl Fn(&Event, &Error) + Send + Sync + 'static,
    ) -> EventSender {
        let (changed, _) = watch::channel(());
        let shared = Arc::new(Shared { options, state: Mutex::default(), changed });
        let events = EventServiceClient::new(self.clone());
        let on_refused = move |event: &Event, error: &Error| {
            let _ = catch_unwind(AssertUnwindSafe(|| on_refused(event, error)));
        };
        let task = tokio::spawn(run(End(shared.clone()), events, on_refused));
        EventSender { shared, task }
    }
}

impl EventSender {
    /// Holds the event, soon to be sent; waits while there is no room.
    pub async fn send(&self, event: Event) -> Result<(), Closed> {
        let mut held = prepared(event);
        let mut changed = self.shared.changed.subscribe();
        loop {
            match self.shared.add(held)? {
                None => return Ok(()),
                Some(back) => held = back,
            }
            let _ = changed.changed().await;
        }
    }

    /// Whether the event is held; false where there is no room for it.
    pub fn try_send(&self, event: Event) -> Result<bool, Closed> {
        Ok(self.shared.add(prepared(event))?.is_none())
    }

    /// Returns when what is held now was taken, refused or given up. Fails where that can no longer be.
    pub async fn flush(&self) -> Result<(), Closed> {
        let mut changed = self.shared.changed.subscribe();
        let target = {
            let mut state = self.shared.state();
            state.due = state.added;
            state.added
        };
        self.shared.tell();
        loop {
            let (done, is_over) = self.shared.progress();
            if done >= target {
                return Ok(());
            }
            if is_over {
                return Err(Closed);
            }
            let _ = changed.changed().await;
        }
    }

    /// Takes no more, and returns when everything held was taken, refused or given up. Fails where that can no longer be.
    pub async fn close(self) -> Result<(), Closed> {
        self.shared.state().closed_at.get_or_insert(Instant::now());
        self.flush().await?;
        let _ = self.task.await;
        Ok(())
    }
}

fn prepared(mut event: Event) -> Held {
    if event.idempotency_key.is_empty() {
        event.idempotency_key = random_key();
    }
    event.timestamp.get_or_insert_with(|| SystemTime::now().into());
    let size = event.encoded_len();
    Held { event, size, since: Instant::now() }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    /// How many are done, and whether no more will be.
    fn progress(&self) -> (u64, bool) {
        let state = self.state();
        (state.done, state.is_over)
    }

    fn tell(&self) {
        self.changed.send_replace(());
    }

    /// Gives the event back where there is no room for it.
    fn add(&self, held: Held) -> Result<Option<Held>, Closed> {
        let mut state = self.state();
        if state.closed_at.is_some() {
            return Err(Closed);
        }
        if state.bytes > 0 && state.bytes + held.size > self.options.buffered_bytes {
            let isnt_told = state.due != state.added;
            state.due = state.added;
            drop(state);
            if isnt_told {
                self.tell();
            }
            return Ok(Some(held));
        }
        state.bytes += held.size;
        state.added += 1;
        state.held.push_back(held);
        let must_tell = state.held.len() == 1 || state.held.len() >= self.options.batch_events;
        drop(state);
        if must_tell {
            self.tell();
        }
        Ok(None)
    }

    /// The next batch where one is due, else how long to wait for one; None when closed and nothing is left.
    fn next_batch(&self) -> Option<Result<Vec<Held>, Option<Duration>>> {
        let mut state = self.state();
        let Some(first) = state.held.front() else {
            return if state.closed_at.is_some() { None } else { Some(Err(None)) };
        };
        let waited = first.since.elapsed();
        let is_due = state.held.len() >= self.options.batch_events
            || state.done < state.due
            || state.closed_at.is_some()
            || waited >= self.options.flush_after;
        if !is_due {
            return Some(Err(Some(self.options.flush_after - waited)));
        }
        let (mut count, mut size) = (0, 0);
        for held in state.held.iter().take(self.options.batch_events) {
            size += held.size;
            if count > 0 && size > BATCH_BYTES_MAX {
                break;
            }
            count += 1;
        }
        Some(Ok(state.held.drain(..count).collect()))
    }

    fn is_given_up(&self, held: &Held) -> bool {
        let closed_at = self.state().closed_at;
        held.since.elapsed() > self.options.give_up_after
            || closed_at.is_some_and(|at| at.elapsed() > self.options.close_within)
    }
}

/// Whoever waits for the sender is told when its task ends, also where its runtime ends first.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed_at.get_or_insert(Instant::now());
        state.is_over = true;
        drop(state);
        self.0.tell();
    }
}

async fn run(
    end: End,
    mut events: EventServiceClient<Billingrails>,
    on_refused: impl Fn(&Event, &Error) + Send + Sync,
) {
    let shared = &end.0;
    let mut changed = shared.changed.subscribe();
    while let Some(next) = shared.next_batch() {
        match next {
            Ok(batch) => {
                let count = batch.len() as u64;
                let size: usize = batch.iter().map(|held| held.size).sum();
                deliver(shared, &mut events, batch, &on_refused).await;
                let mut state = shared.state();
                state.done += count;
                state.bytes -= size;
                drop(state);
                shared.tell();
            }
            Err(None) => drop(changed.changed().await),
            Err(Some(wait)) => drop(tokio::time::timeout(wait, changed.changed()).await),
        }
    }
}

async fn deliver(
    shared: &Shared,
    events: &mut EventServiceClient<Billingrails>,
    mut batch: Vec<Held>,
    on_refused: &(impl Fn(&Event, &Error) + Send + Sync),
) {
    let mut tries = 0;
    while !batch.is_empty() {
        tries += 1;
        let request = IngestEventsRequest { events: batch.iter().map(|held| held.event.clone()).collect() };
        let error = match events.ingest_events(request).await {
            Ok(_) => return,
            Err(status) => Error::from(status),
        };
        if error.is_passing() || is_unclear(error.code) {
            let wait = error.retry_after.map(|told| told.mul_f64(1.0 + rand::random::<f64>() / 10.0));
            tokio::time::sleep(wait.unwrap_or_else(|| random_delay(tries))).await;
            batch.retain(|held| {
                let given_up = shared.is_given_up(held);
                if given_up {
                    on_refused(&held.event, &error);
                }
                !given_up
            });
        } else {
            batch = without_refused(batch, &error, on_refused);
        }
    }
}

/// After these nobody knows whether the events were taken; sent again they count once.
fn is_unclear(code: Code) -> bool {
    matches!(code, Code::DeadlineExceeded | Code::Internal | Code::Unknown | Code::Aborted | Code::Cancelled)
}

fn without_refused(batch: Vec<Held>, error: &Error, on_refused: &impl Fn(&Event, &Error)) -> Vec<Held> {
    let mut named: HashMap<usize, Vec<Violation>> = HashMap::new();
    for violation in &error.violations {
        if let Some((index, path)) = event_path(&violation.field) {
            let description = violation.description.clone();
            named.entry(index).or_default().push(Violation { field: path.into(), description });
        }
    }
    let names_none = named.is_empty();
    let mut left = Vec::new();
    for (index, held) in batch.into_iter().enumerate() {
        match named.remove(&index) {
            Some(violations) => on_refused(&held.event, &error.about(violations)),
            None if names_none => on_refused(&held.event, error),
            None => left.push(held),
        }
    }
    left
}

/// `events[3].properties.duration` is 3 and `properties.duration`.
fn event_path(field: &str) -> Option<(usize, &str)> {
    let (index, path) = field.strip_prefix("events[")?.split_once(']')?;
    Some((index.parse().ok()?, path.strip_prefix('.').unwrap_or(path)))
}
