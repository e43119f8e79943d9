import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The reader is an ES module that loads others, which Jest does not: it runs as a program. */
const READER = `
  import { readFileSync } from 'node:fs';
  import { extractText, getDocumentProxy } from 'unpdf';
  const document = await getDocumentProxy(new Uint8Array(readFileSync(process.argv[1])));
  const { text } = await extractText(document, { mergePages: false });
  console.log(JSON.stringify(text));
`;

/** What another program reads on each page of a PDF, white space as one space. */
export async function pdfPages(pdf: Uint8Array): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'billingrails-pdf-'));
  const file = join(folder, 'document.pdf');
  try {
    writeFileSync(file, pdf);
    const args = ['--input-type=module', '-e', READER, file];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname });
    const pages = JSON.parse(stdout) as string[];
    return pages.map((text) => text.replaceAll(/\s+/g, ' '));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
