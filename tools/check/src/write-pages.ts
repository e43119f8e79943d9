import { readFileSync, writeFileSync } from 'node:fs';
import { withChanges } from './changes-page';
import { withReasons } from './errors-page';

const PAGES = { 'docs/errors.md': withReasons, 'docs/webhooks-events.md': withChanges };
for (const [page, written] of Object.entries(PAGES))
  writeFileSync(page, written(readFileSync(page, 'utf8')));
