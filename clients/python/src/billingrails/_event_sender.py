"""Events, sent in the background."""

from __future__ import annotations

import atexit
import logging
import os
import random
import re
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from billingrails.ingest.v1.event_pb2 import Event
from billingrails.ingest.v1.event_service_pb2 import IngestEventsRequest
from billingrails.ingest.v1.event_service_pb2_grpc import EventServiceStub

from ._errors import BillingrailsError, Violation

_log = logging.getLogger("billingrails")

# A call with more is refused for its size.
_BATCH_BYTES_MAX = 1 << 20

# After these nobody knows whether the events were taken; sent again they count once.
_UNCLEAR = (
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.CANCELLED,
)


@dataclass(frozen=True)
class _Held:
    event: Event
    size: int
    since: float


class EventSender:
    """Sends events in a thread, in batches, each until it is taken, refused or given up.

    An event without a key gets one, and one without a timestamp the present, before it is sent for the first time:
    sent again it is the same event. It holds `buffered_bytes` at most: then `send` waits for room, and `try_send` takes
    nothing. At the end of the process it closes by itself.

    `on_refused` is told, in that thread, of each event that is not taken, with why: a service has refused it (the paths
    of its violations are the event's own, such as "properties.duration"), or it was given up. What it raises is logged,
    and the others go on. It must not wait for the sender, which waits for it: `flush`, `close` and a `send` without room
    raise RuntimeError there. A process that was forked has no thread: all raise RuntimeError in it.
    Times are in seconds: an event waits `flush_after` for more to go with it, and is tried for `give_up_after` while
    services are away or busy; once it is being closed, for `close_within` at most.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        on_refused: Callable[[Event, BillingrailsError], None],
        *,
        batch_events: int = 100,
        flush_after: float = 1.0,
        buffered_bytes: int = 16 << 20,
        give_up_after: float = 600.0,
        close_within: float = 30.0,
    ) -> None:
        self._events = EventServiceStub(channel)
        self._on_refused = on_refused
        self._batch_events = batch_events
        self._flush_after = flush_after
        self._buffered_bytes = buffered_bytes
        self._give_up_after = give_up_after
        self._close_within = close_within
        self._held: deque[_Held] = deque()
        self._bytes = 0
        # How many were ever held, how many of these are done, and how many must not wait for more.
        self._added = self._done = self._due = 0
        self._closed_at: float | None = None
        self._changed = threading.Condition()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._run, name="billingrails-events", daemon=True)
        self._thread.start()
        atexit.register(self._at_exit)

    def send(self, event: Event, timeout: float | None = None) -> None:
        """Holds the event, soon to be sent; waits while there is no room. Raises TimeoutError, ValueError once closed."""
        end = None if timeout is None else time.monotonic() + timeout
        held = self._prepared(event)
        with self._changed:
            while not self._add(held):
                self._check_can_wait()
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError("There is no room for the event.")
                self._changed.wait(left)

    def try_send(self, event: Event) -> bool:
        """Whether the event is held; False where there is no room for it. Raises ValueError once closed."""
        held = self._prepared(event)
        with self._changed:
            return self._add(held)

    def flush(self) -> None:
        """Returns when what is held now was taken, refused or given up."""
        self._check_process()
        self._check_can_wait()
        with self._changed:
            target = self._due = self._added
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._done >= target)

    def close(self) -> None:
        """Takes no more, and returns when everything held was taken, refused or given up."""
        self._check_process()
        self._check_can_wait()
        with self._changed:
            if self._closed_at is None:
                self._closed_at = time.monotonic()
        atexit.unregister(self._at_exit)
        self.flush()
        self._thread.join()

    def __enter__(self) -> EventSender:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _at_exit(self) -> None:
        # What is held when a process is forked is the parent's to send.
        if os.getpid() == self._process:
            self.close()

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise RuntimeError("The sender of events stayed in the process that was forked; make another.")

    def _check_can_wait(self) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("on_refused must not wait for the sender, which waits for it.")

    def _prepared(self, event: Event) -> _Held:
        self._check_process()
        own = Event()
        own.CopyFrom(event)
        if not own.idempotency_key:
            own.idempotency_key = str(uuid.uuid4())
        if not own.HasField("timestamp"):
            own.timestamp.GetCurrentTime()
        return _Held(own, own.ByteSize(), time.monotonic())

    def _add(self, held: _Held) -> bool:
        if self._closed_at is not None:
            raise ValueError("The sender of events is closed.")
        has_room = self._bytes == 0 or self._bytes + held.size <= self._buffered_bytes
        if has_room:
            self._held.append(held)
            self._bytes += held.size
            self._added += 1
        else:
            self._due = self._added
        if not has_room or len(self._held) == 1 or len(self._held) >= self._batch_events:
            self._changed.notify_all()
        return has_room

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._is_due():
                    if self._closed_at is not None and not self._held:
                        return
                    wait = self._held[0].since + self._flush_after - time.monotonic() if self._held else None
                    self._changed.wait(wait)
                batch = self._next_batch()
            try:
                self._deliver(batch)
            except BaseException:
                # Nobody else can see it, and those who wait for the batch must not wait for ever.
                _log.exception("a batch of %s events could not be sent", len(batch))
            with self._changed:
                self._done += len(batch)
                self._bytes -= sum(held.size for held in batch)
                self._changed.notify_all()

    def _is_due(self) -> bool:
        if not self._held:
            return False
        if len(self._held) >= self._batch_events or self._done < self._due or self._closed_at is not None:
            return True
        return time.monotonic() >= self._held[0].since + self._flush_after

    def _next_batch(self) -> list[_Held]:
        batch = [self._held.popleft()]
        size = batch[0].size
        while self._held and len(batch) < self._batch_events and size + self._held[0].size <= _BATCH_BYTES_MAX:
            size += self._held[0].size
            batch.append(self._held.popleft())
        return batch

    def _deliver(self, batch: list[_Held]) -> None:
        tries = 0
        while batch:
            tries += 1
            try:
                self._events.IngestEvents(IngestEventsRequest(events=[held.event for held in batch]))
                return
            except BaseException as thrown:
                error = _told(thrown)
                if error.is_passing or error.code in _UNCLEAR:
                    time.sleep(_delay(tries, error))
                    batch = self._without_given_up(batch, error)
                else:
                    batch = self._without_refused(batch, error)

    def _without_given_up(self, batch: list[_Held], error: BillingrailsError) -> list[_Held]:
        now = time.monotonic()
        closed_at = self._closed_at
        if closed_at is not None and now > closed_at + self._close_within:
            given_up = batch
        else:
            given_up = [held for held in batch if now > held.since + self._give_up_after]
        for held in given_up:
            self._refuse(held, error)
        return [held for held in batch if held not in given_up]

    def _without_refused(self, batch: list[_Held], error: BillingrailsError) -> list[_Held]:
        named = _violations_by_event(error)
        for index, held in enumerate(batch):
            if index in named or not named:
                self._refuse(held, error.about(named.get(index, list(error.violations))))
        return [held for index, held in enumerate(batch) if named and index not in named]

    def _refuse(self, held: _Held, error: BillingrailsError) -> None:
        try:
            self._on_refused(held.event, error)
        except BaseException:  # Also SystemExit, which would end this thread alone.
            _log.exception("on_refused failed for the event %s", held.event.idempotency_key)


def _told(thrown: BaseException) -> BillingrailsError:
    """What a call ended with. Something else, such as that the channel is closed, does not pass by itself."""
    if isinstance(thrown, BillingrailsError):
        return thrown
    return BillingrailsError(grpc.StatusCode.FAILED_PRECONDITION, f"{type(thrown).__name__}: {thrown}")


def _delay(tries: int, error: BillingrailsError) -> float:
    """What the service said, with up to a tenth more, so that not all come back at once; else any time up to a limit."""
    if error.retry_after is not None:
        return error.retry_after * (1 + random.random() / 10)
    return random.random() * min(0.2 * 3 ** min(tries - 1, 10), 5.0)


def _violations_by_event(error: BillingrailsError) -> dict[int, list[Violation]]:
    """The violations of each event that a refusal of the batch names, by paths in the event."""
    named: dict[int, list[Violation]] = {}
    for violation in error.violations:
        match = re.fullmatch(r"events\[(\d+)\]\.?(.*)", violation.field)
        if match:
            named.setdefault(int(match[1]), []).append(Violation(match[2], violation.description))
    return named
