/** OpportunityHistory of the sample company: one row a change of stage, amount or close date. */
import type { DatasetRow } from '../dataset.ts';
import type { Company } from './company.ts';
import { STAGE_ROWS } from './salesforce-fields.ts';
import type { Ids } from './salesforce-ids.ts';

/**
 * Rows in the order in which Salesforce would have written them, oldest first within an
 * opportunity.
 */
export function stageHistory(company: Company, ids: Ids): DatasetRow[] {
  return company.opportunities.flatMap((opportunity) =>
    opportunity.steps.map((step, i) => {
      const before = opportunity.steps[i - 1];
      const [, probability, , , forecast] = STAGE_ROWS.find((s) => s[0] === step.stage)!;
      const amount = step.amount === null ? null : Number(step.amount);
      return {
        Id: ids.of('008', `${opportunity.key}/${i}`),
        OpportunityId: ids.of('006', opportunity.key),
        StageName: step.stage,
        Amount: amount,
        ExpectedRevenue: amount === null ? null : Math.round(amount * probability) / 100,
        CloseDate: step.closeDate,
        Probability: probability,
        ForecastCategory: forecast.replaceAll(' ', ''),
        PrevAmount: before?.amount == null ? null : Number(before.amount),
        PrevCloseDate: before?.closeDate ?? null,
        CreatedDate: step.at,
        CreatedById: ids.of('005', step.byKey),
        SystemModstamp: step.at,
      };
    }),
  );
}
