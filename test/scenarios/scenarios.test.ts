/**
 * Every tricky case of domain.md section 6, through pull, decide and write on Salesforce and on
 * HubSpot: what the CRMs show must be what the case says, and the same on both.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { notYet, scenarios } from './cases/all.ts';
import { days, nameOf, type Outcome, type Scenario } from './scenario.ts';
import type { Seen } from './world/read-back.ts';
import { type Played, play, type When } from './world/run.ts';

const limitMs = 300_000;
jest.setTimeout(limitMs);

let played: Played;

beforeAll(async () => {
  played = await play(scenarios);
}, limitMs);

function mayDiffer(name: string, field: string): boolean {
  const one = scenarios.find((scenario) => nameOf(scenario) === name);
  return one?.mayDiffer?.fields.some((key) => key === field) ?? false;
}

/** The policy's version in the sandbox (mappings/policies/sandbox.yaml). */
const version = '2026.1';

test.each(scenarios.map((one) => ({ name: nameOf(one), one })))('$name', ({ one }) => {
  check(one, 'first', one.shows);
  for (const { on, shows } of one.later ?? []) check(one, on, shows);
});

test('case 48: Own write triggers change event: the next sync writes nothing', () => {
  expect(played.writesWhenQuiet).toEqual({ salesforce: 0, hubspot: 0 });
});

describe('what is decided later', () => {
  for (const { case: number, title, because } of notYet) {
    test.skip(`case ${number}: ${title} (not yet: ${because})`, () => {});
  }
});

test('each of the 55 cases is stated, or says why not yet', () => {
  const stated = new Set([48, ...[...scenarios, ...notYet].map((one) => one.case)]);
  const missing = Array.from({ length: 55 }, (_, n) => n + 1).filter((n) => !stated.has(n));

  expect(missing).toEqual([]);
  expect(new Set(scenarios.map(nameOf)).size).toBe(scenarios.length);
});

test.each(['first', ...(Object.keys(days) as When[])] as When[])(
  'after the sync of %s every opportunity shows the same on both CRMs',
  (when) => {
    const { salesforce, hubspot } = played.seen.get(when)!;
    // HubSpot has fewer in the end: one deal was merged into another (case 16).
    const differing = [...hubspot.opportunities].flatMap(([name, other]) => {
      const shown = salesforce.opportunities.get(name) ?? {};
      return Object.keys({ ...shown, ...other })
        .filter((field) => shown[field] !== other[field] && !mayDiffer(name, field))
        .map((field) => ({ name, field, salesforce: shown[field], hubspot: other[field] }));
    });

    expect(differing).toEqual([]);
    expect([...hubspot.tasks].sort()).toEqual([...salesforce.tasks].sort());
    expect([...hubspot.partners].sort()).toEqual([...salesforce.partners].sort());
  },
);

test('what may differ between the CRMs does, and only then is excused', () => {
  const excused = scenarios.filter(({ mayDiffer: given }) => given !== undefined);
  const alike = excused.flatMap((one) =>
    one.mayDiffer!.fields.filter((field) =>
      [...played.seen.values()].every(
        ({ salesforce, hubspot }) =>
          salesforce.opportunities.get(nameOf(one))?.[field] ===
          hubspot.opportunities.get(nameOf(one))?.[field],
      ),
    ),
  );

  expect(excused.length).toBeGreaterThan(0);
  expect(alike).toEqual([]);
});

test('case 27: a rate of six decimals moves a corporate amount by no more than it is inexact', () => {
  const name = nameOf(scenarios.find(({ given }) => given.deal.currency === 'JPY')!);
  const { salesforce, hubspot } = played.seen.get('first')!;
  const corporate = (seen: Seen) => Number(seen.opportunities.get(name)?.['credited_amount_corp']);
  const amount = Number(hubspot.opportunities.get(name)?.['credited_amount']);

  const apart = Math.abs(corporate(salesforce) - corporate(hubspot));
  expect(amount).toBe(8_400_000);
  expect(apart).toBeGreaterThan(0);
  expect(apart).toBeLessThanOrEqual(amount * 0.0000005 + 0.01);
});

type Crm = 'salesforce' | 'hubspot';

/** What both CRMs showed at that time is what the case says. */
function check(one: Scenario, when: When, shows: Outcome): void {
  for (const crm of ['salesforce', 'hubspot'] as const) {
    const seen = played.seen.get(when)![crm];
    expect({ crm, when, ...shownOf(one, seen, crm, shows) }).toEqual({
      crm,
      when,
      ...expectedOf(crm, shows),
    });
  }
}

