/** Damage done on purpose before the last look: shows that the checks would see it. */
import type { Org } from '../../sandbox/salesforce/org.ts';
import { readFacts, rowsOf } from './crm-facts.ts';

/** A settled world that is about to be damaged. */
export interface Scene {
  org: Org;
  /** Calls of the CRM by the engine's own user pass through here. */
  send(method: string, path: string, body: unknown): Promise<void>;
}

/** One damage each; what it says, the checks must say too. */
export const spoils: Record<string, { says: RegExp; do(scene: Scene): Promise<void> }> = {
  'wrong-field': {
    says: /Partner_Attribution_Type__c is Fulfilled, right is/,
    async do({ org }) {
      const deal = readFacts(org).deals.find(({ isClosed }) => !isClosed)!;
      const engine = { userId: org.integrationUserId, via: 'rest', system: true };
      const wrong = { Id: deal.id, Partner_Attribution_Type__c: 'Fulfilled' };
      org.update('Opportunity', [wrong], engine);
    },
  },
  'sent-again': {
    says: /is sent once more/,
    async do({ org, send }) {
      const id = org
        .writeLog()
        .findLast((entry) => entry.object === 'Opportunity' && entry.via === 'rest')!.id;
      const { Partner_Attribution_Rule__c } = org.get('Opportunity', id)!;
      const record = { attributes: { type: 'Opportunity' }, id, Partner_Attribution_Rule__c };
      await send('PATCH', '/composite/sobjects', { records: [record] });
    },
  },
  'second-task': {
    says: /has two open tasks|its reason is over/,
    async do({ org }) {
      const deal =
        readFacts(org).deals.find(({ isClosed }) => isClosed) ?? readFacts(org).deals[0]!;
      const Subject = 'Stale in Proposal since ever';
      const task = { WhatId: deal.id, Subject, Status: 'Not Started', Priority: 'Normal' };
      org.insert('Task', [task, task], org.admin);
    },
  },
  'lost-record': {
    says: /is in the CRM and not in the mirror/,
    async do({ org }) {
      const partner = rowsOf(org, 'Account').find((row) => row['Type'] === 'Partner')!;
      const touch = { Partner__c: partner['Id'], Kind__c: 'Account overlap' };
      org.insert('Partner_Touch__c', [touch as never], org.admin);
    },
  },
};
