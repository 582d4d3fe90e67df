/** Makes the fields and permissions the engine needs, step by step, and says what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisionField, ProvisionStep } from '../connector.ts';
import { ConnectorError } from '../errors.ts';
import type { SalesforceApi } from './api.ts';
import { customFieldBody, definingObject, mismatch, visibleObject } from './custom-field.ts';
import type { Describer } from './describe.ts';
import {
  applyPermissions,
  assign,
  createSet,
  findSet,
  integrationSet,
  isAssigned,
  missingPermissions,
  type PermissionSet,
  permissionWords,
  userSet,
} from './permission-sets.ts';
import { taskKeyField, taskKeyLength } from './tasks.ts';

/** What provisioning needs: the org and our own user in it. */
export interface Provisioning {
  api: SalesforceApi;
  describer: Describer;
  userId: string;
}

/** A new field shows in describe within seconds (crm-apis.md, Describe); then it is given up. */
const visibleWithinMs = 60_000;

/**
 * Creates what is missing and leaves what exists; a failed step does not stop the others, and a
 * second run finds everything there. A dry run reads only.
 */
export async function provision(
  parts: Provisioning,
  asked: ProvisionField[],
  { dryRun }: { dryRun: boolean },
): Promise<ProvisionStep[]> {
  const fields = withTaskKey(asked);
  const steps = await fieldSteps(parts, fields, dryRun);
  // What failed has no permission to give; in a dry run what is missing counts as there.
  const usable = fields.filter((_, at) => steps[at]?.state !== 'failed');
  for (const set of [integrationSet, userSet]) {
    steps.push(...(await setSteps(parts, { set, fields: usable, dryRun })));
  }
  // After a failed step waiting would not help: one look tells what is hidden.
  const waitMs = steps.some(({ state }) => state === 'failed') ? 0 : visibleWithinMs;
  if (!dryRun) steps.push(...(await waitUntilVisible(parts, usable, waitMs)));
  return [...steps, ...manualSteps(fields)];
}

/** Tasks are found again by their key, so its field belongs to every provisioning. */
function withTaskKey(fields: ProvisionField[]): ProvisionField[] {
  const has = fields.some(
    ({ object, name }) => visibleObject(object) === 'Task' && name === taskKeyField,
  );
  if (has) return fields;
  const key: ProvisionField = {
    object: 'Task',
    name: taskKeyField,
    label: 'Partner Sync Key',
    description: 'By this key partner-sync finds its task again, so that none is made twice.',
    type: 'Text',
    length: taskKeyLength,
    externalId: true,
    unique: true,
    usersEdit: false,
  };
  return [...fields, key];
}

/** One step a field, in the fields' order. */
async function fieldSteps(
  { api, describer }: Provisioning,
  fields: ProvisionField[],
  dryRun: boolean,
): Promise<ProvisionStep[]> {
  const objects = new Map<string, Awaited<ReturnType<Describer['describe']>>>();
  for (const name of new Set(fields.map((field) => visibleObject(field.object)))) {
    objects.set(name, await describer.describe(name, { fresh: true }));
  }
  const steps: ProvisionStep[] = [];
  for (const field of fields) {
    const object = objects.get(visibleObject(field.object));
    const found = object?.description.fields.get(field.name);
    const what = `field ${definingObject(field.object)}.${field.name} (${field.type})`;
    if (found) {
      const detail = mismatch(field, found);
      steps.push({ what, state: detail === null ? 'exists' : 'failed', detail });
    } else if (dryRun) steps.push({ what, state: 'would-create', detail: null });
    else steps.push(await attempt(what, () => createField(api, field)));
  }
  return steps;
}

async function createField(
  api: SalesforceApi,
  field: ProvisionField,
): Promise<'created' | 'exists'> {
  try {
    await api.call({
      method: 'POST',
      path: '/tooling/sobjects/CustomField',
      operation: 'create a field',
      object: definingObject(field.object),
      priority: 3,
      body: customFieldBody(field),
    });
    return 'created';
  } catch (error) {
    // It is there, but hidden from our user: the permission set below shows it.
    const code = error instanceof ConnectorError ? error.call.code : undefined;
    if (code === 'DUPLICATE_DEVELOPER_NAME') return 'exists';
    throw error;
  }
}

