/** A plan as one self-contained page: what would change, why, and the money it moves. */
import { html } from 'hono/html';
import { grouped, money, shownValue, when } from '../mappings/shown.ts';
import type { PlanHead, PlanRow } from './contract.ts';
import { dataTable, type Html, page } from './html.ts';

/** What the page shows of a plan. `rows` may be fewer than the plan has: then it says so. */
export interface PlanPage {
  plan: PlanHead;
  rows: PlanRow[];
  label: (field: string) => string;
  crmUrl: (row: PlanRow) => string | null;
  /** Of the money moved; null where the CRM has not told it yet. */
  currency: string | null;
}

/** The plan's page; every value is escaped. */
export function planPage(view: PlanPage): Html {
  const { plan } = view;
  const records = groupByRecord(view.rows);
  return page(
    `Plan ${plan.id}`,
    html`<p class="soft">Plan · ${plan.connection} · made ${when(plan.createdAt)}</p>
<h1>${plan.id}</h1>
<p><span class="tag ${plan.state === 'open' ? 'warn' : 'soft'}">${plan.state}</span>
${grouped(String(plan.records))} records, ${grouped(String(plan.fields))} fields,
${grouped(String(plan.tasks))} tasks under ${plan.version.slice(plan.version.indexOf('@') + 1)}.</p>
${plan.state === 'open' ? html`<p>To do exactly this: <code>npx partner-sync apply ${plan.id}</code></p>` : ''}
${moneyTable(view)}
<h2>Changes</h2>
${records.map((rows) => recordCard(view, rows))}
${
  view.rows.length < plan.fields
    ? html`<p class="soft">Shown: the first ${records.length} records. The rest: <code>npx partner-sync plan --csv FILE</code>.</p>`
    : ''
}`,
  );
}

function moneyTable({ plan, currency }: PlanPage): Html {
  const moves = Object.entries(plan.moneyMoved);
  if (moves.length === 0) {
    return html``;
  }
  const rows = moves.map(([move, amount]) => [move, money(amount, currency)]);
  return html`<h2>Money moved</h2>${dataTable(['From -> to', 'Amount'], rows, [1])}`;
}

function recordCard(view: PlanPage, rows: PlanRow[]): Html {
  const first = rows[0]!;
  const url = view.crmUrl(first);
  const reasons = [...new Set(rows.map((row) => row.reason))];
  return html`<section class="card">
<p><strong>${url === null ? first.recordName : html`<a href="${url}">${first.recordName}</a>`}</strong>
<span class="soft">${first.object}</span></p>
${reasons.map((reason) => html`<p>${reason}</p>`)}
${dataTable(
  ['Field', 'Now', 'Planned'],
  rows.map((row) => [view.label(row.field), shown(view, row, row.old), shown(view, row, row.new)]),
)}
</section>`;
}

function shown({ currency }: PlanPage, row: PlanRow, value: PlanRow['old']): string {
  return shownValue({ object: row.object, key: row.field }, value, { corporate: currency });
}

function groupByRecord(rows: PlanRow[]): PlanRow[][] {
  const groups = new Map<string, PlanRow[]>();
  for (const row of rows) {
    const key = `${row.object} ${row.recordId}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}
