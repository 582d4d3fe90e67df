/** The CRM's fields against the oracle, people's edits taken into account. */
import type { WriteLogEntry } from '../../sandbox/salesforce/write-log.ts';
import { type Deal, type Facts, readFacts } from './crm-facts.ts';
import { type Right, rightAnswer } from './oracle.ts';
import { rightTier } from './oracle-tier.ts';
import { logByRecord, type Settled } from './settled.ts';
import { type Standing, standingOf } from './standing-edits.ts';

/** An engine field of an opportunity. */
interface EngineField {
  key: string;
  /** What the oracle wants in it. */
  of(right: Right): unknown;
  /** A person's second edit opens a dispute. */
  dispute: boolean;
}

/** Those the oracle knows. */
export const engineFields: Record<string, EngineField> = {
  Partner_Sourced__c: { key: 'partner_sourced', of: (r) => r.sourced, dispute: true },
  Partner_Influenced__c: { key: 'partner_influenced', of: (r) => r.influenced, dispute: true },
  Partner_Attribution_Type__c: { key: 'attribution_type', of: (r) => r.type, dispute: true },
  Partner_Attribution_Status__c: { key: 'attribution_status', of: (r) => r.status, dispute: true },
  Sourcing_Partner__c: { key: 'sourcing_partner', of: (r) => r.sourcingPartner, dispute: true },
  Influencing_Partners__c: {
    key: 'influencing_partners',
    of: (r) => r.influencingPartners,
    dispute: true,
  },
  Partner_Deal_Stale__c: { key: 'stale', of: (r) => r.stale, dispute: false },
};

const reasonField = 'Partner_Attribution_Reason__c';

/** Every opportunity and partner; one sentence for each field that is not right. */
export function checkFields(settled: Settled): string[] {
  const facts = readFacts(settled.org);
  const logs = logByRecord(settled.org);
  return [
    ...facts.deals.flatMap((deal) => checkDeal(settled, facts, deal, logs.get(deal.id) ?? [])),
    ...checkTiers(settled, facts),
  ];
}

function checkDeal(
  settled: Settled,
  facts: Facts,
  deal: Deal,
  log: readonly WriteLogEntry[],
): string[] {
  const { now, policy, policies } = settled;
  const right = rightAnswer(deal, facts, now, policy);
  // What was locked under an earlier policy stays as that one had it (R0).
  const rights =
    right.status !== 'Locked'
      ? [right]
      : [right, ...policies.map((one) => rightAnswer(deal, facts, now, one))];
  const found = rights.map((one) => wrongOf(settled, deal, one, log));
  return found.find((wrong) => wrong.length === 0) ?? found[0]!;
}

function wrongOf(
  settled: Settled,
  deal: Deal,
  right: Right,
  log: readonly WriteLogEntry[],
): string[] {
  const type = deal.row['Partner_Attribution_Type__c'];
  // `direct: open_only`: of a closed deal only a partner's credit is written.
  const silent = deal.isClosed && right.type === 'Direct' && (type === null || type === 'Direct');
  const standings = new Map<string, Standing>();
  for (const [field, { dispute }] of Object.entries({
    ...engineFields,
    [reasonField]: { dispute: true },
  })) {
    standings.set(field, standingOf(log, field, dispute, settled.actors));
  }
  const disputed = [...standings.values()].some((standing) => standing.disputed);
  const wrong: string[] = [];
  for (const [field, { of }] of Object.entries(engineFields)) {
    if (silent && field !== 'Partner_Deal_Stale__c') {
      continue;
    }
    const standing = standings.get(field)!;
    const found = deal.row[field];
    const wanted = of(right);
    const isDispute = field === 'Partner_Attribution_Status__c' && disputed && found === 'Disputed';
    if (found !== wanted && !isDispute && !standing.theirs && !isMoved(settled, field, right)) {
      wrong.push(
        `${deal.id} ${deal.name}: ${field} is ${found}, right is ${wanted} (${right.rule})`,
      );
    }
    if (found === wanted && !standing.ours) {
      wrong.push(`${deal.id} ${deal.name}: ${field} is ${found}, but an edit should stand`);
    }
  }
  return silent
    ? wrong
    : [...wrong, ...checkReason(settled, deal, right, standings.get(reasonField)!)];
}

function isMoved({ merged, renamed }: Settled, field: string, right: Right): boolean {
  return (
    (field === 'Sourcing_Partner__c' && merged.length > 0) ||
    (field === 'Influencing_Partners__c' &&
      right.status === 'Locked' &&
      (renamed || merged.length > 0))
  );
}

/** The sentence ends with its rule, and the rule field says the same. */
function checkReason(
  { policies }: Settled,
  deal: Deal,
  { rule, status }: Right,
  standing: Standing,
): string[] {
  const reason = String(deal.row[reasonField] ?? '');
  const said = String(deal.row['Partner_Attribution_Rule__c'] ?? '');
  const labels = status === 'Locked' ? policies : policies.slice(-1);
  const isSaid = labels.some(({ label }) => said.startsWith(`${rule}@${label}`));
  return [
    ...(isSaid ? [] : [`${deal.id} ${deal.name}: rule is "${said}", right is ${rule}`]),
    ...(standing.theirs || reason.endsWith(` Rule ${rule}.`)
      ? []
      : [`${deal.id} ${deal.name}: the reason does not say rule ${rule}: "${reason}"`]),
  ];
}

function checkTiers({ org, now, policy }: Settled, facts: Facts): string[] {
  return [...facts.partners.values()].flatMap(({ id, name }) => {
    const found = org.get('Account', id)!['Partner_Tier_Qualified__c'];
    const wanted = rightTier(id, facts, now, policy);
    return found === wanted
      ? []
      : [`${id} ${name}: qualified tier is ${found}, right is ${wanted}`];
  });
}
