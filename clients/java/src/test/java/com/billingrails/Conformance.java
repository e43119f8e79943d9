package com.billingrails;

import com.billingrails.billing.v1.CheckAccessRequest;
import com.billingrails.billing.v1.EntitlementServiceGrpc;
import com.billingrails.ingest.v1.Event;
import com.billingrails.ingest.v1.EventServiceGrpc;
import com.billingrails.ingest.v1.IngestEventsRequest;
import com.billingrails.invoicing.v1.GetInvoiceRequest;
import com.billingrails.invoicing.v1.InvoiceServiceGrpc;
import com.billingrails.invoicing.v1.ListInvoicesRequest;
import com.billingrails.invoicing.v1.ListInvoicesResponse;
import com.billingrails.metering.v1.GetMeterRequest;
import com.billingrails.metering.v1.ListMetersRequest;
import com.billingrails.metering.v1.MeterServiceGrpc;
import com.billingrails.metering.v1.QueryUsageRequest;
import com.billingrails.metering.v1.QueryUsageResponse;
import com.billingrails.metering.v1.UsageServiceGrpc;
import com.billingrails.metering.v1.WatchUsageRequest;
import com.billingrails.metering.v1.WatchUsageResponse;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What every library is put to: docs/clients.md tells how the programs of the suite and what starts them talk. */
public final class Conformance {
  private static final BufferedReader INPUT =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  private final Struct task;
  private final Billingrails billingrails;

  private Conformance(Struct task) {
    this.task = task;
    // A machine that runs all services beside it is given time.
    billingrails =
        Billingrails.builder(text("key"))
            .address(text("address"))
            .timeout(Duration.ofMinutes(5))
            .build();
  }

  public static void main(String[] arguments) throws Exception {
    new Conformance(parsed(INPUT.readLine())).run();
  }

  private void run() throws Exception {
    var told = Struct.newBuilder();
    var asked = task.getFieldsOrThrow("usage").getListValue().getValues(0).getStructValue();
    var request = WatchUsageRequest.newBuilder().setQuery(usageQuery(asked).setPageSize(1_000)).build();
    var watching = Context.current().withCancellation();
    var watch = watching.call(() -> UsageServiceGrpc.newBlockingStub(billingrails.channel()).watchUsage(request));
    var profile = asked.getFieldsOrThrow("profile").getStringValue();
    var watched = watched(watch.next(), profile);
    sendEvents(told);
    var wanted = readUsage(told);
    wanted.keySet().removeIf(at -> !at.endsWith("/" + profile));
    while (!watched.equals(wanted)) watched = watched(watch.next(), profile);
    watching.cancel(null);
    told.putFields("watched", object(watched));
    say("counted");
    INPUT.readLine();
    readInvoices(told);
    meetErrors(told);
    var body = task("webhook").getFieldsOrThrow("body").getStringValue();
    told.putFields("webhook", list(List.of(value(verified(body)), value(verified(body.replace("evt_", "evt-"))))));
    say(JsonFormat.printer().omittingInsignificantWhitespace().print(told));
    billingrails.close();
  }

