package com.billingrails;

import com.billingrails.ingest.v1.Event;
import com.billingrails.ingest.v1.EventServiceGrpc;
import com.billingrails.ingest.v1.EventServiceGrpc.EventServiceBlockingStub;
import com.billingrails.ingest.v1.IngestEventsRequest;
import com.google.protobuf.util.Timestamps;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Sends events in a thread, in batches, each until it is taken, refused or given up. An event without a key gets one, and
 * one without a timestamp the present, before it is sent for the first time: sent again it is the same event. It holds so
 * many bytes at most: then {@link #send} waits for room, and {@link #trySend} takes nothing. When the process ends, what
 * is held is sent first.
 */
public final class EventSender implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EventSender.class.getName());

  /** A call with more is refused for its size. */
  private static final int BATCH_BYTES_MAX = 1 << 20;

  /** After these nobody knows whether the events were taken; sent again they count once. */
  private static final Set<Code> UNCLEAR =
      EnumSet.of(Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.UNKNOWN, Code.ABORTED);

  private static final Pattern EVENT_PATH = Pattern.compile("events\\[(\\d+)\\]\\.?(.*)");

  /**
   * Told, in the sender's thread, of each event that is not taken, with why: a service has refused it (the paths of its
   * violations are the event's own, such as {@code properties.duration}), or it was given up. What it throws is logged,
   * and the others go on. It must not wait for the sender, which waits for it: {@code flush}, {@code close} and a {@code
   * send} without room throw IllegalStateException there.
   */
  @FunctionalInterface
  public interface OnRefused {
    void refused(Event event, BillingrailsError error);
  }

  /** How events are sent. */
  public static final class Builder {
    private final Billingrails billingrails;
    private final OnRefused onRefused;
    private int batchEvents = 100;
    private Duration flushAfter = Duration.ofSeconds(1);
    private long bufferedBytes = 16L << 20;
    private Duration giveUpAfter = Duration.ofMinutes(10);
    private Duration closeWithin = Duration.ofSeconds(30);

    Builder(Billingrails billingrails, OnRefused onRefused) {
      this.billingrails = billingrails;
      this.onRefused = Objects.requireNonNull(onRefused);
    }

    /** Events in a call at most; 100 by default, which is the most there may be. */
    public Builder batchEvents(int batchEvents) {
      this.batchEvents = batchEvents;
      return this;
    }

    /** How long an event waits for more to go with it; 1 s by default. */
    public Builder flushAfter(Duration flushAfter) {
      this.flushAfter = flushAfter;
      return this;
    }

    /** Bytes of the events that are held at most; 16 MiB by default. */
    public Builder bufferedBytes(long bufferedBytes) {
      this.bufferedBytes = bufferedBytes;
      return this;
    }

    /** For how long an event is tried while services are away or busy; 10 min by default. */
    public Builder giveUpAfter(Duration giveUpAfter) {
      this.giveUpAfter = giveUpAfter;
      return this;
    }

    /** For how long an event is tried once the sender is being closed; 30 s by default. */
    public Builder closeWithin(Duration closeWithin) {
      this.closeWithin = closeWithin;
      return this;
    }

    /** Begins to send in the background. */
    public EventSender build() {
      var sender = new EventSender(this);
      sender.thread.start();
      Runtime.getRuntime().addShutdownHook(sender.atExit);
      return sender;
    }
  }

  private record Held(Event event, int bytes, long sinceNanos) {}

  private final Builder options;
  private final EventServiceBlockingStub events;
  private final Thread thread = new Thread(this::run, "billingrails-events");
  private final Thread atExit = new Thread(this::finish, "billingrails-events-exit");
  private final Deque<Held> held = new ArrayDeque<>();
  private long bytes;
  // How many were ever held, how many of these are done, and how many must not wait for more.
  private long added;
  private long done;
  private long due;
  private boolean isClosed;
  private long closedNanos;

  private EventSender(Builder options) {
    this.options = options;
    events = EventServiceGrpc.newBlockingStub(options.billingrails.channel());
    thread.setDaemon(true);
  }

  /** Holds the event, soon to be sent; waits while there is no room. Throws IllegalStateException once closed. */
  public synchronized void send(Event event) throws InterruptedException {
    var prepared = prepared(event);
    while (!add(prepared)) {
      checkCanWait();
      wait();
    }
  }

  /** Whether the event is held; false where there is no room for it. Throws IllegalStateException once closed. */
  public synchronized boolean trySend(Event event) {
    return add(prepared(event));
  }

  /** Returns when what is held now was taken, refused or given up. */
  public synchronized void flush() throws InterruptedException {
    checkCanWait();
    var target = added;
    due = target;
    notifyAll();
    while (done < target) wait();
  }

  /** Takes no more, and returns when everything held was taken, refused or given up. */
  @Override
  public void close() {
    checkCanWait();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exception) {
      // The process ends already.
    }
    finish();
  }

  private void checkCanWait() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("The callback must not wait for the sender, which waits for it.");
    }
  }

  private void finish() {
    synchronized (this) {
      if (!isClosed) closedNanos = System.nanoTime();
      isClosed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException exception) {
      Thread.currentThread().interrupt();
    }
  }

  private static Held prepared(Event event) {
    var own = event.toBuilder();
    if (own.getIdempotencyKey().isEmpty()) own.setIdempotencyKey(UUID.randomUUID().toString());
    if (!own.hasTimestamp()) own.setTimestamp(Timestamps.now());
    var built = own.build();
    return new Held(built, built.getSerializedSize(), System.nanoTime());
  }

  private boolean add(Held event) {
    if (isClosed) throw new IllegalStateException("The sender of events is closed.");
    var hasRoom = bytes == 0 || bytes + event.bytes <= options.bufferedBytes;
    if (hasRoom) {
      held.add(event);
      bytes += event.bytes;
      added += 1;
    } else {
      due = added;
    }
    if (!hasRoom || held.size() == 1 || held.size() >= options.batchEvents) notifyAll();
    return hasRoom;
  }

  private void run() {
    for (var batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
      try {
        deliver(batch);
      } catch (Throwable thrown) {
        // Nobody else can see it, and those who wait for the batch must not wait for ever.
        LOG.log(Level.ERROR, "A batch of " + batch.size() + " events could not be sent.", thrown);
      }
      synchronized (this) {
        done += batch.size();
        bytes -= batch.stream().mapToLong(Held::bytes).sum();
        notifyAll();
      }
    }
  }

  /** The next batch, when it is due; empty when closed and nothing is left. */
  private synchronized List<Held> nextBatch() {
    while (!isDue()) {
      if (held.isEmpty() && isClosed) return List.of();
      var waitMs = 0L;
      if (!held.isEmpty()) {
        var heldMs = (System.nanoTime() - held.peek().sinceNanos) / 1_000_000;
        waitMs = Math.max(1, options.flushAfter.toMillis() - heldMs);
      }
      try {
        wait(waitMs);
      } catch (InterruptedException exception) {
        // Only close ends this thread.
      }
    }
    var batch = new ArrayList<Held>();
    var size = 0;
    while (!held.isEmpty() && batch.size() < options.batchEvents) {
      size += held.peek().bytes;
      if (!batch.isEmpty() && size > BATCH_BYTES_MAX) break;
      batch.add(held.poll());
    }
    return batch;
  }

  private boolean isDue() {
    if (held.isEmpty()) return false;
    if (held.size() >= options.batchEvents || done < due || isClosed) return true;
    return System.nanoTime() - held.peek().sinceNanos >= options.flushAfter.toNanos();
  }

  private void deliver(List<Held> batch) {
    var left = batch;
    for (var tries = 1; !left.isEmpty(); tries += 1) {
      try {
        events.ingestEvents(
            IngestEventsRequest.newBuilder().addAllEvents(left.stream().map(Held::event).toList()).build());
        return;
      } catch (Throwable thrown) {
        var error = BillingrailsError.of(thrown);
        if (thrown instanceof StatusRuntimeException && (error.isPassing() || UNCLEAR.contains(error.code()))) {
          sleep(delayMs(tries, error));
          options.billingrails.reconnect();
          left = withoutGivenUp(left, error);
        } else {
          left = withoutRefused(left, error);
        }
      }
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException exception) {
      // Only close ends this thread.
    }
  }

  /** What the service said, with up to a tenth more, so that not all come back at once; else any time up to a limit. */
  private static long delayMs(int tries, BillingrailsError error) {
    var random = ThreadLocalRandom.current().nextDouble();
    return error
        .retryAfter()
        .map(told -> (long) (told.toMillis() * (1 + random / 10)))
        .orElseGet(() -> (long) (random * Math.min(200 * Math.pow(3, tries - 1), 5_000)));
  }

  private List<Held> withoutGivenUp(List<Held> batch, BillingrailsError error) {
    var now = System.nanoTime();
    boolean isTooLate;
    synchronized (this) {
      isTooLate = isClosed && now - closedNanos > options.closeWithin.toNanos();
    }
    var left = new ArrayList<Held>();
    for (var each : batch) {
      if (isTooLate || now - each.sinceNanos > options.giveUpAfter.toNanos()) refuse(each, error);
      else left.add(each);
    }
    return left;
  }

  private List<Held> withoutRefused(List<Held> batch, BillingrailsError error) {
    Map<Integer, List<Violation>> named = new HashMap<>();
    for (var violation : error.violations()) {
      var path = EVENT_PATH.matcher(violation.field());
      if (!path.matches()) continue;
      named
          .computeIfAbsent(Integer.valueOf(path.group(1)), index -> new ArrayList<>())
          .add(new Violation(path.group(2), violation.description()));
    }
    var left = new ArrayList<Held>();
    for (var index = 0; index < batch.size(); index += 1) {
      var violations = named.get(index);
      if (violations != null) refuse(batch.get(index), error.about(violations));
      else if (named.isEmpty()) refuse(batch.get(index), error);
      else left.add(batch.get(index));
    }
    return left;
  }

  private void refuse(Held event, BillingrailsError error) {
    try {
      options.onRefused.refused(event.event, error);
    } catch (Throwable thrown) {
      LOG.log(Level.ERROR, "onRefused failed for the event " + event.event.getIdempotencyKey(), thrown);
    }
    // A callback that was interrupted leaves a mark, with which the next call would end at once.
    Thread.interrupted();
  }
}
