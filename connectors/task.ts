/** Tasks as connectors take and give them: made under a key of ours, changed, found again. */

/**
 * A task to create or change, found again by `key` (our own unique external id). `content` null:
 * the task is there already and only its status changes.
 */
export interface TaskWrite {
  key: string;
  status: 'open' | 'done' | 'cancelled';
  content: TaskContent | null;
  /** Parts to change where the task is there already: people edit the others. All by default. */
  only?: ReadonlySet<'status' | keyof TaskContent>;
}

/** Whether it only closes a task that was there: one that is gone is not made again for that. */
export function onlyCloses({ status, content, only }: TaskWrite): boolean {
  return content === null || (only !== undefined && status !== 'open');
}

/** A task as the CRM has it. */
export interface FoundTask {
  id: string;
  open: boolean;
  content: Pick<TaskContent, 'subject' | 'body' | 'ownerId' | 'dueOn'>;
}

export interface TaskContent {
  subject: string;
  body: string;
  ownerId: string | null;
  /** The opportunity or account it is about; null for a summary of several. */
  aboutId: string | null;
  /** HubSpot needs the object of `aboutId`. */
  aboutObject: string;
  /** Calendar date. */
  dueOn: string;
  highPriority: boolean;
}

/** A result of one task; `id` is the CRM's task id. */
export type TaskResult =
  | { key: string; outcome: 'written'; id: string; created: boolean }
  | {
      key: string;
      outcome: 'failed';
      code: string;
      fields: string[];
      retryable: boolean;
      reason?: string;
    }
  | { key: string; outcome: 'unclear' };
