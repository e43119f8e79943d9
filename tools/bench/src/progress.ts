const startMs = performance.now();

/** Says on stderr what is being done, so that stdout holds the figures alone. */
export function progress(text: string): void {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0).padStart(4);
  process.stderr.write(`${seconds} s  ${text}\n`);
}
