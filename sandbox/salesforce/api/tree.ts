/** sObject Tree: records with their children in one call, all or none. */
import { insertRecord, type RecordInput } from '../dml/save.ts';
import { ApiError, RecordError, type SaveError } from '../errors.ts';
import type { ObjectDef } from '../schema.ts';
import { type Api, type Call, jsonObject, saveContext } from './call.ts';

/** Documented limits: records and levels. */
const recordsMax = 200;
const levelsMax = 5;

interface Node {
  object: ObjectDef;
  referenceId: string;
  fields: RecordInput;
  parentField: string | null;
  children: Node[];
}

/** Mounts the tree route. */
export function mountTree(api: Api): void {
  api.post('/services/data/:version/composite/tree/:object', async (c) => {
    const body = await jsonObject(c);
    const object = c.get('org').object(c.req.param('object'));
    const nodes = nodesOf(c, object, body, null, 1);
    const count = countOf(nodes);
    if (count > recordsMax) {
      throw new ApiError(400, 'INVALID_INPUT', `At most ${recordsMax} records, not ${count}.`);
    }
    return save(c, nodes);
  });
}

function save(c: Call, nodes: Node[]): Response {
  const org = c.get('org');
  return org.transaction((rollBack) => {
    const results: { referenceId: string; id: string }[] = [];
    const failures: { referenceId: string; errors: SaveError[] }[] = [];
    const visit = (node: Node, parentId: string | null): void => {
      const link = node.parentField ? { [node.parentField]: parentId } : {};
      try {
        const id = insertRecord(saveContext(c), node.object, { ...node.fields, ...link });
        results.push({ referenceId: node.referenceId, id });
        for (const child of node.children) visit(child, id);
      } catch (error) {
        if (!(error instanceof RecordError)) {
          rollBack();
          throw error;
        }
        failures.push({ referenceId: node.referenceId, errors: [error.error] });
      }
    };
    for (const node of nodes) visit(node, null);
    if (failures.length === 0) return c.json({ hasErrors: false, results }, 201);
    rollBack();
    return c.json({ hasErrors: true, results: failures }, 400);
  });
}

function nodesOf(
  c: Call,
  object: ObjectDef,
  body: Record<string, unknown>,
  parentField: string | null,
  level: number,
): Node[] {
  const { records } = body;
  if (!Array.isArray(records)) {
    throw new ApiError(400, 'INVALID_INPUT', 'records must be a list of records');
  }
  if (level > levelsMax) {
    throw new ApiError(400, 'INVALID_INPUT', `At most ${levelsMax} levels of records.`);
  }
  return records.map((record: RecordInput) => {
    const attributes = record['attributes'] as { referenceId?: unknown } | undefined;
    if (typeof attributes?.referenceId !== 'string') {
      throw new ApiError(400, 'INVALID_INPUT', 'Include a reference ID with each record.');
    }
    const node: Node = {
      object,
      referenceId: attributes.referenceId,
      fields: {},
      parentField,
      children: [],
    };
    for (const [name, value] of Object.entries(record)) {
      const relation = childOf(c, object, name, value);
      if (relation) {
        const inner = value as Record<string, unknown>;
        node.children.push(...nodesOf(c, relation.object, inner, relation.field, level + 1));
      } else node.fields[name] = value;
    }
    return node;
  });
}

function childOf(c: Call, parent: ObjectDef, name: string, value: unknown) {
  if (value === null || typeof value !== 'object' || !('records' in value)) return null;
  for (const object of c.get('org').objects.values()) {
    const field = object.fields.find(
      (one) =>
        one.childRelationship?.toLowerCase() === name.toLowerCase() &&
        one.referenceTo.includes(parent.name),
    );
    if (field) return { object, field: field.name };
  }
  return null;
}

function countOf(nodes: Node[]): number {
  return nodes.reduce((sum, node) => sum + 1 + countOf(node.children), 0);
}
