import { MUTED_TEXT } from '../../branding/domain/branding';

/** The page's own look: nothing is fetched, so it reads the same by mail, from disk and on paper. */
export const DOCUMENT_STYLES = `
:root {
  color-scheme: light;
  --ink: #17202b;
  --muted: ${MUTED_TEXT};
  --rule: #dfe4ea;
  --accent: var(--ink);
  --tint: #f6f8fa;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: #eceff3;
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif;
  font-variant-numeric: tabular-nums;
  -webkit-print-color-adjust: exact;
  print-color-adjust: exact;
}
main {
  max-width: 860px;
  margin: 32px auto;
  padding: 56px 64px 40px;
  background: #fff;
  border-radius: 6px;
  box-shadow: 0 1px 3px rgb(23 32 43 / 12%);
}
h1, h2, p, dl, dd { margin: 0; }
bdi, .id { overflow-wrap: anywhere; }
.id { font: 12px/1.5 var(--mono); color: var(--muted); }
.label { font-size: 12px; color: var(--muted); }
.muted { color: var(--muted); }

header { display: flex; justify-content: space-between; align-items: flex-start; gap: 32px; }
header .logo { display: block; margin-bottom: 18px; }
header h1 { color: var(--accent); font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
header .number { margin-top: 4px; font-size: 17px; color: var(--muted); }
.due { text-align: right; }
.due strong { display: block; color: var(--accent); font-size: 26px; line-height: 1.25; white-space: nowrap; }

.facts {
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(0, 2fr);
  gap: 24px 28px;
  margin: 40px 0 36px;
  padding: 20px 0;
  border: solid var(--rule);
  border-width: 1px 0;
}
.facts dl { display: grid; gap: 20px 16px; align-content: start; }
.terms { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.parties div:first-child dd:nth-of-type(1):not(.id) { font-weight: 600; }
.memo { margin: -12px 0 28px; white-space: pre-line; overflow-wrap: anywhere; }

table { width: 100%; border-spacing: 0; }
th { font-weight: 400; font-size: 12px; color: var(--muted); text-align: left; vertical-align: bottom; }
.figure { text-align: right; }
.lines > thead th { padding: 0 0 8px; border-bottom: 1px solid var(--accent); }
.lines > thead th:first-child { width: 55%; }
.lines > thead .figure { padding-left: 24px; white-space: nowrap; }
.lines > tbody { break-inside: avoid; }
.line > td { padding: 18px 0 0; vertical-align: top; }
.line > td + td { padding-left: 24px; }
.line .name { font-weight: 600; }
.line .amount { font-weight: 600; white-space: nowrap; }
.line .figure { overflow-wrap: anywhere; }
.plain > td { padding-bottom: 18px; border-bottom: 1px solid var(--rule); }
.detail > td { padding: 4px 0 18px; border-bottom: 1px solid var(--rule); font-size: 13px; }
.usage { color: var(--muted); }
.formula { overflow-wrap: anywhere; }

.section > tr > * { padding: 24px 0 12px; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
.section { break-after: avoid; }
.section h2 { font-size: 17px; line-height: 1.3; color: var(--ink); overflow-wrap: anywhere; }
.section p { margin-top: 2px; font-size: 13px; overflow-wrap: anywhere; }
.section .amount { font-size: 17px; font-weight: 600; white-space: nowrap; }
.section > .none > td { padding: 14px 0; border-bottom-color: var(--rule); font-size: 13px; color: var(--muted); }

.steps { margin: 10px 0 8px; background: var(--tint); border-radius: 4px; font-size: 13px; }
.steps th, .steps td { min-width: 96px; padding: 4px 12px; overflow-wrap: anywhere; }
.steps th { padding-top: 8px; }
.steps tbody tr:last-child td { padding-bottom: 8px; }
.steps tfoot tr:first-child td { padding-top: 8px; border-top: 1px solid var(--rule); }
.steps tfoot tr:last-child td { padding-bottom: 8px; }

.totals { width: auto; margin: 14px 0 0 auto; break-inside: avoid; }
.totals th { padding: 4px 0; text-align: right; vertical-align: baseline; font-size: inherit; overflow-wrap: anywhere; }
.totals td { vertical-align: baseline; padding: 4px 0 4px 32px; white-space: nowrap; }
.totals .main th { padding-top: 10px; }
.totals .main td { color: var(--accent); font-size: 20px; font-weight: 600; }
.payment { display: flex; justify-content: space-between; gap: 32px; margin-top: 40px; break-inside: avoid; }
.payment p, .payment h2 { font-weight: 400; overflow-wrap: anywhere; }
.payment figure { flex: none; width: 132px; margin: 0; text-align: center; }
.payment svg { display: block; width: 108px; height: 108px; margin: 0 auto 10px; fill: #000; }
.void { margin-top: 10px; color: #b3261e; }
.void strong { margin-right: 6px; padding: 1px 8px; border: 2px solid; border-radius: 4px; text-transform: uppercase; }
.empty { padding: 28px 0; border-bottom: 1px solid var(--rule); color: var(--muted); }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 12px; color: var(--muted); }

.appendix { margin-top: 56px; }
.appendix h2 { padding-bottom: 8px; border-bottom: 1px solid var(--accent); color: var(--accent); font-size: 20px; }
.appendix .note { margin-top: 20px; font-size: 13px; }
.days { margin-top: 24px; table-layout: fixed; font-size: 12px; }
.days th, .days td { padding: 0; vertical-align: top; }
.days .name { color: var(--ink); font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
.days .label { padding-bottom: 4px; }
.days tbody td, .days tbody th { padding: 1px 0; overflow-wrap: anywhere; }
.days tbody td + th { padding-left: 20px; }
.days svg { display: block; width: 100%; height: 56px; fill: var(--accent); }
.days .base { fill: none; stroke: var(--rule); vector-effect: non-scaling-stroke; }
.days .ends { display: flex; justify-content: space-between; padding: 2px 0 4px; }
.days .chart, .days tr { break-inside: avoid; }

.issuer { margin-top: 10px; white-space: pre-line; overflow-wrap: anywhere; }

@media (max-width: 640px) {
  main { margin: 0; padding: 28px 20px; border-radius: 0; box-shadow: none; }
  header { flex-direction: column; gap: 20px; }
  .due { text-align: left; }
  .facts, .terms { grid-template-columns: minmax(0, 1fr); gap: 16px; }
  .facts { margin: 28px 0; }
  .line > td + td { padding-left: 12px; }
  .steps th, .steps td { min-width: 64px; padding-inline: 6px; }
  .days, .days tbody { display: block; }
  .days thead { display: table; width: 100%; }
  .days tbody tr { display: grid; grid-template-columns: 5em 1fr 5em 1fr; column-gap: 8px; }
  .days tbody td + th { padding-left: 0; }
  .days tbody td[colspan] { grid-column: 1 / -1; }
}
@page {
  size: A4;
  margin: 18mm 16mm 20mm;
  font: 8pt system-ui, 'Liberation Sans', Arial, sans-serif;
  color: ${MUTED_TEXT};
  @bottom-left { content: var(--title); }
  @bottom-right { content: counter(page) ' / ' counter(pages); }
}
@media print {
  body { background: none; font-size: 10.5pt; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  .facts { margin: 24px 0; padding: 14px 0; }
  .line > td { padding-top: 12px; }
  .plain > td, .detail > td { padding-bottom: 12px; }
  .steps td { padding-block: 2px; }
  .appendix { break-before: page; margin-top: 0; }
  .days thead, .days .chart { break-after: avoid; }
  footer { margin-top: 32px; break-before: avoid; break-inside: avoid; }
}
`;
