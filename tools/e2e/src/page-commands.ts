import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A block of commands of a page, and what the page says that the last of them answers. */
interface Step {
  readonly commands: string;
  /** Part of the JSON that is printed. */
  readonly answer?: object;
}

export interface PlayedStep {
  readonly commands: string;
  readonly printed: unknown;
  /** Unset: the page shows none. */
  readonly answer?: object;
}

const SEPARATOR = '\u001E';

/**
 * The steps of a page: its `sh` blocks in order, each with the `json` block that comes right after it, with nothing but
 * text between. Blocks of other languages, such as `console`, are for reading.
 */
function stepsOf(page: string): Step[] {
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, language, text = ''], index) => {
    if (language !== 'sh') return [];
    const [, nextLanguage, nextText = ''] = blocks[index + 1] ?? [];
    const answer = nextLanguage === 'json' ? { answer: JSON.parse(nextText) as object } : {};
    return [{ commands: text, ...answer }];
  });
}

/**
 * Runs the commands of a page in one shell in that folder, as a reader does who copies them one after the other. Throws
 * where one fails, and where a call is answered with an error, for no answer has a `code`.
 */
export async function playPage(
  page: string,
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<PlayedStep[]> {
  const steps = stepsOf(page);
  const script = steps.map(({ commands }) => `${commands}\nprintf '${SEPARATOR}'`).join('\n');
  const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', script], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  const printed = stdout.split(SEPARATOR);
  return steps.map((step, index) => {
    const text = printed[index] ?? '';
    if (text.includes('"code":')) {
      throw new Error(`${step.commands}\nwas answered ${text}\n${stderr}`);
    }
    return { ...step, printed: step.answer ? JSON.parse(text) : text };
  });
}
