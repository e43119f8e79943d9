/**
 * Writes sample documents of all kinds, as UBL, CII and PDF, and has Mustang judge each: the program of the ZUGFeRD
 * community with the published rules of EN 16931, and veraPDF for PDF/A-3. Needs Java and its jar, which MUSTANG_JAR
 * names (Maven Central: org.mustangproject, Mustang-CLI). Without it the documents are only written.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedId } from '@billingrails/ids';
import { readPicture } from '../../branding/images/read-picture';
import { pngOf } from '../../branding/testing/pictures';
import { creditNotePdf } from '../../rendering/credit-note-document';
import { invoicePdf } from '../../rendering/invoice-document';
import { WORDS } from '../../rendering/words';
import { eCreditNoteOf } from '../domain/from-credit-note';
import { eInvoiceOf } from '../domain/from-invoice';
import type { EInvoice } from '../domain/e-invoice';
import { writeCii } from '../syntax/cii';
import { writeUbl } from '../syntax/ubl';
import { CREDIT_NOTES, SAMPLES, sampleInvoice } from './samples';

const FOLDER = '.data/e-invoices';

async function writeAll(folder: string): Promise<string[]> {
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array): void => {
    files.push(join(folder, name));
    writeFileSync(join(folder, name), content);
  };
  const writeXml = (name: string, invoice: EInvoice): void => {
    write(`${name}.ubl.xml`, writeUbl(invoice));
    write(`${name}.cii.xml`, writeCii(invoice));
  };
  const writePdf = async (name: string, pdf: AsyncIterable<Uint8Array>): Promise<void> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of pdf) pieces.push(piece);
    write(`${name}.pdf`, Buffer.concat(pieces));
  };
  for (const [name, invoice] of Object.entries(SAMPLES)) {
    writeXml(name, eInvoiceOf(invoice));
    await writePdf(name, invoicePdf(invoice, WORDS.en));
  }
  for (const [name, [creditNote, invoice]] of Object.entries(CREDIT_NOTES)) {
    writeXml(`credit-note-${name}`, eCreditNoteOf(creditNote, invoice));
    await writePdf(`credit-note-${name}`, creditNotePdf({ creditNote, invoice }, WORDS.en));
  }
  await writePdf('branded', brandedPdf());
  return files;
}

/** With a logo, which must not break what PDF/A asks for. */
function brandedPdf(): AsyncIterable<Uint8Array> {
  const logo = {
    id: derivedId('logo', 'one'),
    ...readPicture(pngOf(300, 90, [11, 90, 43]), 'content'),
  };
  const branding = {
    ...{ logoId: logo.id, accentColor: '#0b5a2b', footer: 'HRB 1, Berlin', issuerLines: [] },
  };
  const invoice = sampleInvoice({ invoicing: { branding } });
  return invoicePdf(invoice, WORDS.en, { isVoid: false, logo });
}

/** What Mustang says of a file; empty: it is valid. */
async function faultsOf(jar: string, file: string): Promise<string> {
  const args = ['-jar', jar, '--no-notices', '--action', 'validate', '--source', file];
  const report = await new Promise<string>((resolve) => {
    execFile('java', args, { maxBuffer: REPORT_BYTES_MAX }, (_error, stdout) => resolve(stdout));
  });
  const verdicts = [...report.matchAll(/<summary status="(\w+)"/g)].map(([, status]) => status);
  return verdicts.length > 0 && verdicts.every((status) => status === 'valid') ? '' : report;
}

const REPORT_BYTES_MAX = 64 * 1024 * 1024;

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const files = await writeAll(FOLDER);
  const jar = process.env['MUSTANG_JAR'];
  if (jar === undefined) {
    console.log(`${files.length} documents in ${FOLDER}; MUSTANG_JAR names nobody to judge them`);
    return;
  }
  let invalid = 0;
  for (const file of files) {
    const faults = await faultsOf(jar, file);
    console.log(`${faults === '' ? 'valid  ' : 'INVALID'} ${file}`);
    if (faults === '') continue;
    invalid += 1;
    console.log(faults);
  }
  console.log(`${files.length - invalid} of ${files.length} documents are valid`);
  process.exitCode = invalid === 0 ? 0 : 1;
}

void main();
