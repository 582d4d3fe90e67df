/** Pipelines and stages (developers.hubspot.com, CRM pipelines). */
import { badRequest, HubSpotError, notFound } from '../errors.ts';
import { bare, type Pipeline, type PipelineOwner, type Stage } from '../pipelines.ts';
import { families, type HubSpotApi, type HubSpotCall, jsonBody, storeOf } from './call.ts';

/** List, read, create, update, replace and archive pipelines and their stages. */
export function mountPipelines(api: HubSpotApi): void {
  for (const base of families('pipelines')) {
    const path = `${base}/:objectType`;
    api.get(path, (c) => c.json({ results: [...all(c).values()].map(pipelineRow) }));
    api.post(path, createPipeline);
    api.get(`${path}/:pipeline`, (c) => c.json(pipelineRow(pipelineOf(c))));
    api.patch(`${path}/:pipeline`, updatePipeline);
    api.put(`${path}/:pipeline`, replacePipeline);
    api.delete(`${path}/:pipeline`, removePipeline);
    const stages = `${path}/:pipeline/stages`;
    api.get(stages, (c) => c.json({ results: inOrder(pipelineOf(c).stages).map(stageRow) }));
    api.post(stages, createStage);
    api.get(`${stages}/:stage`, (c) => c.json(stageRow(stageOf(c))));
    api.patch(`${stages}/:stage`, updateStage);
    api.put(`${stages}/:stage`, updateStage);
    api.delete(`${stages}/:stage`, removeStage);
  }
}

const inOrder = (stages: Stage[]) => stages.toSorted((a, b) => a.displayOrder - b.displayOrder);

function stamps({ createdAt, updatedAt, archived, archivedAt }: Stage | Pipeline) {
  const iso = (at: number) => new Date(at).toISOString();
  const gone = archivedAt === null ? {} : { archivedAt: iso(archivedAt) };
  return { createdAt: iso(createdAt), updatedAt: iso(updatedAt), archived, ...gone };
}

function stageRow(stage: Stage) {
  const { id, label, displayOrder, metadata } = stage;
  return {
    label,
    displayOrder,
    metadata,
    id,
    ...stamps(stage),
    writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
  };
}

function pipelineRow(pipeline: Pipeline) {
  const { id, label, displayOrder, stages } = pipeline;
  return { label, displayOrder, id, stages: inOrder(stages).map(stageRow), ...stamps(pipeline) };
}

function all(c: HubSpotCall): Map<string, Pipeline> {
  const { type } = storeOf(c);
  const pipelines = c.get('portal').pipelines.of(type.name);
  if (pipelines) return pipelines;
  throw badRequest(`Object type ${type.id} does not support pipelines.`);
}

function pipelineOf(c: HubSpotCall): Pipeline {
  const id = c.req.param('pipeline') ?? '';
  const pipeline = all(c).get(id);
  if (!pipeline) throw notFound(`Pipeline ${id} does not exist.`);
  return pipeline;
}

function stageOf(c: HubSpotCall): Stage {
  const id = c.req.param('stage') ?? '';
  const stage = pipelineOf(c).stages.find((one) => one.id === id);
  if (!stage) throw notFound(`Stage ${id} does not exist.`);
  return stage;
}

/** A stage of a body. Deals need a probability; it says whether the stage is closed, too. */
function newStage(c: HubSpotCall, input: unknown, order: number): Stage {
  const portal = c.get('portal');
  const { label, displayOrder = order, metadata } = (input ?? {}) as Partial<Stage>;
  if (typeof label !== 'string' || label === '') throw badRequest('A stage needs a label.');
  const stage = {
    ...bare(portal.pipelines.newId(), label, portal.clock.now(), Number(displayOrder)),
    metadata: checkedMetadata(c, metadata ?? {}),
  };
  return stage;
}

