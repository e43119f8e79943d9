//! The client of [Billingrails](https://github.com/billingrails/billingrails): what each program would have to write
//! around the calls of the API, which are in the modules of the services.

mod client;
mod errors;
mod event_sender;
mod paged;
mod properties;
mod webhook;

#[allow(clippy::all, missing_docs)]
mod gen {
    include!("gen/mod.rs");
    pub mod methods {
        include!("gen/methods.rs");
    }
}

pub use client::{Billingrails, Builder, ConfigError};
pub use errors::{Error, Violation};
pub use event_sender::{Closed, EventSender, EventSenderOptions};
pub use gen::billingrails::*;
pub use paged::paged;
pub use properties::{properties, struct_of};
pub use standardwebhooks::WebhookError;
pub use webhook::verify_webhook;
