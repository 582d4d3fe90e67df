/** Users of the Salesforce org, beside its API. */
import type { TwoCrms } from '../../support/two-crms.ts';
import { engineFields, inputs } from './fields.ts';
import type { HandledObject, Hands } from './hands-contract.ts';

const objects: Record<HandledObject, string> = {
  opportunity: 'Opportunity',
  registration: 'Deal_Registration__c',
  partner: 'Account',
};
const ruleName = 'Deal_Desk';

/** Ruth Adeyemi of RevOps, who may do everything. */
export function salesforceHands({ sandbox }: TwoCrms): Hands {
  const org = sandbox.tenants.defaultOrg;
  const one = (object: string, where: string) => {
    const rows = org.query(`SELECT Id FROM ${object} WHERE ${where}`);
    if (rows.length !== 1) throw new Error(`The org has ${rows.length} ${object}: ${where}.`);
    return String(rows[0]!['Id']);
  };
  const idOf = (object: string, name: string) => one(object, `Name = '${name}'`);
  const actor = { userId: one('User', "Alias = 'adeyemi'"), system: true };
  return {
    edit(object, name, values) {
      const known = { ...engineFields, ...inputs[object] };
      const fields = Object.entries(values).map(([key, value]) => {
        const { salesforce, kind } = known[key as keyof typeof known]!;
        const isName = kind === 'partner' && typeof value === 'string';
        return [salesforce, isName ? idOf('Account', value) : value];
      });
      const record = { Id: idOf(objects[object], name), ...Object.fromEntries(fields) };
      accepted(org.update(objects[object], [record], actor)[0]!);
    },
    merge(object, gone, into) {
      // Salesforce merges accounts, contacts, leads and cases; opportunities stay apart.
      if (object === 'opportunity') return;
      const ids = { masterId: idOf('Account', into), duplicateIds: [idOf('Account', gone)] };
      accepted(org.merge('Account', ids, org.admin));
    },
    removePartner: (name) => accepted(org.delete('Account', [idOf('Account', name)], actor)[0]!),
    lock(opportunity, locked) {
      const id = idOf('Opportunity', opportunity);
      if (locked) org.lockedIds.add(id);
      else org.lockedIds.delete(id);
    },
    refuse(opportunity, message) {
      const others = org.validationRules.filter(({ name }) => name !== ruleName);
      const when = { field: 'Name', is: '=', value: opportunity } as const;
      const rule = { object: 'Opportunity', name: ruleName, when, message: message ?? '' };
      org.validationRules = message === null ? others : [...others, rule];
    },
    addRegistrationState(state) {
      org.describe('Deal_Registration__c').field('Status__c')!.picklist!.push(state);
    },
  };
}

function accepted(result: { success: boolean; errors?: unknown }): void {
  if (!result.success) throw new Error(`The org refused: ${JSON.stringify(result)}`);
}
