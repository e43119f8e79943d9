import { readFileSync, writeFileSync } from 'node:fs';
import { withReasons } from './errors-page';

const page = 'docs/errors.md';
writeFileSync(page, withReasons(readFileSync(page, 'utf8')));
