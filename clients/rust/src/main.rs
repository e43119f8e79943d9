use base64::{engine::general_purpose::STANDARD, Engine};
use prost::Message;
use prost_types::{value::Kind, Struct, Value};
use std::{collections::BTreeMap, time::Duration};
use tonic::{transport::Endpoint, Request};

/// A module for each package, nested as the packages are: generated code finds its neighbours by `super`.
#[allow(dead_code, clippy::all)]
mod billingrails {
    pub mod ingest {
        pub mod v1 {
            include!("gen/billingrails/ingest/v1/billingrails.ingest.v1.rs");
        }
    }
}
use billingrails::ingest::v1::{
    event_service_client::EventServiceClient, Event, IngestEventsRequest,
};

fn text(value: &str) -> Value {
    Value { kind: Some(Kind::StringValue(value.into())) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let properties = Struct {
        fields: BTreeMap::from([
            ("billingrails_account_id".into(), text("acct_acme")),
            ("bytes".into(), text("12.5")),
        ]),
    };
    let event = Event {
        event_name: "api_call".into(),
        idempotency_key: "call-1".into(),
        properties: Some(properties),
        timestamp: None,
    };
    let request = IngestEventsRequest { events: vec![event] };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key] = arguments.as_slice() else {
        println!("{}", STANDARD.encode(request.encode_to_vec()));
        return Ok(());
    };
    let channel = Endpoint::from_shared(url.clone())?.connect().await?;
    let mut call = Request::new(request);
    call.metadata_mut().insert("authorization", format!("Bearer {key}").parse()?);
    call.set_timeout(Duration::from_secs(5));
    let answer = EventServiceClient::new(channel).ingest_events(call).await?;
    for event in answer.into_inner().events {
        println!("{}", event.idempotency_key);
    }
    Ok(())
}