function checkedMetadata(c: HubSpotCall, input: unknown): Record<string, string> {
  const metadata = Object.fromEntries(
    Object.entries(input as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
  );
  if (storeOf(c).type.name !== 'deal') return metadata;
  const probability = Number(metadata['probability'] ?? Number.NaN);
  if (!(probability >= 0 && probability <= 1)) {
    throw badRequest('A deal stage needs metadata.probability between 0.0 and 1.0.');
  }
  const closed = probability === 0 || probability === 1;
  return { isClosed: String(closed), ...metadata };
}

function put(c: HubSpotCall, pipeline: Pipeline): Pipeline {
  const owner = storeOf(c).type.name as PipelineOwner;
  pipeline.updatedAt = c.get('portal').clock.now();
  return c.get('portal').pipelines.put(owner, pipeline);
}

async function createPipeline(c: HubSpotCall): Promise<Response> {
  const portal = c.get('portal');
  const { label, displayOrder = all(c).size, stages } = await jsonBody(c);
  if (typeof label !== 'string' || label === '') throw badRequest('A pipeline needs a label.');
  if (!Array.isArray(stages) || stages.length === 0) throw badRequest('A pipeline needs stages.');
  const pipeline = {
    ...bare(portal.pipelines.newId(), label, portal.clock.now(), Number(displayOrder)),
    stages: stages.map((stage, i) => newStage(c, stage, i)),
  };
  return c.json(pipelineRow(put(c, pipeline)), 201);
}

async function updatePipeline(c: HubSpotCall): Promise<Response> {
  const pipeline = pipelineOf(c);
  const { label, displayOrder } = await jsonBody(c);
  if (typeof label === 'string') pipeline.label = label;
  if (typeof displayOrder === 'number') pipeline.displayOrder = displayOrder;
  return c.json(pipelineRow(put(c, pipeline)));
}

async function replacePipeline(c: HubSpotCall): Promise<Response> {
  const pipeline = pipelineOf(c);
  const { label, displayOrder, stages } = await jsonBody(c);
  if (typeof label !== 'string' || !Array.isArray(stages)) {
    throw badRequest('A pipeline needs a label and stages.');
  }
  Object.assign(pipeline, { label, displayOrder: Number(displayOrder ?? 0) });
  pipeline.stages = stages.map((stage, i) => newStage(c, stage, i));
  return c.json(pipelineRow(put(c, pipeline)));
}

function removePipeline(c: HubSpotCall): Response {
  const pipeline = pipelineOf(c);
  for (const { id } of pipeline.stages) refuseUsed(c, id);
  c.get('portal').pipelines.remove(storeOf(c).type.name, pipeline.id);
  return c.body(null, 204);
}

async function createStage(c: HubSpotCall): Promise<Response> {
  const pipeline = pipelineOf(c);
  const stage = newStage(c, await jsonBody(c), pipeline.stages.length);
  pipeline.stages.push(stage);
  put(c, pipeline);
  return c.json(stageRow(stage), 201);
}

async function updateStage(c: HubSpotCall): Promise<Response> {
  const stage = stageOf(c);
  const { label, displayOrder, metadata } = await jsonBody(c);
  if (typeof label === 'string') stage.label = label;
  if (typeof displayOrder === 'number') stage.displayOrder = displayOrder;
  if (metadata) stage.metadata = checkedMetadata(c, { ...stage.metadata, ...metadata });
  stage.updatedAt = c.get('portal').clock.now();
  put(c, pipelineOf(c));
  return c.json(stageRow(stage));
}

function removeStage(c: HubSpotCall): Response {
  const pipeline = pipelineOf(c);
  const stage = stageOf(c);
  refuseUsed(c, stage.id);
  pipeline.stages = pipeline.stages.filter((one) => one !== stage);
  put(c, pipeline);
  return c.body(null, 204);
}

/** A stage that records stand in cannot go. */
function refuseUsed(c: HubSpotCall, stageId: string): void {
  const store = storeOf(c);
  const name = store.type.name === 'deal' ? 'dealstage' : 'hs_pipeline_stage';
  const slot = store.properties.get(name)!.slot;
  const ids: string[] = [];
  for (const record of store.all()) {
    if (record.values[slot] === stageId) ids.push(record.id);
    if (ids.length >= 10) break;
  }
  if (ids.length === 0) return;
  throw new HubSpotError(400, 'VALIDATION_ERROR', `Stage ID ${stageId} is in use by records.`, {
    subCategory: 'PipelineError.STAGE_ID_IN_USE',
    context: { stageId: [stageId], objectIds: ids },
  });
}
