/** Pipelines and their stages: data of a portal, with HubSpot's default ones to begin with. */

export interface Stage {
  id: string;
  label: string;
  displayOrder: number;
  /** All values are texts: `{isClosed: 'true', probability: '1.0'}`. */
  metadata: Record<string, string>;
  createdAt: number;
  updatedAt: number;
  archived: boolean;
  archivedAt: number | null;
}

export interface Pipeline {
  id: string;
  label: string;
  displayOrder: number;
  stages: Stage[];
  createdAt: number;
  updatedAt: number;
  archived: boolean;
  archivedAt: number | null;
}

/** id, label, and the metadata as [closed, probability] of deals or a ticket's state. */
type StageRow = [id: string, label: string, closed: boolean, probability: string];

const defaultDealStages: StageRow[] = [
  ['appointmentscheduled', 'Appointment Scheduled', false, '0.2'],
  ['qualifiedtobuy', 'Qualified To Buy', false, '0.4'],
  ['presentationscheduled', 'Presentation Scheduled', false, '0.6'],
  ['decisionmakerboughtin', 'Decision Maker Bought-In', false, '0.8'],
  ['contractsent', 'Contract Sent', false, '0.9'],
  ['closedwon', 'Closed Won', true, '1.0'],
  ['closedlost', 'Closed Lost', true, '0.0'],
];
const defaultTicketStages: StageRow[] = [
  ['1', 'New', false, ''],
  ['2', 'Waiting on contact', false, ''],
  ['3', 'Waiting on us', false, ''],
  ['4', 'Closed', true, ''],
];

/** Object types that can have pipelines, by singular name. */
export type PipelineOwner = 'deal' | 'ticket';

export class Pipelines {
  readonly #byOwner = new Map<string, Map<string, Pipeline>>();
  #stages = new Map<string, { pipeline: Pipeline; stage: Stage }>();
  #nextId = 100_001;

  constructor(now: number) {
    this.put('deal', {
      ...bare('default', 'Sales Pipeline', now),
      stages: defaultDealStages.map((row, i) => dealStage(row, i, now)),
    });
    this.put('ticket', {
      ...bare('0', 'Support Pipeline', now),
      stages: defaultTicketStages.map(([id, label, closed], i) => ({
        ...bare(id, label, now, i),
        metadata: { ticketState: closed ? 'CLOSED' : 'OPEN', isClosed: String(closed) },
      })),
    });
  }

  /** Pipelines of an object type, or undefined where it cannot have any. */
  of(owner: string): Map<string, Pipeline> | undefined {
    return this.#byOwner.get(owner);
  }

  put(owner: PipelineOwner, pipeline: Pipeline): Pipeline {
    const all = this.#byOwner.get(owner) ?? new Map<string, Pipeline>();
    this.#byOwner.set(owner, all.set(pipeline.id, pipeline));
    this.#index();
    return pipeline;
  }

  remove(owner: string, id: string): void {
    this.of(owner)?.delete(id);
    this.#index();
  }

  /** A stage by its id: ids are unique among the stages of an object type. */
  stage(owner: string, id: string): Stage | undefined {
    return this.#stages.get(`${owner}/${id}`)?.stage;
  }

  pipelineOfStage(owner: string, id: string): Pipeline | undefined {
    return this.#stages.get(`${owner}/${id}`)?.pipeline;
  }

  stagesOf(owner: string): Stage[] {
    return [...(this.of(owner)?.values() ?? [])].flatMap(({ stages }) => stages);
  }

  /** The id of a new pipeline or stage: a number, as portals give them. */
  newId(): string {
    this.#nextId += 1;
    return String(this.#nextId);
  }

  #index(): void {
    const entries = [...this.#byOwner].flatMap(([owner, all]) =>
      [...all.values()].flatMap((pipeline) =>
        pipeline.stages.map((stage) => [`${owner}/${stage.id}`, { pipeline, stage }] as const),
      ),
    );
    this.#stages = new Map(entries);
  }
}

/** A pipeline or stage without what it holds. */
export function bare(id: string, label: string, now: number, displayOrder = 0) {
  const stamps = { createdAt: now, updatedAt: now, archived: false, archivedAt: null };
  return { id, label, displayOrder, ...stamps };
}

/** A deal stage of one row. */
export function dealStage([id, label, closed, probability]: StageRow, order: number, now: number) {
  const metadata: Record<string, string> = { isClosed: String(closed), probability };
  return { ...bare(id, label, now, order), metadata };
}
