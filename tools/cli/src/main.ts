#!/usr/bin/env node
import tab from '@bomb.sh/tab/commander';
import packageJson from '../package.json';
import { makeProgram } from './program';
import { run } from './run';

// Whoever reads the output may have seen enough: `billingrails events list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const program = makeProgram(packageJson.version);
// `billingrails completion bash`, zsh or fish prints the script that a shell loads.
tab(program, { completionCommandName: 'completion' });
process.exitCode = await run(program, process.argv.slice(2));
