/** What people and other programs do in the CRM between and during runs, drawn from the seed. */
import type { RecordInput } from '../../sandbox/salesforce/dml/save.ts';
import type { Actor, Org } from '../../sandbox/salesforce/org.ts';
import { type Random, random } from '../../sandbox/seed/random.ts';
import { id } from '../support/small-company.ts';
import { dayMs, openStages, partnerCount, touchKinds } from './company.ts';
import { type Deal, readFacts, rowsOf } from './crm-facts.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Kinds of edits and how often each is drawn. */
const kinds = {
  amount: 4,
  stage: 4,
  close: 2,
  touch: 4,
  untouch: 1,
  approve: 3,
  reject: 1,
  register: 2,
  opportunity: 1,
  remove: 1,
  restore: 1,
  rename: 1,
  owner: 1,
  offboard: 1,
  merge: 0.3,
  engineField: 5,
  automation: 2,
} as const;
export type EditKind = keyof typeof kinds;

/** Engine fields that are edited, each with values a person might set. */
const engineFields: Record<string, unknown[]> = {
  Partner_Sourced__c: [true, false],
  Partner_Attribution_Type__c: ['Direct', 'Influenced', 'Sourced'],
  Partner_Attribution_Reason__c: ['I know better.', null],
  Sourcing_Partner__c: [null, id.account(1), id.account(2)],
  Partner_Deal_Stale__c: [true, false],
};

/** Edits of one seed. What the oracle cannot judge from the final facts alone is not drawn. */
export class People {
  readonly #org: Org;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #trace: (line: string) => void;
  /** How often each kind was done. */
  readonly done: Partial<Record<EditKind, number>> = {};
  /** Partners merged away, and those that took them in. */
  readonly merged: string[] = [];
  readonly #everOffboarded = new Set<string>();
  readonly #editsEngineFields: boolean;
  /** Whether a partner got another name: what is locked keeps the old one. */
  renamed = false;
  #names = 0;

  /** `editsEngineFields` false: a seed with undo, whose holds and edits would mix. */
  constructor(
    seed: number,
    org: Org,
    time: VirtualTime,
    editsEngineFields: boolean,
    trace: (line: string) => void,
  ) {
    this.#org = org;
    this.#editsEngineFields = editsEngineFields;
    this.#time = time;
    this.#random = random(seed, 'simulation/people');
    this.#trace = trace;
  }

