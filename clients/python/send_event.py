import base64
import sys

import grpc
from billingrails.ingest.v1 import event_pb2, event_service_pb2, event_service_pb2_grpc

event = event_pb2.Event(event_name="api_call", idempotency_key="call-1")
event.properties.update({"billingrails_account_id": "acct_acme", "bytes": "12.5"})
request = event_service_pb2.IngestEventsRequest(events=[event])

if len(sys.argv) < 3:
    print(base64.b64encode(request.SerializeToString()).decode())
else:
    address, key = sys.argv[1:3]
    with grpc.insecure_channel(address) as channel:
        events = event_service_pb2_grpc.EventServiceStub(channel)
        headers = [("authorization", f"Bearer {key}")]
        answer = events.IngestEvents(request, metadata=headers, timeout=5)
    print([each.idempotency_key for each in answer.events])
