/** What the cases of the contract are given: a sandbox, a connection, and hands in the CRM. */
import type { CallPriority } from '../../connectors/budget.ts';
import type { Connector, ProvisionField } from '../../connectors/connector.ts';

/** Values of a record in neutral words; the world knows the CRM's names for them. */
export interface NeutralRecord {
  name: string;
  amount?: number;
  closeDate?: string;
}

/** The CRM's names for what the suite reads and writes. */
export interface Names {
  opportunity: string;
  partner: string;
  name: string;
  amount: string;
  closeDate: string;
  stage: string;
  /** The name of an opportunity's owner, through the parent. */
  ownerName: string;
  /** A condition that is true for the opportunity named 'Alpha' only. */
  whereAlpha: string;
  /** An object and a field this CRM does not have. */
  noObject: string;
  noField: string;
  /** An id that could exist and does not. */
  noId: string;
}

/** Calls a budget was asked for, in order, between marks of what the CRM counted. */
export interface BudgetRecord {
  taken: CallPriority[];
}

/** A sandbox with one connection to it, and the hands of people and other systems in it. */
export interface ContractWorld {
  connector: Connector;
  names: Names;
  budget: BudgetRecord;
  /** Calls a window costs beside its pages: where deleted records are a list of their own. */
  callsBesidePages: number;
  /** Records one write call may carry: Salesforce 200, HubSpot 100. */
  rowsACall: number;
  /** Calls a fresh description costs. */
  callsADescription: number;
  /** Fields to provision: a checkbox, a text and a lookup on opportunities. */
  fields: { flag: ProvisionField; reason: ProvisionField; partner: ProvisionField };
  /** Another connection to the same account, with nothing remembered. */
  reopen(): Connector;
  /** A connection whose credentials are wrong. */
  openRefused(): Connector;
  /** Creates records at once, all with the same modified instant. */
  create(object: 'opportunity' | 'partner', records: NeutralRecord[]): string[];
  edit(object: 'opportunity' | 'partner', id: string, record: Partial<NeutralRecord>): void;
  remove(object: 'opportunity' | 'partner', ids: string[]): void;
  /** Merges partners; the id of the record that is left: the first's, or one of its own. */
  merge(survivor: string, merged: string): string;
  /** The record as the CRM has it now, in neutral words. */
  look(id: string): NeutralRecord | null;
  tasks(): { subject: string; open: boolean }[];
  /** The CRM's clock in ms, and moving it. */
  nowMs(): number;
  advance(ms: number): void;
  freeze(): void;
  /** Ends every session, as an administrator can. */
  revokeSessions(): void;
  /** Invalidates whatever the CRM remembers between two pages of one read. */
  forgetPaging(): void;
  /** Calls the CRM counted against the account, and logins it was asked for. */
  countedCalls(): number;
  logins(): number;
  /** Lets the account make so many more calls today. */
  leaveCalls(calls: number): void;
  /** Makes the CRM refuse a negative amount by a rule of its own. */
  forbidNegativeAmounts(): void;
  /** Takes from our user the permission to see provisioned fields. */
  hideProvisionedFields(): void;
  close(): Promise<void>;
}

/** One case of the suite. */
export interface ContractCase {
  name: string;
  run(world: ContractWorld): Promise<void>;
}
