import { fileURLToPath } from 'node:url';
import { redocly } from './redocly';

/**
 * Makes the API reference of the document, a page that needs nothing else: write-reference.ts FILE. Runs when the
 * gateway is built, which serves it.
 */
const TEMPLATE = new URL('reference-template.html', import.meta.url);
const [, , file = ''] = process.argv;
const { status, stdout, stderr } = redocly(
  'build-docs',
  ...['--inlineBundle', '--template', fileURLToPath(TEMPLATE)],
  ...['--title', 'Billingrails: API reference', '--output', file],
);
if (status !== 0) {
  process.stderr.write(`${stdout}${stderr}`);
  process.exitCode = 1;
}