  /** One edit; now and then its transaction commits late, stamped before it can be seen. */
  edit(): void {
    const kind = this.#random.weighted(kinds);
    const lateMs = this.#random.chance(0.15) ? this.#random.int(1, 50) * 1_000 : 0;
    const said = this.#org.transaction(() => {
      if (lateMs > 0) {
        this.#org.commitLate(lateMs);
      }
      return this.#do(kind);
    });
    if (said === null) {
      return;
    }
    this.done[kind] = (this.done[kind] ?? 0) + 1;
    this.#trace(`    ${kind}: ${said}${lateMs > 0 ? `, visible ${lateMs / 1000} s later` : ''}`);
  }

  /** Somebody sales people know; never the engine. */
  get #person(): Actor {
    return { userId: id.user(this.#random.int(1, 2)), via: 'page', system: true };
  }

  #do(kind: EditKind): string | null {
    const { deals } = readFacts(this.#org);
    const open = deals.filter(({ isClosed }) => !isClosed);
    const deal = open.length === 0 ? null : this.#random.pick(open);
    switch (kind) {
      case 'opportunity':
        return this.#newOpportunity();
      case 'restore':
        return this.#restore();
      case 'offboard':
        return this.#offboard();
      case 'merge':
        return this.#merge();
      case 'rename':
        return this.#rename();
      default:
        return deal === null ? null : this.#editDeal(kind, deal);
    }
  }

  #editDeal(kind: EditKind, deal: Deal): string | null {
    switch (kind) {
      case 'amount':
        return this.#set(deal, { Amount: this.#random.pick([null, 0, 750, 12_000.5, 99_000]) });
      case 'stage':
        return this.#set(deal, { StageName: this.#random.pick(openStages) });
      case 'owner':
        return this.#set(deal, { OwnerId: id.user(this.#random.int(1, 3)) });
      case 'close':
        return this.#close(deal);
      case 'touch':
        return this.#insert('Partner_Touch__c', {
          Opportunity__c: deal.id,
          Partner__c: this.#partner(),
          Kind__c: this.#random.pick(touchKinds),
          At__c: this.#ago(this.#random.pick([0, 2, 40, 150])),
        });
      case 'untouch':
        return this.#delete('Partner_Touch__c', this.#random.pick([...deal.touches, null])?.id);
      case 'approve':
      case 'reject':
        return this.#decideClaim(deal, kind === 'approve');
      case 'register':
        return this.#register(deal);
      case 'remove':
        return this.#delete('Opportunity', deal.id);
      default:
        return this.#editEngineField(deal, kind === 'automation');
    }
  }

  #editEngineField(deal: Deal, asUs: boolean): string | null {
    if (!this.#editsEngineFields) {
      return null;
    }
    const field = this.#random.pick(Object.keys(engineFields));
    const value = this.#random.pick(engineFields[field]!);
    const us = { userId: this.#org.integrationUserId, via: 'control', system: true };
    return this.#set(deal, { [field]: value }, asUs ? us : this.#person);
  }

  /** Not where a partner was ever off-boarded: what waits for it then is memory, not a fact. */
  #close(deal: Deal): string | null {
    const isHard = partnersOf(deal).some((one) => this.#everOffboarded.has(one));
    const StageName = this.#random.pick(['Closed Won', 'Closed Lost']);
    return isHard ? null : this.#set(deal, { StageName, Loss_Reason__c: 'Price' });
  }

  #decideClaim(deal: Deal, approve: boolean): string | null {
    const claim = this.#random.pick([...deal.claims, null]);
    if (claim === null) {
      return null;
    }
    const until = new Date(this.#time.now() + 90 * dayMs).toISOString().slice(0, 10);
    const values = approve
      ? { Status__c: 'Approved', Protection_Expiration_Date__c: until }
      : { Status__c: this.#random.pick(['Rejected', 'Revoked', 'Withdrawn']) };
    const Decided_At__c = this.#ago(0);
    return this.#update('Deal_Registration__c', { Id: claim.id, Decided_At__c, ...values });
  }

  #register(deal: Deal): string | null {
    const before = deal.created - this.#random.int(1, 20) * dayMs;
    const submitted = this.#random.chance(0.5) ? new Date(before).toISOString() : this.#ago(0);
    return this.#insert('Deal_Registration__c', {
      Opportunity__c: deal.id,
      Partner__c: this.#partner(),
      Status__c: 'Submitted',
      Submitted_At__c: submitted,
    });
  }

  #newOpportunity(): string | null {
    this.#names += 1;
    return this.#insert('Opportunity', {
      Name: `New deal ${this.#names}`,
      AccountId: id.account(10),
      OwnerId: id.user(this.#random.int(1, 2)),
      StageName: this.#random.pick(openStages),
      Amount: this.#random.int(1, 50) * 1_000,
      CloseDate: new Date(this.#time.now() + 40 * dayMs).toISOString().slice(0, 10),
    });
  }

  /** Out of the recycle bin: an opportunity that nobody had closed. */
  #restore(): string | null {
    const binned = this.#org
      .query('SELECT Id FROM Opportunity WHERE IsDeleted = true AND IsClosed = false', {
        all: true,
      })
      .map(({ Id }) => String(Id));
    const one = this.#random.pick([...binned, null]);
    if (one === null) {
      return null;
    }
    const [result] = this.#org.undelete([one], this.#person);
    return result?.success ? one : null;
  }

  #offboard(): string | null {
    const status = this.#random.pick(['Active', 'Off-boarded', 'Inactive']);
    const one = this.#partner();
    if (status === 'Off-boarded') {
      this.#everOffboarded.add(one);
    }
    return this.#update('Account', { Id: one, Partner_Status__c: status });
  }

  #merge(): string | null {
    const [masterId, duplicate] = [this.#partner(), this.#partner()];
    if (masterId === duplicate || this.merged.length > 0) {
      return null;
    }
    const merge = { masterId, duplicateIds: [duplicate] };
    const result = this.#org.merge('Account', merge, this.#org.admin);
    if (!result.success) {
      return null;
    }
    this.merged.push(masterId, duplicate);
    if (this.#everOffboarded.has(duplicate)) {
      this.#everOffboarded.add(masterId);
    }
    return `${duplicate} into ${masterId}`;
  }

  #rename(): string | null {
    this.#names += 1;
    this.renamed = true;
    return this.#update('Account', { Id: this.#partner(), Name: `Partner ${this.#names}` });
  }

  /** A partner there is. */
  #partner(): string {
    const there = rowsOf(this.#org, 'Account').filter((row) => row['Type'] === 'Partner');
    return String(this.#random.pick(there)['Id'] ?? id.account(partnerCount));
  }

  #ago(days: number): string {
    return new Date(this.#time.now() - days * dayMs - 1_000).toISOString();
  }

  #set(deal: Deal, values: RecordInput, by = this.#person): string | null {
    return this.#update('Opportunity', { Id: deal.id, ...values }, by);
  }

  #update(object: string, values: RecordInput, by = this.#person): string | null {
    const [result] = this.#org.update(object, [values], by);
    return result?.success ? `${object} ${JSON.stringify(values)}` : null;
  }

  #insert(object: string, values: RecordInput): string | null {
    const [result] = this.#org.insert(object, [values], this.#person);
    return result?.success ? `${object} ${result.id} ${JSON.stringify(values)}` : null;
  }

  #delete(object: string, one: string | undefined): string | null {
    if (one === undefined) {
      return null;
    }
    const [result] = this.#org.delete(object, [one], this.#person);
    return result?.success ? `${object} ${one}` : null;
  }
}

function partnersOf(deal: Deal): string[] {
  const named = [deal.referralPartner, deal.partnerOfRecord, deal.originPartner];
  const acting = [...deal.claims, ...deal.touches].map(({ partner }) => partner);
  return [...acting, ...named.filter((one) => one !== null)];
}