async function setSteps(
  { api, userId }: Provisioning,
  { set, fields, dryRun }: { set: PermissionSet; fields: ProvisionField[]; dryRun: boolean },
): Promise<ProvisionStep[]> {
  const steps: ProvisionStep[] = [];
  let setId = await findSet(api, set);
  const what = `permission set ${set.label}`;
  if (setId !== null) steps.push({ what, state: 'exists', detail: null });
  else if (dryRun) steps.push({ what, state: 'would-create', detail: null });
  else {
    const step = await attempt(what, async () => {
      setId = await createSet(api, set);
      return 'created';
    });
    steps.push(step);
    if (setId === null) return steps;
  }
  const changes = await missingPermissions(api, set, { setId, fields });
  if (dryRun || setId === null) {
    for (const change of changes) {
      steps.push({ what: permissionWords(set, change), state: 'would-create', detail: null });
    }
  } else steps.push(...(await permissionSteps(api, { set, setId }, changes)));
  if (set === integrationSet) steps.push(await assignmentStep(api, { setId, userId, dryRun }));
  return steps;
}

async function permissionSteps(
  api: SalesforceApi,
  target: { set: PermissionSet; setId: string },
  changes: Parameters<typeof applyPermissions>[2],
): Promise<ProvisionStep[]> {
  try {
    return await applyPermissions(api, target, changes);
  } catch (error) {
    return [failedStep(`field permissions of ${target.set.label}`, error)];
  }
}

async function assignmentStep(
  api: SalesforceApi,
  { setId, userId, dryRun }: { setId: string | null; userId: string; dryRun: boolean },
): Promise<ProvisionStep> {
  const what = `give our user the permission set ${integrationSet.label}`;
  const has = setId !== null && (await isAssigned(api, { setId, userId }));
  if (has) return { what, state: 'exists', detail: null };
  if (dryRun || setId === null) return { what, state: 'would-create', detail: null };
  const target = { setId, userId };
  return attempt(what, async () => {
    await assign(api, target);
    return 'created';
  });
}

/** Describe lags behind: a run that starts before the fields show would stop at them. */
async function waitUntilVisible(
  { api, describer }: Provisioning,
  fields: ProvisionField[],
  waitMs: number,
): Promise<ProvisionStep[]> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, api.pollIntervalMaxMs)) {
    const hidden = await hiddenFields(describer, fields, { fresh: true });
    if (hidden.length === 0) return [];
    if (performance.now() + pauseMs > deadline) return hidden.map(hiddenStep);
    await sleep(pauseMs);
  }
}

async function hiddenFields(
  describer: Describer,
  fields: ProvisionField[],
  options: { fresh: boolean },
): Promise<ProvisionField[]> {
  const hidden: ProvisionField[] = [];
  for (const name of new Set(fields.map((field) => visibleObject(field.object)))) {
    const { description } = await describer.describe(name, options);
    const missing = fields.filter(
      (field) => visibleObject(field.object) === name && !description.fields.has(field.name),
    );
    hidden.push(...missing);
  }
  return hidden;
}

function hiddenStep(field: ProvisionField): ProvisionStep {
  return {
    what: `see ${visibleObject(field.object)}.${field.name} as our user`,
    state: 'failed',
    detail:
      'Salesforce does not show the field to our user yet. Check its field-level security in ' +
      'Setup, then run "partner-sync provision" again.',
  };
}

function manualSteps(fields: ProvisionField[]): ProvisionStep[] {
  const objects = new Set(fields.map((field) => definingObject(field.object)));
  objects.delete('Activity'); // the key of a task is not for people
  const layouts = [...objects].map(
    (object): ProvisionStep => ({
      what: `page layouts of ${object}`,
      state: 'manual',
      detail:
        `No API adds fields to page layouts safely: Setup > Object Manager > ${object} > Page ` +
        'Layouts (or Lightning Record Pages), add a section "Partner Sync" with the fields.',
    }),
  );
  const people: ProvisionStep = {
    what: `give users the permission set ${userSet.label}`,
    state: 'manual',
    detail:
      `Who may see the fields is yours to decide: Setup > Permission Sets > ${userSet.label} > ` +
      'Manage Assignments.',
  };
  return [...layouts, people];
}

async function attempt(
  what: string,
  work: () => Promise<'created' | 'exists'>,
): Promise<ProvisionStep> {
  try {
    return { what, state: await work(), detail: null };
  } catch (error) {
    return failedStep(what, error);
  }
}

/** Only a refusal is a step's failure; a lost session or a dead network ends the provisioning. */
function failedStep(what: string, error: unknown): ProvisionStep {
  const passing = new Set(['unauthorized', 'unavailable', 'quota-exhausted', 'rate-limited']);
  if (!(error instanceof ConnectorError) || passing.has(error.kind)) throw error;
  return { what, state: 'failed', detail: error.message };
}
