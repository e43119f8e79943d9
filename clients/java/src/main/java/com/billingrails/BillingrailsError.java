package com.billingrails;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Help;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a call ended with, read from the {@code StatusRuntimeException} that generated clients throw: {@code
 * BillingrailsError.of(exception)}.
 *
 * @param code the status, such as {@code NOT_FOUND}
 * @param message for people
 * @param reason stable, such as {@code METER_NOT_FOUND}; docs/errors.md lists them. Empty where no service has answered
 * @param violations everything that is wrong with the request
 * @param retryAfter after how long repeating may help, where that was told
 * @param help where the reason is explained. Empty where no service has answered
 * @param requestId names the call in the logs of the services. Empty where no service has answered
 * @param isPassing whether the very same call may succeed later: UNAVAILABLE, or RESOURCE_EXHAUSTED where repeating can
 *     help
 */
public record BillingrailsError(
    Status.Code code,
    String message,
    String reason,
    List<Violation> violations,
    Optional<Duration> retryAfter,
    String help,
    String requestId,
    boolean isPassing) {

  /** What a call ended with; something other than of a call is of code UNKNOWN. */
  public static BillingrailsError of(Throwable thrown) {
    var status = Status.fromThrowable(thrown);
    var trailers = Optional.ofNullable(Status.trailersFromThrowable(thrown)).orElseGet(Metadata::new);
    var told = StatusProto.fromThrowable(thrown);
    var reason = "";
    var help = "";
    List<Violation> violations = List.of();
    Optional<Duration> retryAfter = Optional.empty();
    try {
      for (var detail : told == null ? List.<com.google.protobuf.Any>of() : told.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          reason = detail.unpack(ErrorInfo.class).getReason();
        } else if (detail.is(BadRequest.class)) {
          violations =
              detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                  .map(each -> new Violation(each.getField(), each.getDescription()))
                  .toList();
        } else if (detail.is(RetryInfo.class)) {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryAfter = Optional.of(Duration.ofNanos(Durations.toNanos(delay)));
        } else if (detail.is(Help.class) && detail.unpack(Help.class).getLinksCount() > 0) {
          help = detail.unpack(Help.class).getLinks(0).getUrl();
        }
      }
    } catch (InvalidProtocolBufferException exception) {
      // The status still says what happened.
    }
    var code = status.getCode();
    var mayPass = code == Status.Code.UNAVAILABLE || code == Status.Code.RESOURCE_EXHAUSTED;
    var cause = Optional.ofNullable(status.getCause()).map(Throwable::toString);
    var message = Optional.ofNullable(status.getDescription()).or(() -> cause).orElse("");
    return new BillingrailsError(
        code,
        message,
        reason,
        violations,
        retryAfter,
        help,
        header(trailers, "x-request-id"),
        mayPass && !header(trailers, "grpc-retry-pushback-ms").equals("-1"));
  }

  BillingrailsError about(List<Violation> some) {
    return new BillingrailsError(code, message, reason, some, retryAfter, help, requestId, isPassing);
  }

  private static String header(Metadata trailers, String name) {
    var value = trailers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return value == null ? "" : value;
  }
}
