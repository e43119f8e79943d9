import { closeSync, openSync, writeSync } from 'node:fs';
import { create, toJsonString } from '@bufbuild/protobuf';
import { EventSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_pb';
import type { Scenario } from '@billingrails/demo/scenario';

/** The scenario's events as JSON of the contract, one a line, with the fields' names as the contract has them. */
export function writeEvents(scenario: Scenario, file: string): void {
  const opened = openSync(file, 'w');
  try {
    for (const event of scenario.events()) {
      const json = toJsonString(EventSchema, create(EventSchema, event), {
        useProtoFieldName: true,
      });
      writeSync(opened, `${json}\n`);
    }
  } finally {
    closeSync(opened);
  }
}
