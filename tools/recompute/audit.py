#!/usr/bin/env python3
"""Verifies an audit log without the platform that wrote it, with the standard library only.

Reads records as JSON, as AuditService.ExportAuditRecords answers them (with the field names of the contract): answers
or single records, one after another, from files or from standard input. Follows docs/audit.md: each record's hash is
SHA-256 over its canonical JSON, which names the hash of the record before it. Prints the first record of each
organisation that is not as it was written, and ends with 1 where there is any. With --anchor, the record of that
sequence must have a hash that was kept elsewhere:

    recompute/audit.py export.json
    recompute/audit.py --anchor 1203:9f86d081… export.json
"""

import hashlib
import json
import sys

NO_HASH = "0" * 64


def records_in(text):
    """Every record of a text of JSON values, whether by themselves or in answers."""
    decoder = json.JSONDecoder()
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        value, at = decoder.raw_decode(text, at)
        if "audit_record" in value:
            yield value["audit_record"]
        elif "sequence" in value:
            yield value
        else:
            yield from value.get("audit_records", [])


def canonical(record):
    """The record but for its hash: names in order, no space between, characters as they are."""
    rest = {name: value for name, value in record.items() if name != "hash"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(record):
    return hashlib.sha256(canonical(record).encode("utf-8")).hexdigest()


def fault_in(records, anchors):
    """The sequence of the first record that is not as it was written and what is wrong, or None."""
    last, last_hash = 0, NO_HASH
    for record in sorted(records, key=lambda each: int(each["sequence"])):
        sequence = int(record["sequence"])
        if sequence <= last:
            return sequence, "is there twice"
        if sequence > last + 1:
            return last + 1, "is missing"
        if record.get("hash") != hash_of(record):
            return sequence, "was altered"
        if record.get("previous_hash") != last_hash:
            return max(1, last), "was altered"
        if anchors.get(sequence, record["hash"]) != record["hash"]:
            return sequence, "has another hash than the anchor"
        last, last_hash = sequence, record["hash"]
    beyond = [sequence for sequence in anchors if sequence > last]
    return (last + 1, "is missing") if beyond else None


def main(arguments):
    anchors, paths = {}, []
    while arguments:
        argument = arguments.pop(0)
        if argument != "--anchor":
            paths.append(argument)
            continue
        sequence, _, kept = arguments.pop(0).partition(":")
        anchors[int(sequence)] = kept
    texts = [open(path, encoding="utf-8").read() for path in paths] or [sys.stdin.read()]
    chains = {}
    for text in texts:
        for record in records_in(text):
            chains.setdefault(record["organisation_id"], []).append(record)
    faults = 0
    for organisation, records in chains.items():
        fault = fault_in(records, anchors)
        if fault is not None:
            faults += 1
            print(f"{organisation}: record {fault[0]} {fault[1]}")
    count = sum(len(records) for records in chains.values())
    print(json.dumps({"organisations": len(chains), "records": count, "faults": faults}))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
