import com.billingrails.ingest.v1.Event;
import com.billingrails.ingest.v1.EventServiceGrpc;
import com.billingrails.ingest.v1.IngestEventsRequest;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

public final class SendEvent {
  public static void main(String[] arguments) {
    var properties = Struct.newBuilder()
        .putFields("billingrails_account_id", text("acct_acme"))
        .putFields("bytes", text("12.5"));
    var event = Event.newBuilder()
        .setEventName("api_call")
        .setIdempotencyKey("call-1")
        .setProperties(properties);
    var request = IngestEventsRequest.newBuilder().addEvents(event).build();
    if (arguments.length < 2) {
      System.out.println(Base64.getEncoder().encodeToString(request.toByteArray()));
      return;
    }
    var channel = ManagedChannelBuilder.forTarget(arguments[0]).usePlaintext().build();
    var headers = new Metadata();
    var authorization = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    headers.put(authorization, "Bearer " + arguments[1]);
    var answer = EventServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(5, TimeUnit.SECONDS)
        .ingestEvents(request);
    answer.getEventsList().forEach(each -> System.out.println(each.getIdempotencyKey()));
    channel.shutdown();
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }
}
