use crate::gen::methods::{REQUEST_IDS, STREAMING};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::encoding::{decode_key, encode_key, encode_varint, skip_field, DecodeContext, WireType};
use std::{
    collections::HashMap,
    fmt,
    future::{poll_fn, Future},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tonic::{
    body::Body,
    transport::{Channel, ClientTlsConfig, Endpoint},
    Status,
};
use tower_service::Service;

/// What of a [`Builder`] is wrong, and what it must be.
#[derive(Debug)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Makes a [`Billingrails`].
pub struct Builder {
    key: String,
    address: Option<String>,
    addresses: HashMap<String, String>,
    timeout: Duration,
    tries: u32,
}

impl Builder {
    /// Where all services are reached, such as `https://billing.example.com`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// A service that is reached by an address of its own, by the second part of its package: `"ingest"`,
    /// `"http://127.0.0.1:7001"`.
    pub fn service_address(mut self, service: impl Into<String>, address: impl Into<String>) -> Self {
        self.addresses.insert(service.into(), address.into());
        self
    }

    /// How long a call may take with all its tries, unless it says otherwise; 30 s by default. Streams have no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a call is tried in all that ends with unavailable or exhausted; 4 by default.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries;
        self
    }

    /// A client that connects with its first call. Call it where a Tokio runtime runs.
    pub fn build(self) -> Result<Billingrails, ConfigError> {
        let authorization = HeaderValue::from_str(&format!("Bearer {}", self.key))
            .map_err(|_| ConfigError("key: must be an API key, \"br_…\"".into()))?;
        if self.address.is_none() && self.addresses.is_empty() {
            let told = "address: must be where Billingrails is reached, \"http://127.0.0.1:7000\"";
            return Err(ConfigError(told.into()));
        }
        let mut channels = HashMap::new();
        for (service, address) in self.addresses {
            channels.insert(service, connect(&address)?);
        }
        let channel = self.address.as_deref().map(connect).transpose()?;
        let (timeout, tries) = (self.timeout, self.tries.max(1));
        let shared = Shared { authorization, channel, channels, timeout, tries };
        Ok(Billingrails { shared: Arc::new(shared) })
    }
}

fn connect(address: &str) -> Result<Channel, ConfigError> {
    let wrong = |_| ConfigError(format!("address: {address:?} must be as \"http://127.0.0.1:7000\""));
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(wrong)?;
    let endpoint = match address.starts_with("https:") {
        true => endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(wrong)?,
        false => endpoint,
    };
    Ok(endpoint.connect_timeout(Duration::from_secs(5)).connect_lazy())
}

/// Billingrails with one API key. Generated clients call through it: `InvoiceServiceClient::new(billingrails.clone())`.
/// Clones are cheap and share their connections.
#[derive(Clone)]
pub struct Billingrails {
    shared: Arc<Shared>,
}

struct Shared {
    authorization: HeaderValue,
    channel: Option<Channel>,
    channels: HashMap<String, Channel>,
    timeout: Duration,
    tries: u32,
}

impl Billingrails {
    /// Begins with an API key, `br_…`.
    pub fn builder(key: impl Into<String>) -> Builder {
        Builder {
            key: key.into(),
            address: None,
            addresses: HashMap::new(),
            timeout: Duration::from_secs(30),
            tries: 4,
        }
    }
}

impl Service<Request<Body>> for Billingrails {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        Box::pin(async move { shared.call(request).await })
    }
}

