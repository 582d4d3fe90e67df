/** Gathers what the rules read of a batch of records from the store, in a few set-based queries. */

import { partnersOf as partnersNamedBy } from '../rules/attribution/lost-partner.ts';
import type { AttributionFacts } from '../rules/attribution.ts';
import type { RateTable } from '../rules/currency.ts';
import { opportunityFact, partnerFact, registrationFact, touchFact } from '../rules/facts.ts';
import type { StaleFacts } from '../rules/stale-stage.ts';
import type { TierFacts } from '../rules/tiers.ts';
import type { DecisionKind, PartnerFact } from '../rules/types.ts';
import { isReference } from '../store/named-by.ts';
import type {
  DecisionSlot,
  DisputeRow,
  FactReads,
  LiveDecision,
  MirrorRow,
} from '../store/types.ts';
import { hashOf } from './context.ts';
import { namedPartners } from './named-partners.ts';
import { referring, type Survivors } from './survivors.ts';

/** One opportunity with all that decides it. */
export interface OpportunityInputs {
  row: MirrorRow;
  attribution: AttributionFacts;
  stale: StaleFacts;
  inputHash: string;
  /** Set where a value could not be translated: the record is left as it is. */
  quarantined: boolean;
  /** It, or a registration or touch of it, names a partner by a text of no one partner. */
  unnamed: 'nobody' | 'ambiguous' | null;
  owners: OwnerInputs;
}

/** What tells who writes the fields of a record. */
export interface OwnerInputs {
  /** The last live decisions. */
  priors: Partial<Record<DecisionKind, LiveDecision>>;
  /** Open disputes about its fields. */
  disputes: DisputeRow[];
}

/** One partner with all that decides its standing. */
export interface PartnerInputs {
  row: MirrorRow;
  tier: TierFacts;
  inputHash: string;
  quarantined: boolean;
  owners: OwnerInputs;
}

/** Where facts come from; `version` is part of every input hash. */
export interface FactSource {
  store: FactReads;
  connection: string;
  slot: DecisionSlot;
  rates: RateTable;
  version: string;
  /** Keys the engine writes on an opportunity or a partner: no input of a decision. */
  engineKeys: ReadonlySet<string>;
  /** Partners seen so far in this leg. */
  partners: Map<string, PartnerFact>;
  /** Where merged records went. */
  survivors: Survivors;
}

/**
 * Inputs in the order of `ids`; ids the mirror does not hold are left out. All is read when this
 * resolves; each input is made when it is come to, so that the store need not wait for it.
 */
export async function opportunityInputs(
  from: FactSource,
  ids: string[],
): Promise<Iterable<OpportunityInputs>> {
  const { store, connection, survivors } = from;
  const former = survivors.withFormer('opportunity', ids);
  const named = namedPartners(store, connection, survivors);
  const settled = async (found: MirrorRow[]) => survivors.followed(await named.resolved(found));
  const rows = await settled(await store.mirror(connection, 'opportunity', ids));
  const registrations = groupBy(
    await settled(await store.mirrorBy(connection, 'registration', 'opportunity', former)),
    'opportunity',
  );
  const touches = groupBy(
    await settled(await store.mirrorBy(connection, 'touch', 'opportunity', former)),
    'opportunity',
  );
  const changes = await store.stageChanges(connection, ids);
  const priors = await store.priorDecisions(connection, 'live', 'opportunity', ids);
  const disputes = byRecord(await store.disputes(connection, 'opportunity', ids, 'open'));
  const credited = [...priors.values()].flatMap(({ attribution }) =>
    attribution ? partnersNamedBy(attribution) : [],
  );
  await loadPartners(from, [...rows, ...flat(registrations), ...flat(touches)], credited);

  return eachMade(rows, (row) => {
    const own = registrations.get(row.id) ?? [];
    const seen = touches.get(row.id) ?? [];
    const prior = priors.get(row.id) ?? {};
    const open = disputes.get(row.id) ?? [];
    const disputed = open.some(({ kind }) => kind === 'attribution');
    const opportunity = opportunityFact(row);
    const partnerIds = partnersOf([row, ...own, ...seen]);
    const firstPartner = from.partners.get(partnerIds.find((id) => !isReference(id)) ?? '');
    const ambiguous = partnerIds.flatMap((id) => named.ambiguous.get(id) ?? []);
    return {
      row,
      attribution: {
        opportunity,
        registrations: own.map(registrationFact),
        touches: seen.map(touchFact),
        partners: from.partners,
        ambiguous: named.ambiguous,
        rates: from.rates,
        prior: prior.attribution ?? null,
        firstSeenAt: row.firstSeenAt,
        disputed,
      },
      stale: {
        opportunity,
        stageChanges: changes.get(row.id) ?? [],
        partnerSegment: firstPartner?.segment ?? null,
        prior: prior.stale ?? null,
      },
      inputHash: hashOf([
        from.version,
        inputOf(row, from.engineKeys),
        own.map((r) => inputOf(r, none)),
        seen.map((t) => inputOf(t, none)),
        partnerIds.map((id) => from.partners.get(id) ?? null),
        ...(disputed ? ['disputed'] : []),
        ...(ambiguous.length > 0 ? [ambiguous] : []),
      ]),
      unnamed: unnamedOf(partnerIds, ambiguous),
      quarantined: [row, ...own, ...seen].some((r) => !r.deleted && problemKey in r.fields),
      owners: { priors: prior, disputes: open },
    };
  });
}

