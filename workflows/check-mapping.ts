/** `validate --online`: the mapping against the CRM as it is, outside the queue of jobs. */
import { setCurrentDetails } from '@temporalio/workflow';
import { crmCalls, crmTitles, engine } from './activity-calls.ts';
import { failureOf } from './failure.ts';
import type { CheckMappingInput, CheckMappingResult } from './messages.ts';

/**
 * Started by the client itself, id `validate/<connection>/<n>`: it reads only, so it need not
 * wait for the owner. Never throws for what the CRM or the mapping says.
 */
export async function checkMapping(input: CheckMappingInput): Promise<CheckMappingResult> {
  const { connection } = input;
  try {
    const reading = { summary: `Look ${connection} up` };
    const { crm } = await engine.readConnection.executeWithOptions(reading, [{ connection }]);
    const checking = { summary: `Check the mapping against ${crmTitles[crm]}` };
    const checked = await crmCalls[crm].checkMapping.executeWithOptions(checking, [input]);
    setCurrentDetails(`**${checked.problems} problems** in the mapping of ${connection}.`);
    return { problems: checked.problems, failure: null };
  } catch (error) {
    const failure = failureOf(error);
    setCurrentDetails(`**Could not check** (${failure.type}): ${failure.message}`);
    return { problems: null, failure };
  }
}
