import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackError } from '@billingrails/stack';
import { runStep, type Library } from '../build-library';

/** Runs the quickstart of a library's README as it stands. Throws StackError when it does not say that it has sent. */
export async function runQuickstart(
  { folder, language }: Library,
  key: string,
  address: string,
): Promise<void> {
  const { file, steps } = language.quickstart;
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), quickstartOf(readFileSync(join(folder, 'README.md'), 'utf8')));
  const env = { BILLINGRAILS_KEY: key, BILLINGRAILS_ADDRESS: address };
  let printed = '';
  for (const step of steps)
    printed = await runStep({ ...step, env: { ...step.env, ...env } }, folder);
  if (!printed.trimEnd().endsWith('sent'))
    throw new StackError(`The quickstart of ${folder} printed: ${printed}`, 'Mend it.');
}

/** The code of the quickstart in a README. */
export function quickstartOf(readme: string): string {
  const [, code = ''] = /<!-- quickstart.*?-->\s+```\w+\n(.*?)```/s.exec(readme) ?? [];
  return code;
}
