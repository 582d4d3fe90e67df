/** The explanation page of a record: what a CRM user sees when they ask "why does it say that?". */
import { html } from 'hono/html';
import { when } from '../mappings/shown.ts';
import type { ExplainDecision, ExplainField, ExplainView } from './contract.ts';
import { dataTable, type Html, page } from './html.ts';

/** The page as HTML; every value of the record is escaped. */
export function explainPage(view: ExplainView): Html {
  return page(
    view.name,
    html`<p class="soft">${view.object} · ${view.connection} · <code>${view.id}</code></p>
<h1>${view.name}</h1>
${view.crmUrl === null ? '' : html`<p><a href="${view.crmUrl}">Open the record in the CRM</a></p>`}
${view.formerIds.length === 0 ? '' : html`<p>Merged into this record: ${view.formerIds.join(', ')}.</p>`}
${view.problem === null ? '' : html`<p class="card bad">${view.problem}</p>`}
${view.decisions.map(decisionCard)}
${view.decisions.length === 0 ? html`<p class="card">Nothing has been decided yet.</p>` : ''}
${ownerList(view)}
${alertList(view)}
<h2>Fields</h2>
${fieldTable(view.fields)}
<h2>Decisions so far</h2>
${historyTable(view)}
<h2>Written to the CRM</h2>
${writeTable(view)}`,
  );
}

const titles: Record<string, string> = {
  attribution: 'Attribution',
  stale: 'Stage',
  tier: 'Tier standing',
};

function decisionCard(decision: ExplainDecision): Html {
  const locked = decision.lockedAt === null ? '' : html` · locked ${when(decision.lockedAt)}`;
  const due = decision.dueAt === null ? '' : html` · looked at again ${when(decision.dueAt)}`;
  return html`<section class="card">
<h2>${titles[decision.kind] ?? decision.kind}</h2>
<p class="sentence">${decision.sentence}</p>
${decision.counterfactual === null ? '' : html`<p>${decision.counterfactual}</p>`}
<p class="soft">Rule ${decision.rule} · policy ${decision.version} · decided ${when(decision.decidedAt)}${locked}${due}</p>
${
  decision.evidence.length === 0
    ? ''
    : html`<ul>${decision.evidence.map(
        (item) =>
          html`<li>${item.text}${item.at === null ? '' : html` <span class="soft">${when(item.at)}</span>`}${item.id === null ? '' : html` <code>${item.id}</code>`}</li>`,
      )}</ul>`
}
</section>`;
}

const stateTone: Record<ExplainField['state'], string> = {
  'as decided': 'good',
  waiting: 'warn',
  failed: 'bad',
  disputed: 'bad',
  held: 'warn',
  'left as edited': 'warn',
  'not written': 'soft',
  'not mapped': 'soft',
};

/** What is decided but has no field in the mapping is there for who opens it. */
function fieldTable(fields: ExplainField[]): Html {
  const mapped = fields.filter(({ state }) => state !== 'not mapped');
  const rest = fields.filter(({ state }) => state === 'not mapped');
  return html`${rows(mapped)}${
    rest.length === 0
      ? ''
      : html`<details><summary>${rest.length} more that this mapping does not write</summary>
${rows(rest)}</details>`
  }`;
}

function rows(fields: ExplainField[]): Html {
  return dataTable(
    ['Field', 'Decided', 'In the CRM', 'State'],
    fields.map((field) => [
      field.label,
      field.shown.decided,
      field.shown.inCrm,
      html`<span class="tag ${stateTone[field.state]}">${field.state}</span>`,
    ]),
  );
}

function ownerList(view: ExplainView): Html {
  if (view.owners.length === 0) {
    return html``;
  }
  return html`<h2>Edited by people, undone, or disputed</h2><ul>${view.owners.map(
    (owner) =>
      html`<li><b>${owner.label}</b> ${owner.sentence} <span class="soft">${when(owner.at)}</span></li>`,
  )}</ul>`;
}

function alertList(view: ExplainView): Html {
  if (view.alerts.length === 0) {
    return html``;
  }
  return html`<h2>Alerts</h2><ul>${view.alerts.map(
    (alert) =>
      html`<li>${alert.subject} <span class="soft">opened ${when(alert.openedAt)}${
        alert.closedAt === null ? '' : `, closed ${when(alert.closedAt)}`
      }</span></li>`,
  )}</ul>`;
}

function historyTable(view: ExplainView): Html {
  if (view.history.length === 0) {
    return html`<p class="soft">No history yet.</p>`;
  }
  return dataTable(
    ['When', 'Rule', 'Policy', 'Sentence'],
    view.history.map((row) => [when(row.at), row.rule, row.version, row.sentence]),
  );
}

function writeTable(view: ExplainView): Html {
  if (view.writes.length === 0) {
    return html`<p class="soft">Nothing has been written to this record.</p>`;
  }
  return dataTable(
    ['When', 'Field', 'Before', 'After', 'State', 'Run'],
    view.writes.map((row) => [
      when(row.at),
      row.label,
      row.shown.before,
      row.shown.after,
      row.failure === null ? row.state : row.failure.remedy,
      html`<code>${row.run}</code>`,
    ]),
  );
}
