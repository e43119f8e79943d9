import { fromBinary } from '@bufbuild/protobuf';
import {
  IngestEventsRequestSchema,
  type IngestEventsRequest,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { languagesIn, pathOf, type LanguageName, type Step } from './languages';

/** What became of a try: the request that the program made, or which programs this machine lacks. */
export type Tried =
  | { readonly kind: 'made'; readonly request: IngestEventsRequest }
  | { readonly kind: 'missing'; readonly programs: readonly string[] };

/** Programs of ours that are not there, with what brings them. */
export function missingFor(name: LanguageName, root: string): string[] {
  const { needs } = languagesIn(root, root)[name];
  return needs
    .filter(({ program }) => spawnSync(program, ['--version'], { env: process.env }).error)
    .map(({ program, broughtBy }) => `${program} (${broughtBy})`);
}

/**
 * Generates a language's client in a fresh folder under dist/, compiles the program of clients/ against it, and runs
 * it. Throws when a step fails.
 */
export function tryClient(name: LanguageName, root: string): Tried {
  const programs = missingFor(name, root);
  if (programs.length > 0) return { kind: 'missing', programs };
  const folder = join(root, 'dist/clients', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'clients', name), folder, { recursive: true });
  const language = languagesIn(folder, root)[name];
  for (const step of language.prepare) run(step, folder);
  const template = `clients/${name}.gen.yaml`;
  const buf = join(root, 'node_modules/.bin/buf');
  const generate: Step = {
    command: [buf, 'generate', '--template', template, '-o', folder],
    env: { PATH: pathOf(language, folder) },
  };
  run(generate, join(root, 'proto'));
  for (const step of language.compile) run(step, folder);
  const printed = run(language.run, folder);
  return {
    kind: 'made',
    request: fromBinary(IngestEventsRequestSchema, Buffer.from(printed, 'base64')),
  };
}

function run({ command: [program, ...args], env }: Step, cwd: string): string {
  const done = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  });
  if (done.status === 0) return done.stdout;
  throw new Error(
    `${[program, ...args].join(' ')} failed in ${cwd}:\n${done.error?.message ?? ''}${done.stdout}${done.stderr}`,
  );
}
