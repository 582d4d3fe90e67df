/** The frame of every page the server shows: one stylesheet, no script, everything escaped. */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Escaped HTML, possibly still under way. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page. `title` is plain text. */
export function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title} · partner-sync</title>
<style>${raw(stylesheet)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>`;
}

/**
 * A table that needs no sideways scrolling: on a narrow screen each row becomes a list of its
 * cells, each under its heading. `numeric`: columns of numbers.
 */
export function dataTable(
  head: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
  numeric: readonly number[] = [],
): Html {
  const kind = (at: number) => (numeric.includes(at) ? 'num' : '');
  return html`<table>
<thead><tr>${head.map((title, at) => html`<th class="${kind(at)}">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map(
        (cell, at) =>
          html`<td class="${kind(at)}" data-label="${head[at] ?? ''}"><span>${cell}</span></td>`,
      )}</tr>`,
  )}</tbody></table>`;
}

const stylesheet = `
:root { color-scheme: light; --ink: #1d2733; --soft: #5b6775; --line: #d9dfe6; --tint: #f5f7f9;
  --accent: #0b5cab; --good: #16683a; --warn: #8a5200; --bad: #a11226; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--tint); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.card h2 { margin: 0 0 .25rem; color: var(--soft); font-size: .9rem; }
p { margin: .4rem 0; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px;
  padding: 1rem 1.25rem; margin: .75rem 0; }
.sentence { font-size: 1.1rem; font-weight: 600; }
table { width: 100%; border-collapse: collapse; background: #fff; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem;
  border-bottom: 1px solid var(--line); }
td { min-width: 6.5rem; }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--accent); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; }
code { font: .86em ui-monospace, SFMono-Regular, Menlo, monospace; }
.tag { display: inline-block; border-radius: 999px; padding: 0 .6rem; font-size: .82rem;
  border: 1px solid currentColor; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
ul { padding-left: 1.2rem; margin: .4rem 0; }
h1, p, li, td span, code { overflow-wrap: anywhere; }
@media (max-width: 44rem) {
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td.num { display: grid; min-width: 0; grid-template-columns: 7rem 1fr; gap: .75rem; text-align: left;
    border-bottom: 0; padding: .2rem .7rem; }
  td::before { content: attr(data-label); color: var(--soft); font-weight: 600; }
  td:first-child { font-weight: 600; }
}
`;
