// Lints texts as if they lay at their paths, with the repository's own rules: [{ path, text }] on stdin, the messages
// of each on stdout. A program of its own, because Jest cannot import an ESM configuration.
import { ESLint } from 'eslint';
import { text } from 'node:stream/consumers';

export interface LintedText {
  /** From the repository's root; need not exist. */
  readonly path: string;
  readonly text: string;
}

const eslint = new ESLint();
const texts = JSON.parse(await text(process.stdin)) as LintedText[];
const results = [];
for (const { path, text: code } of texts) {
  const [result] = await eslint.lintText(code, { filePath: path });
  results.push((result?.messages ?? []).map(({ ruleId, message }) => `${ruleId}: ${message}`));
}
console.log(JSON.stringify(results));
