/** What users can do in a CRM, whichever it is. */
import type { Value } from '../scenario.ts';

export type HandledObject = 'opportunity' | 'registration' | 'partner';
export type Values = Partial<Record<string, Value>>;

/** One CRM in the hands of its users. Records go by name; each throws where the CRM refuses. */
export interface Hands {
  edit(object: HandledObject, name: string, values: Values): void;
  merge(object: HandledObject | 'customer', gone: string, into: string): void;
  removePartner(name: string): void;
  lock(opportunity: string, locked: boolean): void;
  /** An admin's rule that refuses every write of others to the opportunity, with this message. */
  refuse(opportunity: string, message: string | null): void;
  addRegistrationState(state: string): void;
}
