/**
 * T18 by construction: `npm run types` fails here when an activity or a message of the workflows
 * takes or gives anything but ids, counts, states, instants and sentences: no list without a
 * bound, no record's fields, nothing of an unknown shape. Sentences and ids are bounded where they
 * are made (workflows/failure.ts, workflows/owner-messages.ts); payloads.test.ts adds them up.
 */
import type { Activities, ChangedIds } from '../../activities/contract.ts';
import type {
  CheckMappingInput,
  CheckMappingResult,
  JobInput,
  JobRequest,
  JobResult,
  JobTicket,
  OwnerInput,
  OwnerStatus,
} from '../../workflows/messages.ts';

type Plain = string | number | boolean | null | undefined;

/** T itself where it is small by its shape; `never` in the place where it is not. */
type Small<T> = unknown extends T
  ? never
  : T extends Plain
    ? T
    : T extends ChangedIds
      ? // Ids alone, and never more than workflows/changes.ts lets through.
        T
      : T extends readonly unknown[] | ((...args: never[]) => unknown)
        ? never
        : T extends object
          ? string extends keyof T
            ? // Counts by name: the names are those of counters in the code.
              T extends Record<string, number>
              ? T
              : never
            : { [K in keyof T]: Small<T[K]> }
          : never;

type IsSmall<T> = [T] extends [Small<T>] ? true : false;

/** Names of the members of T that are not small. */
type Large<T> = { [K in keyof T]-?: IsSmall<T[K]> extends true ? never : K }[keyof T];

/** Nothing at all is small. */
// biome-ignore lint/suspicious/noConfusingVoidType: what an activity without a result gives.
type Result<T> = [T] extends [void] ? null : T;

type Calls = {
  [K in keyof Activities]: {
    input: Parameters<Activities[K]>[0];
    result: Result<Awaited<ReturnType<Activities[K]>>>;
  };
};

interface Messages {
  requestJob: [JobRequest, JobTicket];
  pause: [{ reason: string }, OwnerStatus];
  ownerStatus: OwnerStatus;
  jobInput: JobInput;
  jobResult: JobResult;
  checkMapping: [CheckMappingInput, CheckMappingResult];
  /** Its lists are bounded by the owner (queueMax, recentMax); their entries are small. */
  owner: Omit<OwnerInput, 'queue' | 'recent'>;
  queued: NonNullable<OwnerInput['queue']>[number];
  recent: NonNullable<OwnerInput['recent']>[number];
}

/** A tuple of messages is small when each of them is. */
type Each<T> = {
  [K in keyof T]: T[K] extends readonly unknown[] ? { [I in keyof T[K]]: T[K][I] }[number] : T[K];
};

type None<T> = [T] extends [never] ? true : T;

export const everyActivityIsSmall: None<Large<Calls>> = true;
export const everyMessageIsSmall: None<Large<Each<Messages>>> = true;

// The check bites: each of these would be a way to carry CRM data through a history.
export const reportedIdsAreSmall: IsSmall<{ changed: { records: string[]; links: string[] } }> =
  true;
export const aListIsLarge: IsSmall<{ records: { id: string }[] }> = false;
export const fieldsAreLarge: IsSmall<{ fields: Record<string, string> }> = false;
export const anythingIsLarge: IsSmall<{ page: unknown }> = false;
export const hiddenDeepIsLarge: IsSmall<{ a: { b: { c: readonly string[] | null } } }> = false;
export const countsAreSmall: IsSmall<{ done: boolean; counts: Record<string, number> }> = true;
// @ts-expect-error A member that is not small is named by the error.
export const oneLargeMemberFails: None<Large<{ pull: { rows: string[] } }>> = true;