  /** While ingest is killed. What the callback throws must not end the sender, whatever it is. */
  private void sendEvents(Struct.Builder told) throws Exception {
    Map<String, Value> refused = new ConcurrentHashMap<>();
    var half = (int) task.getFieldsOrThrow("half").getNumberValue();
    var sent = 0;
    try (var sender =
            billingrails
                .eventSender(
                    (event, error) -> {
                      refused.put(event.getIdempotencyKey(), fieldsOf(error));
                      throw new AssertionError("This callback fails.");
                    })
                .build();
        var lines = Files.newBufferedReader(Path.of(text("events")))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (sent == half) {
          say("half");
          INPUT.readLine();
          var wrong = Properties.of(Map.of("billingrails_account_id", 17));
          sender.send(
              Event.newBuilder()
                  .setEventName("refused")
                  .setIdempotencyKey("refused")
                  .setProperties(wrong)
                  .build());
        }
        var read = parsed(line);
        Map<String, Object> properties = new HashMap<>();
        read.getFieldsOrThrow("properties")
            .getStructValue()
            .getFieldsMap()
            .forEach((name, each) -> properties.put(name, plain(each)));
        sender.send(
            Event.newBuilder()
                .setEventName(read.getFieldsOrThrow("event_name").getStringValue())
                .setIdempotencyKey(read.getFieldsOrThrow("idempotency_key").getStringValue())
                .setTimestamp(timestamp(read.getFieldsOrThrow("timestamp").getStringValue()))
                .setProperties(Properties.of(properties))
                .build());
        sent += 1;
      }
    }
    told.putFields("events", Value.newBuilder().setNumberValue(sent).build());
    told.putFields("refused", object(refused));
  }

  /** As a stream that stays open. */
  private static Map<String, Value> watched(WatchUsageResponse answer, String profile) {
    Map<String, Value> watched = new TreeMap<>();
    answer.getUsage().getRowsList().forEach(row -> watched.put(row.getAccountId() + "/" + profile, value(row.getValue())));
    return watched;
  }

  private QueryUsageRequest.Builder usageQuery(Struct asked) throws Exception {
    return QueryUsageRequest.newBuilder()
        .setMeterId(asked.getFieldsOrThrow("meter_id").getStringValue())
        .setProfile(asked.getFieldsOrThrow("profile").getStringValue())
        .setStartTime(timestamp(text("start_time")))
        .setEndTime(timestamp(text("end_time")));
  }

  /** Page by page. */
  private Map<String, Value> readUsage(Struct.Builder told) throws Exception {
    var usages = UsageServiceGrpc.newBlockingStub(billingrails.channel());
    Map<String, Value> usage = new TreeMap<>();
    for (var each : task.getFieldsOrThrow("usage").getListValue().getValuesList()) {
      var profile = each.getStructValue().getFieldsOrThrow("profile").getStringValue();
      var request = usageQuery(each.getStructValue()).setWaitForAcknowledged(true).setPageSize(1).build();
      for (var row : Paged.of(usages::queryUsage, request, QueryUsageResponse::getRowsList)) {
        usage.put(row.getAccountId() + "/" + profile, value(row.getValue()));
      }
    }
    told.putFields("usage", object(usage));
    return usage;
  }

  /** The month is over. */
  private void readInvoices(Struct.Builder told) {
    var asked = task("access");
    var access =
        EntitlementServiceGrpc.newBlockingStub(billingrails.channel())
            .checkAccess(
                CheckAccessRequest.newBuilder()
                    .setAccountId(asked.getFieldsOrThrow("account_id").getStringValue())
                    .setFeatureCode(asked.getFieldsOrThrow("feature_code").getStringValue())
                    .build());
    var allowed = Value.newBuilder().setBoolValue(access.getAllowed()).build();
    told.putFields(
        "access",
        object(
            Map.of(
                "allowed", allowed,
                "used", value(access.getUsed()),
                "remaining", value(access.getRemaining()))));
    var invoicing = InvoiceServiceGrpc.newBlockingStub(billingrails.channel());
    Map<String, Value> invoices = new TreeMap<>();
    var request = ListInvoicesRequest.newBuilder().setOmitLines(true).setPageSize(1).build();
    for (var listed : Paged.of(invoicing::listInvoices, request, ListInvoicesResponse::getInvoicesList)) {
      var found = GetInvoiceRequest.newBuilder().setInvoiceId(listed.getId()).build();
      var invoice = invoicing.getInvoice(found).getInvoice();
      invoices.put(invoice.getAccountId(), value(invoice.getTotal().getAmount()));
    }
    told.putFields("invoices", object(invoices));
  }

  private void meetErrors(Struct.Builder told) {
    var meters = MeterServiceGrpc.newBlockingStub(billingrails.channel());
    var events = EventServiceGrpc.newBlockingStub(billingrails.channel());
    var wrong = IngestEventsRequest.newBuilder().addEvents(Event.getDefaultInstance()).build();
    var unknown = GetMeterRequest.newBuilder().setMeterId(text("unknown_meter_id")).build();
    var metering = task("addresses").getFieldsOrThrow("metering").getStringValue();
    try (var stranger = Billingrails.builder("br_nobody").serviceAddress("metering", metering).build()) {
      var foreign = MeterServiceGrpc.newBlockingStub(stranger.channel());
      told.putFields(
          "errors",
          list(
              List.of(
                  errorOf(() -> foreign.listMeters(ListMetersRequest.getDefaultInstance())),
                  errorOf(() -> events.ingestEvents(wrong)),
                  errorOf(() -> meters.getMeter(unknown)))));
    }
  }

  private static Value errorOf(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException exception) {
      var error = BillingrailsError.of(exception);
      return object(Map.of("reason", value(error.reason()), "fields", fieldsOf(error)));
    }
    throw new AssertionError("There is no error where one must be.");
  }

  private String verified(String body) {
    Map<String, List<String>> headers = new HashMap<>();
    task("webhook")
        .getFieldsOrThrow("headers")
        .getStructValue()
        .getFieldsMap()
        .forEach((name, each) -> headers.put(name, List.of(each.getStringValue())));
    var secret = task("webhook").getFieldsOrThrow("secret").getStringValue();
    try {
      return Webhooks.verify(secret, headers, body).getFieldsOrThrow("id").getStringValue();
    } catch (WebhookVerificationException exception) {
      return "";
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private String text(String name) {
    return task.getFieldsOrThrow(name).getStringValue();
  }

  private Struct task(String name) {
    return task.getFieldsOrThrow(name).getStructValue();
  }

  private static Struct parsed(String json) throws Exception {
    var struct = Struct.newBuilder();
    JsonFormat.parser().merge(json, struct);
    return struct.build();
  }

  private static Timestamp timestamp(String text) throws Exception {
    return Timestamps.parse(text);
  }

  /** As a program has it that does not begin with protobuf. */
  private static Object plain(Value value) {
    return switch (value.getKindCase()) {
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> value.getNumberValue();
      case BOOL_VALUE -> value.getBoolValue();
      default -> throw new AssertionError("The trace has no " + value.getKindCase());
    };
  }

  private static Value fieldsOf(BillingrailsError error) {
    return list(error.violations().stream().map(each -> value(each.field())).toList());
  }

  private static Value value(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value list(List<Value> values) {
    return Value.newBuilder().setListValue(ListValue.newBuilder().addAllValues(values)).build();
  }

  private static Value object(Map<String, Value> fields) {
    return Value.newBuilder().setStructValue(Struct.newBuilder().putAllFields(fields)).build();
  }
}
