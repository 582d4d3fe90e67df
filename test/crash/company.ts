/** The company of the crash tests, and what happens in it day by day: the same in every org. */
import type { Dataset } from '../../sandbox/dataset.ts';
import { id, type SmallCompany, smallCompany } from '../support/small-company.ts';

/** The days of the story, the first with the first apply. */
export const days = 10;
const dayMs = 86_400_000;

/** Noon of today: so far from midnight that no run sees a date change. */
export const noon = Date.parse(`${new Date().toISOString().slice(0, 10)}T12:00:00.000Z`);

/** Two opportunities fall stale each day, the others are there to be edited. */
export const story: SmallCompany = {
  opportunities: Array.from({ length: 48 }, (_, i) => i + 1).map((n) => ({
    n,
    inStage: n <= 2 * days ? 31.5 - Math.ceil(n / 2) : 2,
    owner: 1 + (n % 2),
    amount: 1_000 * n,
  })),
  registrations: [{ n: 1, partner: 1, opportunity: 41 }],
  touches: [{ n: 1, partner: 2, opportunity: 42 }],
};

/** The story's company as an org. */
export const company = (): Dataset => smallCompany(story, noon);

/** A change somebody makes in the org, in the words of the sandbox's control plane. */
export interface Edit {
  operation: 'insert' | 'update';
  object: string;
  records: Record<string, string | number | boolean | null>[];
}

/** What people do on a day. */
export function editsOf(day: number): Edit[] {
  const at = new Date(noon + day * dayMs - 3_600_000).toISOString();
  const update = (n: number, values: Record<string, string | number>): Edit => ({
    operation: 'update',
    object: 'Opportunity',
    records: [{ Id: id.opportunity(n), ...values }],
  });
  const touch: Edit = {
    operation: 'insert',
    object: 'Partner_Touch__c',
    records: [
      {
        Partner__c: id.account(1 + (day % 3)),
        Opportunity__c: id.opportunity(20 + day),
        Kind__c: 'Discovery',
        At__c: at,
      },
    ],
  };
  return [
    touch,
    // Stale since the day before last, now moved on: the flag goes, the task is closed.
    ...(day > 2 ? [update(2 * (day - 2), { StageName: 'Negotiation' })] : []),
    update(30 + day, { Amount: 7_000 + day }),
    ...(day % 3 === 0 ? [update(20 + day - 1, { StageName: 'Closed Won' })] : []),
  ];
}
