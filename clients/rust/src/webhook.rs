use http::HeaderMap;
use standardwebhooks::{Webhook, WebhookError};

/// The event of a webhook, once its signature has proved who sent it, at most five minutes ago: an object with the fields
/// of `webhook_event.proto`, such as `id`, `type` and `data`. `body` is that of the request as it came, `secret` the
/// endpoint's `whsec_…`.
pub fn verify_webhook(
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<serde_json::Value, WebhookError> {
    Webhook::new(secret)?.verify(body, headers)?;
    serde_json::from_slice(body).map_err(|_| WebhookError::InvalidPayload)
}
