package com.billingrails;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Billingrails with one API key. Generated clients call through its channel: {@code
 * InvoiceServiceGrpc.newBlockingStub(billingrails.channel())}. It is safe for use by several threads.
 */
public final class Billingrails implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Builder options;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Channel channel = new RoutingChannel();

  private Billingrails(Builder options) {
    this.options = options;
  }

  /** Begins with an API key, {@code br_…}. */
  public static Builder builder(String key) {
    return new Builder(key);
  }

  /** What generated clients call through. */
  public Channel channel() {
    return channel;
  }

  /** A sender of events in the background. */
  public EventSender.Builder eventSender(EventSender.OnRefused onRefused) {
    return new EventSender.Builder(this, onRefused);
  }

  /** Ends the connections once what is being called has its answer, within five seconds. */
  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdown);
    for (var each : channels.values()) {
      try {
        if (!each.awaitTermination(5, TimeUnit.SECONDS)) each.shutdownNow();
      } catch (InterruptedException exception) {
        each.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Connects at once to services that were away, instead of after gRPC's own growing delay. */
  void reconnect() {
    channels.values().forEach(ManagedChannel::resetConnectBackoff);
  }

  /** What a client is made of. */
  public static final class Builder {
    private final String key;
    private String address = "";
    private final Map<String, String> addresses = new HashMap<>();
    private Duration timeout = Duration.ofSeconds(30);
    private int tries = 4;

    private Builder(String key) {
      this.key = Objects.requireNonNull(key, "key: must be an API key, \"br_…\".");
    }

    /** Where all services are reached, such as {@code https://billing.example.com}. */
    public Builder address(String address) {
      this.address = address;
      return this;
    }

    /**
     * A service that is reached by an address of its own, by the second part of its package: {@code "ingest",
     * "http://127.0.0.1:7001"}.
     */
    public Builder serviceAddress(String service, String address) {
      addresses.put(service, address);
      return this;
    }

    /** How long a call may take with all its tries, unless it says otherwise; 30 s by default. Streams have no limit. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** How often a call is tried in all that ends with UNAVAILABLE or RESOURCE_EXHAUSTED: 1 to 5, 4 by default. */
    public Builder tries(int tries) {
      this.tries = tries;
      return this;
    }

    /** A client that connects with its first call. Throws IllegalArgumentException where there is no address. */
    public Billingrails build() {
      if (address.isEmpty() && addresses.isEmpty()) {
        throw new IllegalArgumentException(
            "address: must be where Billingrails is reached, \"http://127.0.0.1:7000\".");
      }
      return new Billingrails(this);
    }
  }

  private ManagedChannel channelFor(MethodDescriptor<?, ?> method) {
    var service = method.getServiceName().split("\\.")[1];
    var address = options.addresses.getOrDefault(service, options.address);
    if (address.isEmpty()) {
      throw new IllegalArgumentException("No address says where the service \"" + service + "\" is reached.");
    }
    return channels.computeIfAbsent(address, this::connect);
  }

  private ManagedChannel connect(String address) {
    var uri = URI.create(address);
    var isSecure = "https".equals(uri.getScheme());
    if (uri.getHost() == null || !(isSecure || "http".equals(uri.getScheme()))) {
      throw new IllegalArgumentException("The address \"" + address + "\" must be as \"http://127.0.0.1:7000\".");
    }
    var port = uri.getPort() >= 0 ? uri.getPort() : isSecure ? 443 : 80;
    var builder = ManagedChannelBuilder.forAddress(uri.getHost(), port);
    var secured = isSecure ? builder.useTransportSecurity() : builder.usePlaintext();
    if (options.tries <= 1) return secured.disableRetry().build();
    // gRPC tries again by itself, with jitter, and after as long as the service says.
    var policy =
        Map.of(
            "maxAttempts", (double) options.tries,
            "initialBackoff", "0.2s",
            "maxBackoff", "5s",
            "backoffMultiplier", 3.0,
            "retryableStatusCodes", List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED"));
    var methods = Map.of("name", List.of(Map.of()), "retryPolicy", policy);
    return secured
        .defaultServiceConfig(Map.of("methodConfig", List.of(methods)))
        .enableRetry()
        .perRpcBufferLimit(4L << 20)
        .build();
  }

  /** Leads each call to the address of its service, with the key and a deadline. */
  private final class RoutingChannel extends Channel {
    @Override
    public <I, O> ClientCall<I, O> newCall(MethodDescriptor<I, O> method, CallOptions callOptions) {
      var isLimited = method.getType() == MethodType.UNARY && callOptions.getDeadline() == null;
      var limited =
          isLimited
              ? callOptions.withDeadlineAfter(options.timeout.toNanos(), TimeUnit.NANOSECONDS)
              : callOptions;
      return new SimpleForwardingClientCall<>(channelFor(method).newCall(method, limited)) {
        @Override
        public void start(Listener<O> listener, Metadata headers) {
          headers.put(AUTHORIZATION, "Bearer " + options.key);
          super.start(listener, headers);
        }

        @Override
        public void sendMessage(I request) {
          super.sendMessage(withRequestId(request));
        }
      };
    }

    @Override
    public String authority() {
      return "billingrails";
    }
  }

  /** A write without a request_id gets one, so that trying again cannot do it twice. */
  @SuppressWarnings("unchecked")
  private static <I> I withRequestId(I request) {
    if (!(request instanceof Message message)) return request;
    var field = message.getDescriptorForType().findFieldByName("request_id");
    if (field == null || !message.getField(field).equals("")) return request;
    return (I) message.toBuilder().setField(field, UUID.randomUUID().toString()).build();
  }
}
