import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '@billingrails/stack';
import { languagesIn, pathOf, type Language, type LanguageName, type Step } from './languages';

/** A library as it is published, with the programs that try it. */
export interface Library {
  readonly name: LanguageName;
  readonly folder: string;
  readonly language: Language;
}

/** Programs that this machine lacks, with what brings them. */
export function missingFor(name: LanguageName, root: string): string[] {
  const { needs } = languagesIn(root, root)[name];
  return needs
    .filter(({ program }) => spawnSync(program, ['--version'], { env: process.env }).error)
    .map(({ program, broughtBy }) => `${program} (${broughtBy})`);
}

/**
 * Copies clients/<name> of the checkout at `root` to dist/clients/<name>, puts the code of the contracts into it, and
 * builds it. Throws StackError with what a step said when it fails.
 */
export async function buildLibrary(name: LanguageName, root: string): Promise<Library> {
  const folder = join(root, 'dist/clients', name);
  const language = languagesIn(folder, root)[name];
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    if (!language.kept.includes(entry)) rmSync(join(folder, entry), { recursive: true });
  }
  cpSync(join(root, 'clients', name), folder, { recursive: true });
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const step of language.prepare) await runStep(step, folder);
  for (const step of language.generate ?? []) await runStep(step, folder);
  if (language.generate === undefined) {
    await runStep(
      {
        command: [
          join(root, 'node_modules/.bin/buf'),
          ...['generate', '--template', `clients/${name}.gen.yaml`, '-o', folder],
        ],
        env: { PATH: pathOf(language, folder) },
      },
      join(root, 'proto'),
    );
  }
  for (const step of language.build) await runStep(step, folder);
  return { name, folder, language };
}

/** Runs a step and returns what it printed. Throws StackError, with that, when it fails. */
export async function runStep(step: Step, folder: string): Promise<string> {
  const { command, env, cwd = folder } = step;
  const [program, ...args] = command;
  if (!existsSync(cwd)) throw new StackError(`There is no ${cwd}.`, 'Build the library first.');
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  const status = await new Promise<number | null>((done, failed) =>
    child.on('error', failed).on('close', done),
  );
  if (status === 0) return printed;
  throw new StackError(
    `${command.join(' ')} failed in ${cwd}:\n${printed.slice(-8_000)}`,
    'See above.',
  );
}
