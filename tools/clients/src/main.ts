import { toJsonString } from '@bufbuild/protobuf';
import { IngestEventsRequestSchema } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { resolve } from 'node:path';
import { LANGUAGES, type LanguageName } from './languages';
import { tryClient } from './try-client';

/**
 * `npm run clients:try [-- LANGUAGE…]`: generates the clients of the languages, compiles their programs and compares
 * the requests that they make. A language whose toolchain is not here is named, and then the command fails.
 */
const root = resolve(process.cwd());
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !LANGUAGES.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`There is no client of ${unknown.join(', ')}; there are ${LANGUAGES.join(', ')}.`);
  process.exit(2);
}
const names = LANGUAGES.filter((name) => asked.length === 0 || asked.includes(name));
const requests = new Map<LanguageName, string>();
for (const name of names) {
  const startedMs = Date.now();
  try {
    const tried = tryClient(name, root);
    if (tried.kind === 'missing') {
      console.log(`MISSING  ${name}: this machine has no ${tried.programs.join(', no ')}.`);
      continue;
    }
    requests.set(name, toJsonString(IngestEventsRequestSchema, tried.request));
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
    console.log(`ok       ${name}: generated, compiled, and made its request, in ${seconds} s.`);
  } catch (error) {
    console.log(`FAILED   ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const different = new Set(requests.values()).size;
if (different > 1) console.log('FAILED   The requests differ:', Object.fromEntries(requests));
console.log(`${requests.size} of ${names.length} clients work here.`);
process.exitCode = requests.size === names.length && different <= 1 ? 0 : 1;
