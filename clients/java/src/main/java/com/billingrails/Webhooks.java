package com.billingrails;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;

/** Webhooks, as Standard Webhooks signs them. */
public final class Webhooks {
  private Webhooks() {}

  /**
   * The event of a webhook, once its signature has proved who sent it, at most five minutes ago: an object with the
   * fields of {@code webhook_event.proto}, such as {@code id}, {@code type} and {@code data}.
   *
   * @param secret the endpoint's, {@code whsec_…}
   * @param headers those of the request
   * @param body the text of the request as it came
   * @throws WebhookVerificationException where it does not fit
   */
  public static Struct verify(String secret, Map<String, List<String>> headers, String body)
      throws WebhookVerificationException {
    new Webhook(secret).verify(body, HttpHeaders.of(headers, (name, value) -> true));
    var event = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(body, event);
    } catch (InvalidProtocolBufferException exception) {
      throw new WebhookVerificationException("The body is no JSON object.");
    }
    return event.build();
  }
}
