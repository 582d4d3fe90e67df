/** Lead conversion: a lead becomes an account, a contact and, unless declined, an opportunity. */
import { RecordError } from '../errors.ts';
import type { Actor, Org } from '../org.ts';
import type { Value } from '../values.ts';

/** What the conversion made or used. */
export interface ConvertedLead {
  leadId: string;
  accountId: string;
  contactId: string;
  opportunityId: string | null;
}

/** Converts a lead: `{leadId, accountId?, opportunityName?, doNotCreateOpportunity?}`. */
export function convertLead(org: Org, call: Record<string, unknown>, actor: Actor): ConvertedLead {
  const leadId = String(call['leadId']);
  const lead = org.get('Lead', leadId);
  if (!lead || lead['IsDeleted'] === true) {
    throw new RecordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
  }
  if (lead['IsConverted'] === true) {
    throw new RecordError('CANNOT_UPDATE_CONVERTED_LEAD', 'lead already converted', []);
  }
  return org.transaction((rollBack) => {
    const make = (object: string, record: Record<string, Value>): string => {
      const [result] = org.insert(object, [record], actor);
      if (result?.id) return result.id;
      rollBack();
      const [error] = result!.errors;
      throw new RecordError(error!.statusCode, error!.message, error!.fields);
    };
    const owner = lead['OwnerId'] ?? actor.userId;
    const accountId =
      typeof call['accountId'] === 'string'
        ? call['accountId']
        : make('Account', { Name: lead['Company'] ?? null, OwnerId: owner });
    const contactId = make('Contact', {
      AccountId: accountId,
      FirstName: lead['FirstName'] ?? null,
      LastName: lead['LastName'] ?? null,
      Email: lead['Email'] ?? null,
      OwnerId: owner,
    });
    const opportunityId =
      call['doNotCreateOpportunity'] === true
        ? null
        : make('Opportunity', opportunityOf(org, call, { lead, accountId, owner }));
    const converted = {
      Id: lead['Id'],
      Status: 'Closed - Converted',
      IsConverted: true,
      ConvertedDate: org.stamp().slice(0, 10),
      ConvertedAccountId: accountId,
      ConvertedContactId: contactId,
      ConvertedOpportunityId: opportunityId,
    };
    org.update('Lead', [converted], { ...actor, system: true });
    return { leadId: String(lead['Id']), accountId, contactId, opportunityId };
  });
}

/** Salesforce closes it at the end of the quarter, in the first stage. */
function opportunityOf(
  org: Org,
  call: Record<string, unknown>,
  from: { lead: Record<string, Value>; accountId: string; owner: Value },
): Record<string, Value> {
  const now = new Date(org.clock.now());
  const quarterEnd = Date.UTC(now.getUTCFullYear(), Math.floor(now.getUTCMonth() / 3) * 3 + 3, 0);
  const [stage] = org.query('SELECT ApiName FROM OpportunityStage ORDER BY SortOrder LIMIT 1');
  const name = call['opportunityName'] ?? from.lead['Company'];
  return {
    Name: String(name),
    AccountId: from.accountId,
    OwnerId: from.owner,
    LeadSource: from.lead['LeadSource'] ?? null,
    StageName: String(stage?.['ApiName']),
    CloseDate: new Date(quarterEnd).toISOString().slice(0, 10),
  };
}
