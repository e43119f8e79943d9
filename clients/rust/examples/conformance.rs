//! What every library is put to: docs/clients.md tells how the programs of the suite and what starts them talk.

use billingrails::{
    billing::v1::{entitlement_service_client::EntitlementServiceClient, CheckAccessRequest},
    ingest::v1::{event_service_client::EventServiceClient, Event, IngestEventsRequest},
    invoicing::v1::{invoice_service_client::InvoiceServiceClient, GetInvoiceRequest, ListInvoicesRequest},
    metering::v1::{
        meter_service_client::MeterServiceClient, usage_service_client::UsageServiceClient, GetMeterRequest,
        ListMetersRequest, QueryUsageRequest, WatchUsageRequest, WatchUsageResponse,
    },
    paged, properties, verify_webhook, Billingrails, Error, EventSenderOptions,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{json, Map, Value};
use std::{
    error::Error as AnyError,
    fs::File,
    io::{stdin, BufRead, BufReader},
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_stream::StreamExt;
use tonic::Streaming;

type Outcome<T> = Result<T, Box<dyn AnyError>>;

fn next() -> Outcome<String> {
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let task: Value = serde_json::from_str(&next()?)?;
    // A machine that runs all services beside it is given time.
    let timeout = Duration::from_secs(300);
    let billingrails =
        Billingrails::builder(text(&task["key"])).address(text(&task["address"])).timeout(timeout).build()?;
    // Usage, as a stream that stays open.
    let query = Some(usage_query(&task, &task["usage"][0], 1_000)?);
    let request = WatchUsageRequest { query, ..Default::default() };
    let mut watch = UsageServiceClient::new(billingrails.clone()).watch_usage(request).await?.into_inner();
    let suffix = format!("/{}", text(&task["usage"][0]["profile"]));
    let mut watched = next_watched(&mut watch, &suffix).await?;
    let (events, refused) = send_events(&billingrails, &task).await?;
    let usage = read_usage(&billingrails, &task).await?;
    let wanted: Map<String, Value> = usage
        .iter()
        .filter(|(at, _)| at.ends_with(&suffix))
        .map(|(at, value)| (at.clone(), value.clone()))
        .collect();
    while watched != wanted {
        watched = next_watched(&mut watch, &suffix).await?;
    }
    println!("counted");
    next()?;
    let asked = CheckAccessRequest {
        account_id: text(&task["access"]["account_id"]),
        feature_code: text(&task["access"]["feature_code"]),
        ..Default::default()
    };
    let access = EntitlementServiceClient::new(billingrails.clone()).check_access(asked).await?.into_inner();
    let invoices = read_invoices(&billingrails).await?;
    let errors = meet_errors(&billingrails, &task).await?;
    let body = text(&task["webhook"]["body"]);
    let told = json!({
        "events": events,
        "refused": refused,
        "usage": usage,
        "watched": watched,
        "invoices": invoices,
        "errors": errors,
        "webhook": [verified(&task, &body)?, verified(&task, &body.replace("evt_", "evt-"))?],
        "access": { "allowed": access.allowed, "used": access.used, "remaining": access.remaining },
    });
    println!("{told}");
    Ok(())
}

async fn next_watched(
    watch: &mut Streaming<WatchUsageResponse>,
    suffix: &str,
) -> Outcome<Map<String, Value>> {
    let answer = watch.message().await?.ok_or("the stream has ended")?;
    let rows = answer.usage.unwrap_or_default().rows;
    Ok(rows.into_iter().map(|row| (row.account_id + suffix, row.value.into())).collect())
}

fn usage_query(task: &Value, asked: &Value, page_size: i32) -> Outcome<QueryUsageRequest> {
    Ok(QueryUsageRequest {
        meter_id: text(&asked["meter_id"]),
        profile: text(&asked["profile"]),
        start_time: Some(text(&task["start_time"]).parse()?),
        end_time: Some(text(&task["end_time"]).parse()?),
        page_size,
        ..Default::default()
    })
}

/// While ingest is killed. What the callback panics with must not end the sender.
async fn send_events(billingrails: &Billingrails, task: &Value) -> Outcome<(u64, Value)> {
    let refused = Arc::new(Mutex::new(Map::new()));
    let told = refused.clone();
    let sender = billingrails.event_sender(EventSenderOptions::default(), move |event, error| {
        told.lock().unwrap().insert(event.idempotency_key.clone(), fields_of(error));
        panic!("this callback fails");
    });
    let mut sent = 0;
    for line in BufReader::new(File::open(text(&task["events"]))?).lines() {
        if Some(sent) == task["half"].as_u64() {
            println!("half");
            next()?;
            let wrong = Event {
                event_name: "refused".into(),
                idempotency_key: "refused".into(),
                properties: properties(json!({ "billingrails_account_id": 17 })),
                ..Default::default()
            };
            sender.send(wrong).await?;
        }
        let event: Value = serde_json::from_str(&line?)?;
        let read = Event {
            event_name: text(&event["event_name"]),
            idempotency_key: text(&event["idempotency_key"]),
            timestamp: Some(text(&event["timestamp"]).parse()?),
            properties: properties(event["properties"].clone()),
        };
        sender.send(read).await?;
        sent += 1;
    }
    sender.close().await?;
    let refused = refused.lock().unwrap().clone();
    Ok((sent, refused.into()))
}

/// Page by page.
async fn read_usage(billingrails: &Billingrails, task: &Value) -> Outcome<Map<String, Value>> {
    let usages = UsageServiceClient::new(billingrails.clone());
    let mut usage = Map::new();
    for each in task["usage"].as_array().into_iter().flatten() {
        let profile = text(&each["profile"]);
        let request = QueryUsageRequest { wait_for_acknowledged: true, ..usage_query(task, each, 1)? };
        let mut rows = pin!(paged(
            |page_token| {
                let (mut usages, request) = (usages.clone(), request.clone());
                async move { usages.query_usage(QueryUsageRequest { page_token, ..request }).await }
            },
            |page| (page.rows, page.next_page_token),
        ));
        while let Some(row) = rows.try_next().await? {
            usage.insert(format!("{}/{profile}", row.account_id), row.value.into());
        }
    }
    Ok(usage)
}

/// The month is over.
async fn read_invoices(billingrails: &Billingrails) -> Outcome<Map<String, Value>> {
    let invoicing = InvoiceServiceClient::new(billingrails.clone());
    let mut invoices = Map::new();
    let mut listed = pin!(paged(
        |page_token| {
            let mut invoicing = invoicing.clone();
            let request =
                ListInvoicesRequest { omit_lines: true, page_size: 1, page_token, ..Default::default() };
            async move { invoicing.list_invoices(request).await }
        },
        |page| (page.invoices, page.next_page_token),
    ));
    while let Some(each) = listed.try_next().await? {
        let request = GetInvoiceRequest { invoice_id: each.id, ..Default::default() };
        let answer = invoicing.clone().get_invoice(request).await?.into_inner();
        let invoice = answer.invoice.unwrap_or_default();
        invoices.insert(invoice.account_id, invoice.total.unwrap_or_default().amount.into());
    }
    Ok(invoices)
}

async fn meet_errors(billingrails: &Billingrails, task: &Value) -> Outcome<Vec<Value>> {
    let metering = text(&task["addresses"]["metering"]);
    let nobody = Billingrails::builder("br_nobody").service_address("metering", metering).build()?;
    let stranger = MeterServiceClient::new(nobody).list_meters(ListMetersRequest::default()).await.map(drop);
    let wrong = EventServiceClient::new(billingrails.clone())
        .ingest_events(IngestEventsRequest { events: vec![Event::default()] })
        .await
        .map(drop);
    let unknown = MeterServiceClient::new(billingrails.clone())
        .get_meter(GetMeterRequest { meter_id: text(&task["unknown_meter_id"]) })
        .await
        .map(drop);
    let mut errors = Vec::new();
    for outcome in [stranger, wrong, unknown] {
        let error = Error::from(outcome.err().ok_or("there is no error where one must be")?);
        errors.push(json!({ "reason": error.reason, "fields": fields_of(&error) }));
    }
    Ok(errors)
}

fn fields_of(error: &Error) -> Value {
    error.violations.iter().map(|violation| violation.field.clone()).collect()
}

fn verified(task: &Value, body: &str) -> Outcome<String> {
    let mut headers = HeaderMap::new();
    for (name, value) in task["webhook"]["headers"].as_object().into_iter().flatten() {
        headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(&text(value))?);
    }
    let secret = text(&task["webhook"]["secret"]);
    Ok(verify_webhook(&secret, &headers, body.as_bytes()).map(|event| text(&event["id"])).unwrap_or_default())
}
