import { slowestReport } from './slowest';
import { failureReport, summaryLine, type StepResult } from './summary';
import { runSteps } from './steps';

/**
 * `npm test`: everything that must hold before a change lands, in the order of cost. Goes on after a failure, so that
 * one run names all that is wrong; the closing line counts tests, and each other check that failed.
 */
const startedMs = Date.now();
const results: StepResult[] = await runSteps();
console.log(`\n${slowestReport(results.flatMap(({ slowest = [] }) => slowest))}`);
for (const { ok, name, ms = 0 } of results) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}, ${(ms / 1000).toFixed(0)} s`);
}
// Last, as the end of a long output is what is kept of it everywhere.
console.log(`\n${failureReport(results)}`);
console.log(`in ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
console.log(summaryLine(results));
process.exitCode = results.every((step) => step.ok) ? 0 : 1;