/** Only what the case speaks of. */
function shownOf(one: Scenario, seen: Seen, crm: Crm, shows: Outcome) {
  const name = nameOf(one);
  const shown = seen.opportunities.get(name) ?? {};
  const { attribution, partner } = shows;
  const wanted = Object.keys(expectedFields(shows));
  const held = seen.quarantined.get(name) ?? null;
  const failed = seen.failures.get(name) ?? null;
  return {
    ...(attribution === undefined ? {} : { fields: pick(shown, wanted) }),
    ...(attribution?.credits ? { credits: seen.credits.get(name) } : {}),
    ...(shows.stale === undefined ? {} : { stale: shown['stale'] }),
    ...(partner
      ? { partner: pick(seen.partners.get(partner.name) ?? {}, Object.keys(partner.fields)) }
      : {}),
    ...(shows.tasks ? { tasks: seen.tasks.get(partner?.name ?? name) ?? [] } : {}),
    ...(shows.taskBody === undefined ? {} : { taskBody: bodyIn(seen, name, shows.taskBody) }),
    ...(shows.apart ? { apart: pick(shown, Object.keys(shows.apart[crm])) } : {}),
    ...(shows.storm ? { storm: stormIn(seen, name, shows.storm.summary) } : {}),
    ...(shows.quarantine === undefined ? {} : { quarantine: told(held, shows.quarantine?.[crm]) }),
    ...(shows.failure === undefined ? {} : { failure: told(failed, shows.failure?.[crm]) }),
  };
}

function expectedOf(crm: Crm, shows: Outcome) {
  const { attribution, stale, partner, tasks, taskBody, apart, storm, quarantine, failure } = shows;
  return {
    ...(attribution === undefined ? {} : { fields: expectedFields(shows) }),
    ...(attribution?.credits ? { credits: [...attribution.credits].sort() } : {}),
    ...(stale === undefined ? {} : { stale }),
    ...(partner ? { partner: partner.fields } : {}),
    ...(tasks ? { tasks: [...tasks].sort() } : {}),
    ...(taskBody === undefined ? {} : { taskBody }),
    ...(apart ? { apart: apart[crm] } : {}),
    ...(storm ? { storm } : {}),
    ...(quarantine === undefined ? {} : { quarantine: quarantine?.[crm] ?? null }),
    ...(failure === undefined ? {} : { failure: failure?.[crm] ?? null }),
  };
}

/** The wanted part of a body where one has it; else all of them. */
function bodyIn(seen: Seen, name: string, part: string): string {
  const bodies = seen.taskBodies.get(name) ?? [];
  return bodies.some((body) => body.includes(part)) ? part : bodies.join('\n');
}

function stormIn(seen: Seen, name: string, summary: string | null) {
  const own = [...seen.tasks].filter(([about]) => about.startsWith(name));
  const summaries = seen.tasks.get('') ?? [];
  const found = summary === null || summaries.includes(summary) ? summary : summaries.join('\n');
  return { tasks: own.flatMap(([, subjects]) => subjects).length, summary: found };
}

/** The part of a sentence a case names, where the sentence has it; else the whole sentence. */
function told(sentence: string | null, part: string | undefined): string | null {
  return part !== undefined && sentence?.includes(part) ? part : sentence;
}

/** Every field an attribution consists of; nobody is credited unless the case says so. */
function expectedFields({ attribution, apart }: Outcome): Record<string, unknown> {
  if (!attribution) {
    return { attribution_type: null, attribution_reason: null, sourcing_partner: null };
  }
  const { type, status, rule, sentence, sourcedBy, influencedBy = [], fields } = attribution;
  const names = influencedBy.join('; ') || null;
  const all = {
    attribution_type: type,
    attribution_status: status,
    attribution_rule: `${rule}@${version}`,
    attribution_reason: `${sentence} Rule ${rule}.`,
    partner_sourced: type === 'Sourced',
    partner_influenced: influencedBy.length > 0,
    sourcing_partner: sourcedBy ?? null,
    sourcing_partner_name: sourcedBy ?? null,
    influencing_partners: names,
    influencing_labels: names,
    ...fields,
  };
  const elsewhere = Object.keys(apart?.salesforce ?? {});
  return Object.fromEntries(Object.entries(all).filter(([key]) => !elsewhere.includes(key)));
}

function pick(shown: Record<string, unknown>, keys: string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, shown[key]]));
}
