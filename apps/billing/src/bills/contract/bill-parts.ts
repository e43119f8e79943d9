import { create, toBinary } from '@bufbuild/protobuf';
import {
  BillPartSchema,
  PostedLineSchema,
} from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Bill } from '../domain/posted-bill';
import { headerToProto, linesToProto, type LineInit } from './bill';

/** Lines are put into a message as long as it stays below this; a bus message may have a megabyte. */
const PART_BYTES_MAX = 512 * 1024;

/** The names that stand on an invoice. */
export interface BillNames {
  readonly accountName: string;
  readonly planName: string;
}

/** The messages on `billing.bill_posted` that a bill travels in: as many as its lines need, at least one. */
export function billPartBytes(
  organisationId: OrganisationId,
  bill: Bill,
  names: BillNames,
): Uint8Array[] {
  const parts = partsOf(linesToProto(bill));
  const header = { ...headerToProto(bill), ...names };
  return parts.map((lines, part) => {
    const message = { organisationId, bill: header, part, partCount: parts.length, lines };
    return toBinary(BillPartSchema, create(BillPartSchema, message));
  });
}

function partsOf(lines: readonly LineInit[]): LineInit[][] {
  const parts: LineInit[][] = [[]];
  let bytes = 0;
  for (const line of lines) {
    const size = toBinary(PostedLineSchema, create(PostedLineSchema, line)).byteLength;
    if (bytes > 0 && bytes + size > PART_BYTES_MAX) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(line);
    bytes += size;
  }
  return parts;
}
