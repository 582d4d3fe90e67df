/** The search attributes runs are found by in the Temporal UI: `RunOutcome`="red" and the like. */
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

const connectionKey = defineSearchAttributeKey('CrmConnection', 'KEYWORD');
const outcomeKey = defineSearchAttributeKey('RunOutcome', 'KEYWORD');
const attentionKey = defineSearchAttributeKey('NeedsAttention', 'BOOL');

/** Set when a workflow starts. */
export function startAttributes(connection: string): SearchAttributePair[] {
  return [{ key: connectionKey, value: connection }];
}

/** Set when a run has ended: green, amber or red, and whether a person should look at it. */
export function outcomeAttributes(
  outcome: string | null,
  needsAttention: boolean,
): SearchAttributePair[] {
  const attention = { key: attentionKey, value: needsAttention };
  return outcome === null ? [attention] : [{ key: outcomeKey, value: outcome }, attention];
}