function* eachMade<T>(rows: MirrorRow[], make: (row: MirrorRow) => T): Iterable<T> {
  for (const row of rows) {
    yield make(row);
  }
}

/** Texts stay among the ids where they name no one partner. */
function unnamedOf(named: string[], ambiguous: string[]): OpportunityInputs['unnamed'] {
  if (ambiguous.length > 0) {
    return 'ambiguous';
  }
  return named.some(isReference) ? 'nobody' : null;
}

/** Inputs of partners, made likewise; their credits come from the slot's own attributions. */
export async function partnerInputs(
  from: FactSource,
  ids: string[],
): Promise<Iterable<PartnerInputs>> {
  const { store, connection, survivors } = from;
  const former = survivors.withFormer('partner', ids);
  const named = namedPartners(store, connection, survivors);
  const rows = await store.mirror(connection, 'partner', ids);
  const claims = await store.mirrorBy(connection, 'registration', 'partner', former);
  const registrations = groupBy(survivors.followed(await named.resolved(claims)), 'partner');
  const priors = await store.priorDecisions(connection, 'live', 'partner', ids);
  const disputes = byRecord(await store.disputes(connection, 'partner', ids, 'open'));
  const credits = new Map<string, Awaited<ReturnType<FactReads['credits']>>>();
  for (const credit of await store.credits(connection, from.slot, ids)) {
    credits.set(credit.partnerId, [...(credits.get(credit.partnerId) ?? []), credit]);
  }
  return eachMade(rows, (row) => {
    const own = registrations.get(row.id) ?? [];
    const earned = credits.get(row.id) ?? [];
    return {
      row,
      tier: {
        partner: partnerFact(row),
        credits: earned,
        registrations: own.map(registrationFact),
        prior: priors.get(row.id)?.tier ?? null,
        rates: from.rates,
      },
      inputHash: hashOf([
        from.version,
        inputOf(row, from.engineKeys),
        own.map((r) => inputOf(r, none)),
        earned,
      ]),
      quarantined: problemKey in row.fields,
      owners: { priors: priors.get(row.id) ?? {}, disputes: disputes.get(row.id) ?? [] },
    };
  });
}

/** The key under which the mirror keeps what could not be translated (one sentence). */
export const problemKey = '$problem';

const none: ReadonlySet<string> = new Set();

/** What of a row decides: not the engine's own fields, not who touched it last or when. */
function inputOf(row: MirrorRow, engineKeys: ReadonlySet<string>): unknown {
  const keys = Object.keys(row.fields)
    .filter((key) => !engineKeys.has(key))
    .sort();
  return [row.id, row.createdAt, row.deleted, keys.map((key) => [key, row.fields[key]])];
}

/** Those the rows name, and those the last decisions credit: a deleted one is named by nothing else. */
async function loadPartners(
  from: FactSource,
  rows: MirrorRow[],
  credited: string[],
): Promise<void> {
  const named = new Set([...partnersOf(rows), ...credited]);
  const missing = [...named].filter((id) => !from.partners.has(id));
  if (missing.length === 0) {
    return;
  }
  for (const row of await from.store.mirror(from.connection, 'partner', missing)) {
    from.partners.set(row.id, partnerFact(row));
  }
}

/** Partner ids the rows name, ascending, each once. */
function partnersOf(rows: MirrorRow[]): string[] {
  const ids = new Set<string>();
  for (const { fields } of rows) {
    for (const key of referring.partner) {
      const id = fields[key];
      if (typeof id === 'string') {
        ids.add(id);
      }
    }
  }
  return [...ids].sort();
}

function groupBy(rows: MirrorRow[], key: string): Map<string, MirrorRow[]> {
  const groups = new Map<string, MirrorRow[]>();
  for (const row of rows) {
    const id = row.fields[key];
    if (typeof id === 'string') {
      const group = groups.get(id);
      if (group) {
        group.push(row);
      } else {
        groups.set(id, [row]);
      }
    }
  }
  return groups;
}

function byRecord(rows: DisputeRow[]): Map<string, DisputeRow[]> {
  const groups = new Map<string, DisputeRow[]>();
  for (const row of rows) {
    groups.set(row.recordId, [...(groups.get(row.recordId) ?? []), row]);
  }
  return groups;
}

function flat(groups: Map<string, MirrorRow[]>): MirrorRow[] {
  return [...groups.values()].flat();
}
