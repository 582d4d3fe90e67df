/** Stages a policy names against those the CRM has. */
import { problemAt as at, didYouMean, sorted } from './problems.ts';
import type { CompiledMapping, Problem } from './types.ts';

/** A stage as the CRM's metadata has it. */
export interface StageLike {
  value: string;
  /** HubSpot's stages are read by label: their ids are the portal's own. */
  label?: string;
  active: boolean;
}

/** Stages whose name is so near to one of the CRM that it is a slip of the pen. */
export function misspeltStages(mapping: CompiledMapping, stages: readonly StageLike[]): Problem[] {
  const unknown = unknownStages(mapping, stages).filter((stage) => stage.isSlip);
  return unknown.map((stage) => stage.problem);
}

/** What is worth a look but breaks nothing: a policy shared by two CRMs names stages of both. */
export function warnAgainstDescribe(
  mapping: CompiledMapping,
  stages: readonly StageLike[],
): Problem[] {
  const unknown = unknownStages(mapping, stages).filter((stage) => !stage.isSlip);
  return sorted(unknown.map((stage) => stage.problem));
}

interface UnknownStage {
  problem: Problem;
  /** A name so near to a stage of the CRM that it is a slip of the pen. */
  isSlip: boolean;
}

function unknownStages(mapping: CompiledMapping, stages: readonly StageLike[]): UnknownStage[] {
  const active = stages
    .filter((stage) => stage.active)
    .map(({ value, label }) => (mapping.crm === 'hubspot' ? (label ?? value) : value));
  const { stale } = mapping.policy;
  const named = [
    ...Object.keys(stale.stageDays).map((stage) => [stage, `stale.stages.${stage}`] as const),
    ...stale.ignoreStages.map((stage, index) => [stage, `stale.ignore.${index}`] as const),
  ];
  return named
    .filter(([stage]) => active.length > 0 && !active.includes(stage))
    .map(([stage, path]) => {
      const hint = didYouMean(stage, active);
      const message = `the CRM has no active stage "${stage}": the stale rule would miss it.${hint}`;
      return { problem: at(mapping, `policy.${path}`, message), isSlip: hint !== '' };
    });
}
