import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideStale, type StageChange, type StaleFacts } from '../../rules/stale-stage.ts';
import { fromMs } from '../../rules/time.ts';
import { anOpportunity, aPolicy, type OpportunityBuilder, utc } from '../support/facts.ts';

const policy = aPolicy();

function facts(builder: OpportunityBuilder, change: Partial<StaleFacts> = {}): StaleFacts {
  const { opportunity } = builder.build();
  return { opportunity, stageChanges: [], partnerSegment: null, prior: null, ...change };
}

function changes(...entries: [stage: string, at: string][]): StageChange[] {
  return entries.map(([stage, at]) => ({ stage, at: utc(at) }));
}

const negotiation = () => anOpportunity().inStage('Negotiation').since('2026-03-03T09:14');

test('an opportunity is stale from exactly its limit in days x 24 hours on', () => {
  const before = decideStale(facts(negotiation()), policy, utc('2026-03-24T09:13'));
  const after = decideStale(facts(negotiation()), policy, utc('2026-03-24T09:14'));

  expect(before.fields).toEqual({ stale: false });
  expect(before.dueAt).toBe(utc('2026-03-24T09:14'));
  expect(before.alert).toBeNull();
  expect(before.reason).toBe(
    'In Negotiation since 3 Mar 2026 09:14Z (limit 21 days, reached 24 Mar 2026 09:14Z): not stale.',
  );
  expect(after.fields).toEqual({ stale: true });
  expect(after.dueAt).toBeNull();
  expect(after.reason).toBe(
    'In Negotiation since 3 Mar 2026 09:14Z (limit 21 days, passed 24 Mar 2026 09:14Z): stale.',
  );
});

test('the alert is for the owner, since the instant it became stale', () => {
  const decision = decideStale(facts(negotiation()), policy, utc('2026-05-01'));

  expect(decision.alert).toEqual({
    kind: 'stale',
    since: utc('2026-03-24T09:14'),
    ownerId: 'U-ae',
    subject: 'Stale in Negotiation since 3 Mar 2026 09:14Z: Globex rollout',
    body:
      'In Negotiation since 3 Mar 2026 09:14Z (limit 21 days, passed 24 Mar 2026 09:14Z): stale. ' +
      'Move it on, close it, or say in the next step what it waits for.',
  });
});

test.each([
  { stage: 'Proposal', segment: null, days: 30, why: 'the default' },
  { stage: 'Proposal', segment: 'strategic', days: 14, why: 'the segment, without case' },
  { stage: 'negotiation', segment: 'Strategic', days: 21, why: 'the stage before the segment' },
  { stage: 'constructor', segment: 'toString', days: 30, why: 'no accident of the language' },
])('the limit of $stage and segment $segment is $days days: $why', ({ stage, segment, days }) => {
  const opportunity = anOpportunity().inStage(stage).since('2026-03-01');
  const decision = decideStale(
    facts(opportunity, { partnerSegment: segment }),
    policy,
    utc('2026-03-02'),
  );

  expect(decision.dueAt).toBe(fromMs(Date.UTC(2026, 2, 1 + days)));
});

test('closed opportunities and ignored stages are never stale', () => {
  const onHold = decideStale(
    facts(anOpportunity().inStage('on hold').since('2020-01-01')),
    policy,
    utc('2026-05-01'),
  );
  const closed = decideStale(facts(anOpportunity().won('2020-01-01')), policy, utc('2026-05-01'));

  expect(onHold.fields).toEqual({ stale: false });
  expect(onHold.reason).toBe(
    'In on hold since 1 Jan 2020 00:00Z: the policy does not count this stage.',
  );
  expect(onHold.dueAt).toBeNull();
  expect(closed.fields).toEqual({ stale: false });
  expect(closed.reason).toBe('Closed in Closed Won: never stale.');
  expect(closed.dueAt).toBeNull();
});

test.each([
  {
    why: "the CRM's stage date",
    entered: '2026-03-10',
    seen: changes(['Proposal', '2026-03-05']),
    text: "Stage entered, from the CRM's stage date.",
    at: '2026-03-10',
  },
  {
    why: 'the last change the mirror saw',
    entered: null,
    seen: changes(['Proposal', '2026-03-05'], ['Qualify', '2026-03-02']),
    text: 'Stage entered, from the last change of stage that was seen.',
    at: '2026-03-05',
  },
  {
    why: 'the creation',
    entered: null,
    seen: [],
    text: 'Stage entered, from its creation, for no change of stage is known.',
    at: '2026-03-01T10:00',
  },
])('the stage counts from $why, and the evidence says so', ({ entered, seen, text, at }) => {
  const stageEnteredAt = entered === null ? null : utc(entered);
  const decision = decideStale(
    facts(anOpportunity().with({ stageEnteredAt }), { stageChanges: seen }),
    policy,
    utc('2026-03-20'),
  );

  expect(decision.evidence[0]).toEqual({ kind: 'opportunity', id: 'O-1', at: utc(at), text });
});

test('case 43: a deal moved back and forth is flagged', () => {
  const bounced = changes(
    ['Qualify', '2026-01-01'],
    ['Proposal', '2026-01-05'],
    ['Qualify', '2026-02-01'],
    ['Proposal', '2026-03-01'],
  );
  const opportunity = anOpportunity().since('2026-03-01');
  const decision = decideStale(
    facts(opportunity, { stageChanges: bounced }),
    policy,
    utc('2026-03-31'),
  );

  expect(decision.reason).toBe(
    'In Proposal since 1 Mar 2026 00:00Z (limit 30 days, passed 31 Mar 2026 00:00Z): stale. ' +
      'It returned to an earlier stage 2 times.',
  );
  const once = decideStale(
    facts(opportunity, { stageChanges: bounced.slice(0, 3) }),
    policy,
    utc('2026-03-31'),
  );
  expect(once.reason).not.toContain('returned');
});

test('case 44: a close date pushed three times is flagged, twice is not', () => {
  const reason = (pushCount: number) =>
    decideStale(
      facts(anOpportunity().since('2026-03-01').with({ pushCount })),
      policy,
      utc('2026-03-31'),
    ).reason;

  expect(reason(3)).toContain(' Its close date was pushed 3 times.');
  expect(reason(2)).not.toContain('pushed');
});

test('nothing but stage facts decides: a write of ours resets no clock', () => {
  const quiet = facts(negotiation());
  const written = facts(
    negotiation().with({ lastActivityAt: utc('2026-04-30'), amount: '5', ownerId: 'U-2' }),
  );
  const now = utc('2026-05-01');

  expect(decideStale(written, policy, now).reason).toBe(decideStale(quiet, policy, now).reason);
});

test('until dueAt the decision stands, and from it on it is stale', () => {
  const at = fc.integer({ min: 0, max: 4_000 }).map((h) => fromMs(Date.UTC(2026, 0, 1, h)));
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      at,
      at,
      share,
      fc.constantFrom('Proposal', 'Negotiation', 'On Hold'),
      (entered, now, part, stage) => {
        const given = facts(anOpportunity().inStage(stage).with({ stageEnteredAt: entered }));
        const first = decideStale(given, policy, now);
        const last = Date.parse(first.dueAt ?? '2030-01-01T00:00:00.000Z') - 1;
        const between = fromMs(Date.parse(now) + Math.floor(part * (last - Date.parse(now))));

        expect(decideStale(given, policy, between)).toEqual(first);
        if (first.dueAt !== null) {
          expect(first.fields).toEqual({ stale: false });
          expect(decideStale(given, policy, first.dueAt).fields).toEqual({ stale: true });
        }
      },
    ),
    { numRuns: 500 },
  );
});
