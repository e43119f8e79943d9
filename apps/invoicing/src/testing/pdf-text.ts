import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The reader is an ES module that loads others, which Jest does not: it runs as a program. */
const READER = `
  import { readFileSync } from 'node:fs';
  import { extractText, getDocumentProxy } from 'unpdf';
  const texts = [];
  for (const file of process.argv.slice(1)) {
    const document = await getDocumentProxy(new Uint8Array(readFileSync(file)));
    const { text } = await extractText(document, { mergePages: false });
    texts.push(text);
  }
  console.log(JSON.stringify(texts));
`;

/** What another program reads on each page of PDFs, white space as one space. */
export async function pdfPages(pdfs: readonly Uint8Array[]): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'billingrails-pdf-'));
  try {
    const files = pdfs.map((pdf, index) => {
      const file = join(folder, `${index}.pdf`);
      writeFileSync(file, pdf);
      return file;
    });
    const args = ['--input-type=module', '-e', READER, ...files];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname });
    const texts = JSON.parse(stdout) as string[][];
    return texts.map((pages) => pages.map((text) => text.replaceAll(/\s+/g, ' ')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
