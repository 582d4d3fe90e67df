/**
 * Loaded before the worker (`node --import`): the first worker of a stack keeps the workflows'
 * bundle in the file KEPT_BUNDLE, the next ones take it. Making it is most of a worker's start.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import bundler from '@temporalio/worker/lib/workflow/bundler.js';
import { readVariable } from '../../env.ts';

const file = readVariable('KEPT_BUNDLE')!;
const { prototype } = bundler.WorkflowCodeBundler;
const make = prototype.createBundle;

prototype.createBundle = async function kept() {
  if (existsSync(file)) {
    return JSON.parse(readFileSync(file, 'utf8'));
  }
  const bundle = await make.call(this);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(bundle));
  renameSync(draft, file); // A worker that is killed leaves no half of one.
  return bundle;
};