impl Shared {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let service = path.split('.').nth(1).unwrap_or_default();
        let channel = self.channels.get(service).or(self.channel.as_ref()).ok_or_else(|| {
            Status::failed_precondition(format!("No address says where the service {service:?} is reached."))
        })?;
        parts.headers.insert("authorization", self.authorization.clone());
        let message = with_request_id(&path, body.collect().await?.to_bytes());
        let send = |left: Option<Duration>| {
            let mut again = Request::new(Body::new(Full::new(message.clone())));
            *again.method_mut() = parts.method.clone();
            *again.uri_mut() = parts.uri.clone();
            *again.version_mut() = parts.version;
            *again.headers_mut() = parts.headers.clone();
            *again.extensions_mut() = parts.extensions.clone();
            if let Some(left) = left {
                let text = HeaderValue::from_str(&format!("{}m", left.as_millis().max(1)));
                again.headers_mut().insert("grpc-timeout", text.expect("digits are a header"));
            }
            let mut channel = channel.clone();
            async move {
                let away = |error: tonic::transport::Error| Status::unavailable(text_of(&error));
                poll_fn(|context| channel.poll_ready(context)).await.map_err(away)?;
                channel.call(again).await.map_err(away)
            }
        };
        if STREAMING.contains(&path.as_str()) {
            return send(None).await;
        }
        let limit = timeout_of(&parts.headers).unwrap_or(self.timeout);
        let end = Instant::now() + limit;
        let mut tries = 1;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let answer = async { whole(send(Some(left)).await?).await };
            let answer = tokio::time::timeout(left, answer)
                .await
                .unwrap_or_else(|_| Err(Status::deadline_exceeded(format!("No answer within {limit:?}."))));
            let wait = retry_delay(tries, &answer);
            match wait {
                Some(wait) if tries < self.tries && Instant::now() + wait < end => {
                    tokio::time::sleep(wait).await
                }
                _ => return answer.map(Answer::into_response),
            }
            tries += 1;
        }
    }
}

/// A whole answer of a unary call.
struct Answer {
    parts: http::response::Parts,
    message: Bytes,
    trailers: HeaderMap,
}

impl Answer {
    fn into_response(self) -> Response<Body> {
        let trailers = self.trailers;
        let body = Full::new(self.message).with_trailers(async move { Some(Ok(trailers)) });
        Response::from_parts(self.parts, Body::new(body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.trailers.get(name).or_else(|| self.parts.headers.get(name));
        found.and_then(|value| value.to_str().ok())
    }
}

async fn whole(response: Response<Body>) -> Result<Answer, Status> {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.map_err(|error| Status::unavailable(text_of(&error)))?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    Ok(Answer { parts, message: collected.to_bytes(), trailers })
}

/// How long to wait before the next try, where one may help: as long as the service says, with up to a tenth more, so
/// that not all come back at once; else any time up to a limit that grows.
fn retry_delay(tries: u32, answer: &Result<Answer, Status>) -> Option<Duration> {
    let (status, told) = match answer {
        Ok(answer) => (answer.header("grpc-status")?, answer.header("grpc-retry-pushback-ms")),
        Err(status) if status.code() == tonic::Code::Unavailable => ("14", None),
        Err(_) => return None,
    };
    if status != "14" && status != "8" {
        return None;
    }
    match told {
        Some(told) => {
            let told = Duration::from_millis(told.parse().ok()?);
            Some(told.mul_f64(1.0 + rand::random::<f64>() / 10.0))
        }
        None => Some(random_delay(tries)),
    }
}

/// Any time up to 0.2 s after the first try, and three times as much after each more, to 5 s.
pub(crate) fn random_delay(tries: u32) -> Duration {
    let limit = (0.2 * 3f64.powi(tries.min(10) as i32 - 1)).min(5.0);
    Duration::from_secs_f64(limit * rand::random::<f64>())
}

/// The errors of transports say why only in what they come from.
fn text_of(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", text_of(source)),
        None => error.to_string(),
    }
}

fn timeout_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// The five bytes before a message of gRPC: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A write without a request_id gets one, so that trying again cannot do it twice. A field may stand at the end.
fn with_request_id(path: &str, framed: Bytes) -> Bytes {
    let Some((_, number)) = REQUEST_IDS.iter().find(|(each, _)| *each == path) else {
        return framed;
    };
    if framed.len() < PREFIX || framed[0] != 0 || has_field(framed.slice(PREFIX..), *number) {
        return framed;
    }
    let id = random_key();
    let mut field = BytesMut::new();
    encode_key(*number, WireType::LengthDelimited, &mut field);
    encode_varint(id.len() as u64, &mut field);
    field.put_slice(id.as_bytes());
    let length = framed.len() - PREFIX + field.len();
    let mut longer = BytesMut::with_capacity(PREFIX + length);
    longer.put_u8(0);
    longer.put_u32(length as u32);
    longer.put_slice(&framed[PREFIX..]);
    longer.put_slice(&field);
    longer.freeze()
}

fn has_field(mut message: Bytes, number: u32) -> bool {
    while !message.is_empty() {
        let Ok((found, wire_type)) = decode_key(&mut message) else { return true };
        if found == number {
            return true;
        }
        if skip_field(wire_type, found, &mut message, DecodeContext::default()).is_err() {
            return true;
        }
    }
    false
}

/// 128 random bits.
pub(crate) fn random_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}
