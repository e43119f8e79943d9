use std::{fmt, time::Duration};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field, such as `events[3].properties.duration`.
    pub field: String,
    /// What must be, for people.
    pub description: String,
}

/// What a call ended with, whoever noticed it: the service, the network or this client. Made of a [`Status`], so `?` does.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    pub message: String,
    /// Stable, such as `METER_NOT_FOUND`; docs/errors.md lists them. Empty where no service has answered.
    pub reason: String,
    /// Everything that is wrong with the request.
    pub violations: Vec<Violation>,
    /// After how long repeating may help, where that was told.
    pub retry_after: Option<Duration>,
    /// Where the reason is explained. Empty where no service has answered.
    pub help: String,
    /// Names the call in the logs of the services. Empty where no service has answered.
    pub request_id: String,
    is_hopeless: bool,
}

impl Error {
    /// Whether the very same call may succeed later: unavailable, or exhausted where repeating can help.
    pub fn is_passing(&self) -> bool {
        !self.is_hopeless && matches!(self.code, Code::Unavailable | Code::ResourceExhausted)
    }

    pub(crate) fn about(&self, violations: Vec<Violation>) -> Self {
        Self { violations, ..self.clone() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let header = |name| status.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let violations =
            details.bad_request().map(|wrong| wrong.field_violations.as_slice()).unwrap_or_default();
        Self {
            code: status.code(),
            message: status.message().into(),
            reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
            violations: violations
                .iter()
                .map(|each| Violation { field: each.field.clone(), description: each.description.clone() })
                .collect(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
            help: details
                .help()
                .and_then(|help| help.links.first())
                .map(|link| link.url.clone())
                .unwrap_or_default(),
            request_id: header("x-request-id").into(),
            is_hopeless: header("grpc-retry-pushback-ms") == "-1",
        }
    }
}
