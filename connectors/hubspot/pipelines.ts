/** Stages by the metadata of pipelines: won and lost are what the portal says, never an id's text. */
import type { CrmValue, StageDescription } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { HubSpotApi } from './api.ts';
import type { ObjectType } from './objects.ts';

/** A stage with what records show of it. */
export interface Stage extends StageDescription {
  pipelineLabel: string;
  /** '0.0' to '1.0' as HubSpot writes it; null where it has none. */
  probability: string | null;
}

/** The properties that hold a stage. */
export const stageProperties = new Set(['dealstage', 'hs_pipeline_stage']);

/** What may follow a stage property after a dot. */
const parts: Record<string, (stage: Stage) => CrmValue> = {
  label: ({ label }) => label,
  is_closed: ({ isClosed }) => isClosed,
  is_won: ({ isWon }) => isWon,
  pipeline: ({ pipelineLabel }) => pipelineLabel,
  probability: ({ probability }) => (probability === null ? null : percentOf(probability)),
};

/** Whether 'dealstage.<part>' can be read. */
export function isStagePart(part: string): boolean {
  return part in parts;
}

/** One part of a stage; null for none. */
export function stageValue(stage: Stage | undefined, part: string): CrmValue {
  return stage ? (parts[part]?.(stage) ?? null) : null;
}

/** New stages are rare, and a stage that is not known is looked up at once. */
const keptForMs = 3_600_000;

/** Reads pipelines; one call an object an hour. */
export class Pipelines {
  private readonly api: HubSpotApi;
  private readonly now: () => number;
  private readonly kept = new Map<string, { at: number; stages: Promise<Stage[]> }>();

  constructor(api: HubSpotApi, now: () => number) {
    this.api = api;
    this.now = now;
  }

  /** Stages of all pipelines in the portal's order; [] for an object without pipelines. */
  async stages(type: ObjectType, options: { fresh?: boolean } = {}): Promise<Stage[]> {
    const known = this.kept.get(type.typeId);
    if (known && !options.fresh && this.now() - known.at < keptForMs) return known.stages;
    const stages = this.read(type);
    this.kept.set(type.typeId, { at: this.now(), stages });
    stages.catch(() => this.kept.delete(type.typeId));
    return stages;
  }

  /** Stages by id; read again where one of `wanted` is not among those known. */
  async byId(type: ObjectType, wanted: Iterable<string>): Promise<Map<string, Stage>> {
    const index = (stages: Stage[]) => new Map(stages.map((stage) => [stage.value, stage]));
    const known = index(await this.stages(type));
    for (const id of wanted) {
      if (!known.has(id)) return index(await this.stages(type, { fresh: true }));
    }
    return known;
  }

  private async read(type: ObjectType): Promise<Stage[]> {
    const answer = await this.api
      .call<{ results?: RawPipeline[] }>({
        method: 'GET',
        path: this.api.paths.pipelines(type.path),
        operation: 'read pipelines',
        object: type.name,
        priority: 3,
      })
      .catch(noneWhenUnknown);
    return (answer.results ?? []).flatMap((pipeline) =>
      (pipeline.stages ?? []).map((stage) => toStage(pipeline, stage)),
    );
  }
}

interface RawPipeline {
  id: string;
  label: string;
  stages?: RawStage[];
}

interface RawStage {
  id: string;
  label: string;
  archived?: boolean;
  metadata?: Record<string, unknown>;
}

/** A deal's stage is won at probability 1; a ticket's is closed by its state and never won. */
function toStage(pipeline: RawPipeline, { id, label, archived, metadata = {} }: RawStage): Stage {
  const probability = metadata.probability;
  const number = probability === undefined ? Number.NaN : Number(probability);
  const isClosed =
    metadata.isClosed === undefined
      ? metadata.ticketState === 'CLOSED' || number === 0 || number === 1
      : String(metadata.isClosed) === 'true';
  return {
    value: id,
    label,
    isClosed,
    isWon: isClosed && number === 1,
    active: archived !== true,
    pipeline: pipeline.id,
    pipelineLabel: pipeline.label,
    probability: Number.isNaN(number) ? null : String(probability),
  };
}

/** '0.25' -> '25': canonical percentages are of a hundred. */
function percentOf(probability: string): string {
  return String(Math.round(Number(probability) * 10_000) / 100);
}

function noneWhenUnknown(error: unknown): { results: RawPipeline[] } {
  const none = ['not-found', 'rejected'];
  if (error instanceof ConnectorError && none.includes(error.kind)) return { results: [] };
  throw error;
}
