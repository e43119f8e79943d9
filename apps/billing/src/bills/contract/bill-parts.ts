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
  const all = linesToProto(bill);
  const header = { ...headerToProto(bill), ...names };
  const bytesOf = (lines: LineInit[], part: number, partCount: number): Uint8Array => {
    const message = { organisationId, bill: header, part, partCount, lines };
    return toBinary(BillPartSchema, create(BillPartSchema, message));
  };
  // Nearly all bills fit, and then their lines need not be measured.
  const whole = all.length <= LINES_TRIED_WHOLE ? bytesOf(all, 0, 1) : undefined;
  if (whole !== undefined && whole.byteLength <= PART_BYTES_MAX) return [whole];
  const parts = partsOf(all);
  return parts.map((lines, part) => bytesOf(lines, part, parts.length));
}

/** Of more lines it is likely that they do not fit into one message. */
const LINES_TRIED_WHOLE = 300;

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
