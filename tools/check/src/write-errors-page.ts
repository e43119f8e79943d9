import { readFileSync, writeFileSync } from 'node:fs';
import { withReasons } from './errors-page';

const PAGE = 'docs/errors.md';
writeFileSync(PAGE, withReasons(readFileSync(PAGE, 'utf8')));
