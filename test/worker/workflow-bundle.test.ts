/** The workflows' bundle: kept once made, made anew when a source has changed, never half of one. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type BundleSource, ownSource, workflowBundle } from '../../worker/workflow-bundle.ts';

let folder: string;
let source: BundleSource;
const said: string[] = [];
const log = {
  debug: (_: unknown, text?: string) => void said.push(text ?? ''),
  warn: (_: unknown, text?: string) => void said.push(text ?? ''),
};
const before = process.env['XDG_CACHE_HOME'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ps-bundle-'));
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  const root = join(folder, 'project');
  mkdirSync(join(root, 'workflows'), { recursive: true });
  mkdirSync(join(root, 'rules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ownSource.root, 'node_modules'), join(root, 'node_modules'));
  source = { root, folders: ['workflows', 'rules'], entry: 'workflows/index.ts' };
  write('rules/word.ts', "export const word: string = 'first';");
  write(
    'workflows/index.ts',
    "import { word } from '../rules/word.ts'; export async function say() { return word; }",
  );
  said.length = 0;
});

afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFileSync(join(source.root, name), text);
const bundle = async () => ((await workflowBundle(log, source)) as { code: string }).code;
const cache = () => join(folder, 'cache', 'partner-sync', 'workflows');
const kept = () => readdirSync(cache()).map((name) => join(cache(), name));

test('a bundle that was made is taken as it was kept', async () => {
  const made = await bundle();
  expect(kept()).toHaveLength(1);
  const mark = made.replace('first', 'taken');
  const { createHash } = await import('node:crypto');
  writeFileSync(kept()[0]!, `${createHash('sha256').update(mark).digest('hex')}\n${mark}`);

  expect(await bundle()).toBe(mark);
  expect(said).toEqual([]);
});

test.each(['workflows/index.ts', 'rules/word.ts'])('an edit of %s makes another', async (name) => {
  const made = await bundle();
  write(name, `${readFileSync(join(source.root, name), 'utf8')}\nexport const more = 'edited';`);

  const again = await bundle();

  expect(made).not.toContain('edited');
  expect(again).toContain('edited');
});

test('half of a bundle is not taken, and is made whole', async () => {
  const made = await bundle();
  const [file] = kept();
  writeFileSync(file!, readFileSync(file!, 'utf8').slice(0, -1_000));

  expect(await bundle()).toBe(made);
  expect(readFileSync(file!, 'utf8')).toContain(made);
});

test('workers that start at the same moment all get a whole one, and leave one', async () => {
  const all = await Promise.all([bundle(), bundle(), bundle()]);

  expect(new Set(all).size).toBe(1);
  expect(kept()).toHaveLength(1);
});

test('a bundle with a source outside of the folders is not kept: its edit would not be seen', async () => {
  write('other.ts', "export const other = 'outside';");
  write('workflows/index.ts', "export { other } from '../other.ts';");

  expect(await bundle()).toContain('outside');
  expect(kept()).toEqual([]);
  expect(said.join()).toContain('import from outside of their folders');
});

test('without a cache to write in the worker starts all the same', async () => {
  writeFileSync(join(folder, 'file'), '');
  process.env['XDG_CACHE_HOME'] = join(folder, 'file');

  expect(await bundle()).toContain('first');
});

test("the engine's own workflows are made of nothing but the folders that are looked at", async () => {
  const root = join(folder, 'own');
  mkdirSync(root);
  for (const name of ['workflows', 'rules', 'activities', 'package.json']) {
    cpSync(join(ownSource.root, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(ownSource.root, 'node_modules'), join(root, 'node_modules'));
  source = { ...ownSource, root };
  await bundle();

  expect(said).toEqual([]);
  expect(kept()).toHaveLength(1);
});
