import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExportDataset } from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import type { Clients } from '@billingrails/stack/clients';

/** A file for bookkeeping or cost tools. */
export interface ExportFigure {
  readonly what: string;
  readonly rows: number;
  readonly path: string;
}

const FILES = [
  ['Invoices', 'invoices.csv', ExportDataset.INVOICES],
  ['Their lines', 'lines.csv', ExportDataset.INVOICE_LINES],
  ['Costs as FOCUS has them', 'costs.csv', ExportDataset.FOCUS_COSTS],
] as const;

/** Writes what an organisation has invoiced into files of `folder`. */
export async function writeExports(
  { exports }: Clients,
  folder: string,
): Promise<readonly ExportFigure[]> {
  mkdirSync(folder, { recursive: true });
  const written: ExportFigure[] = [];
  for (const [what, name, dataset] of FILES) {
    const contents: Uint8Array[] = [];
    let rows = 0;
    for await (const { part } of exports.export({ dataset })) {
      if (part === undefined) continue;
      contents.push(part.content);
      rows = Number(part.rowCount);
    }
    const path = join(folder, name);
    writeFileSync(path, Buffer.concat(contents));
    written.push({ what, rows, path });
  }
  return written;
}
