"""What every library is put to: docs/clients.md tells how the programs of the suite and the one that starts them talk."""

import json
import sys

from google.protobuf.timestamp_pb2 import Timestamp

from billingrails import Billingrails, BillingrailsError, Event, WebhookVerificationError, paged, properties, verify_webhook
from billingrails.billing.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc
from billingrails.ingest.v1 import event_service_pb2, event_service_pb2_grpc
from billingrails.invoicing.v1 import invoice_service_pb2, invoice_service_pb2_grpc
from billingrails.metering.v1 import meter_service_pb2, meter_service_pb2_grpc, usage_service_pb2, usage_service_pb2_grpc


def timestamp(text):
    parsed = Timestamp()
    parsed.FromJsonString(text)
    return parsed


def say(line):
    print(line, flush=True)


task = json.loads(sys.stdin.readline())
# A machine that runs all services beside it is given time.
billingrails = Billingrails(task["key"], task["address"], timeout=300)
usages = usage_service_pb2_grpc.UsageServiceStub(billingrails.channel)


def usage_query(asked, page_size):
    start_time, end_time = timestamp(task["start_time"]), timestamp(task["end_time"])
    return usage_service_pb2.QueryUsageRequest(**asked, start_time=start_time, end_time=end_time, page_size=page_size)


# Usage, as a stream that stays open.
code = task["usage"][0]["profile"]
watch = usages.WatchUsage(usage_service_pb2.WatchUsageRequest(query=usage_query(task["usage"][0], 1_000)))


def next_watched():
    return {f"{row.account_id}/{code}": row.value for row in next(watch).usage.rows}


watched = next_watched()

# Events, while ingest is killed. What the callback raises must not end the sender, whatever it is.
refused = {}


def on_refused(event, error):
    refused[event.idempotency_key] = [violation.field for violation in error.violations]
    raise SystemExit("This callback fails.")


sent = 0
with billingrails.event_sender(on_refused) as sender, open(task["events"], encoding="utf-8") as lines:
    for line in lines:
        if sent == task["half"]:
            say("half")
            sys.stdin.readline()
            wrong = properties({"billingrails_account_id": 17})
            sender.send(Event(event_name="refused", idempotency_key="refused", properties=wrong))
        event = json.loads(line)
        event["properties"] = properties(event["properties"])
        event["timestamp"] = timestamp(event["timestamp"])
        sender.send(Event(**event))
        sent += 1

# Usage, page by page.
usage = {}
for each in task["usage"]:
    request = usage_query(each, 1)
    request.wait_for_acknowledged = True
    for row in paged(usages.QueryUsage, request):
        usage[f"{row.account_id}/{each['profile']}"] = row.value
wanted = {at: value for at, value in usage.items() if at.endswith(f"/{code}")}
while watched != wanted:
    watched = next_watched()
watch.cancel()
say("counted")
sys.stdin.readline()

# The month is over.
entitlements = entitlement_service_pb2_grpc.EntitlementServiceStub(billingrails.channel)
access = entitlements.CheckAccess(entitlement_service_pb2.CheckAccessRequest(**task["access"]))
invoicing = invoice_service_pb2_grpc.InvoiceServiceStub(billingrails.channel)
invoices = {}
for listed in paged(invoicing.ListInvoices, invoice_service_pb2.ListInvoicesRequest(omit_lines=True, page_size=1)):
    invoice = invoicing.GetInvoice(invoice_service_pb2.GetInvoiceRequest(invoice_id=listed.id)).invoice
    invoices[invoice.account_id] = invoice.total.amount


def error_of(call):
    try:
        call()
    except BillingrailsError as error:
        return {"reason": error.reason, "fields": [violation.field for violation in error.violations]}
    return None


meters = meter_service_pb2_grpc.MeterServiceStub(billingrails.channel)
events = event_service_pb2_grpc.EventServiceStub(billingrails.channel)
stranger = meter_service_pb2_grpc.MeterServiceStub(Billingrails("br_nobody", addresses=task["addresses"]).channel)
errors = [
    error_of(lambda: stranger.ListMeters(meter_service_pb2.ListMetersRequest())),
    error_of(lambda: events.IngestEvents(event_service_pb2.IngestEventsRequest(events=[Event()]))),
    error_of(lambda: meters.GetMeter(meter_service_pb2.GetMeterRequest(meter_id=task["unknown_meter_id"]))),
]


def verified(body):
    try:
        return verify_webhook(task["webhook"]["secret"], task["webhook"]["headers"], body)["id"]
    except WebhookVerificationError:
        return ""


body = task["webhook"]["body"]
told = {
    "events": sent,
    "refused": refused,
    "usage": usage,
    "watched": watched,
    "invoices": invoices,
    "errors": errors,
    "webhook": [verified(body), verified(body.replace("evt_", "evt-"))],
    "access": {"allowed": access.allowed, "used": access.used, "remaining": access.remaining},
}
say(json.dumps(told))
