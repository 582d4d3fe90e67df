/** Owners: HubSpot's users as records name them, active and deactivated ones. */
import type { CallPriority } from '../budget.ts';
import type { CrmRecord, CrmValue, FieldDescription, ObjectDescription } from '../connector.ts';
import type { HubSpotApi } from './api.ts';
import { malformedResponse, refusal } from './errors.ts';

/** The name by which mappings read owners as an object. */
export const ownersObject = 'owners';

/** An owner as the API gives it; a deactivated one has no user id of its own any more. */
export interface Owner {
  id: string;
  email?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  userId?: number | null;
  userIdIncludingInactive?: number | null;
  createdAt: string;
  updatedAt: string;
  archived: boolean;
}

const pageSize = 500;
/** Names beside records may be so old; the owners themselves are read afresh. */
const keptForMs = 300_000;

/** What each field of an owner is. */
const fields: Record<string, [kind: FieldDescription['kind'], read: (owner: Owner) => CrmValue]> = {
  id: ['id', ({ id }) => id],
  name: [
    'text',
    ({ firstName, lastName, email }) =>
      [firstName, lastName].filter(Boolean).join(' ') || (email ?? null),
  ],
  first_name: ['text', ({ firstName }) => firstName ?? null],
  last_name: ['text', ({ lastName }) => lastName ?? null],
  email: ['text', ({ email }) => email ?? null],
  is_active: ['boolean', ({ archived }) => !archived],
  user_id: ['id', (owner) => userIdOf(owner)],
};

/** One value of an owner; undefined where there is no such field. */
export function ownerValue(owner: Owner, field: string): CrmValue | undefined {
  return fields[field]?.[1](owner);
}

/** The id under which the owner's changes are recorded. */
export function userIdOf({ userId, userIdIncludingInactive }: Owner): string | null {
  const id = userId ?? userIdIncludingInactive ?? null;
  return id === null ? null : String(id);
}

/** Who changed a record, by the owner's id where the user is one: people are known as owners. */
export function authorOf(userId: string, owner: Owner | undefined): string {
  if (owner) return owner.id;
  return userId === '' ? '' : `user:${userId}`;
}

/** The owners as an object of the mapping; HubSpot has no properties of them to describe. */
export const ownersDescription: ObjectDescription = {
  name: ownersObject,
  label: 'Owner',
  creatable: false,
  updatable: false,
  deletable: false,
  fields: new Map(
    Object.entries(fields).map(([name, [kind]]) => [
      name,
      {
        name,
        label: name,
        kind,
        vendorType: 'owner',
        length: null,
        scale: null,
        picklist: null,
        restricted: false,
        readable: true,
        writable: false,
        externalId: false,
        unique: name === 'email',
        calculated: false,
        referenceTo: [],
      },
    ]),
  ),
};

/** Reads owners, whole lists at a time: an account has hundreds, not millions. */
export class OwnerDirectory {
  private readonly api: HubSpotApi;
  private readonly now: () => number;
  private kept: { at: number; owners: Promise<Map<string, Owner>> } | null = null;

  constructor(api: HubSpotApi, now: () => number) {
    this.api = api;
    this.now = now;
  }

  /** By owner id, at most five minutes old. */
  byId(): Promise<Map<string, Owner>> {
    if (this.kept && this.now() - this.kept.at < keptForMs) return this.kept.owners;
    const owners = this.all(3).then((all) => new Map(all.map((owner) => [owner.id, owner])));
    this.kept = { at: this.now(), owners };
    owners.catch(() => {
      this.kept = null;
    });
    return owners;
  }

  /** As records of a mapping, read afresh. Throws 'invalid-field' for what owners do not have. */
  async records(
    asked: string[],
    context: { priority: CallPriority; signal?: AbortSignal },
  ): Promise<CrmRecord[]> {
    const missing = asked.filter((name) => !(name in fields));
    if (missing.length > 0) {
      throw refusal(
        'invalid-field',
        { operation: 'read owners', object: ownersObject, code: 'INVALID_FIELD', fields: missing },
        `HubSpot owners have no ${missing.join(', ')}. Map one of ${Object.keys(fields).join(', ')}.`,
      );
    }
    const owners = await this.all(context.priority, context.signal);
    return owners.map((owner) => ({
      id: owner.id,
      createdAt: owner.createdAt,
      modifiedAt: owner.updatedAt,
      modifiedBy: null,
      deleted: false,
      mergedInto: null,
      values: Object.fromEntries(asked.map((name) => [name, ownerValue(owner, name) ?? null])),
    }));
  }

  private async all(priority: CallPriority, signal?: AbortSignal): Promise<Owner[]> {
    const lists: Owner[][] = [];
    for (const archived of ['false', 'true'])
      lists.push(await this.list(archived, priority, signal));
    return lists.flat();
  }

  private async list(
    archived: string,
    priority: CallPriority,
    signal?: AbortSignal,
  ): Promise<Owner[]> {
    const owners: Owner[] = [];
    for (let after = ''; ; ) {
      const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
      const page = await this.api.call<OwnerPage>({
        method: 'GET',
        path: `${this.api.paths.owners}?limit=${pageSize}&archived=${archived}${from}`,
        operation: 'read owners',
        priority,
        ...(signal ? { signal } : {}),
      });
      if (!Array.isArray(page?.results)) throw malformedResponse({ operation: 'read owners' });
      owners.push(...page.results);
      const next = page.paging?.next?.after ?? '';
      if (next === '' || next === after) return owners;
      after = next;
    }
  }
}

interface OwnerPage {
  results?: Owner[];
  paging?: { next?: { after?: string } };
}
