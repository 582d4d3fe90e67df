/** YAML text -> a tree of values that know where they stand, within limits; problems otherwise. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import { problem } from './problems.ts';
import type { Position, Problem } from './types.ts';

/** A value with its position; `keyAt` is where its key stands in the map around it. */
export type Located = { at: Position; keyAt?: Position } & (
  | { type: 'scalar'; value: string | number | boolean | null; source: string }
  | { type: 'map'; entries: Map<string, Located> }
  | { type: 'list'; items: Located[] }
);

/** 256 KiB: a hundred times a long mapping, and nothing a parser could be drowned in. */
export const bytesMax = 256 * 1024;
/** Values of one file, aliases expanded: what a YAML bomb runs into. */
const nodesMax = 20_000;
const aliasesMax = 100;
const depthMax = 20;

/** What reading a file gave: `root` is null where no tree could be made of it. */
export interface ReadYaml {
  root: Located | null;
  problems: Problem[];
}

/** Complaints after which the tree still means something: the rest of the file is checked too. */
const mendable = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);
/** One slip in the syntax can make the parser complain about every line below it. */
const complaintsMax = 10;

/** The tree of a file and what is wrong with it. Never throws. */
export function readYaml(file: string, text: string): ReadYaml {
  const start = { file, line: 1, column: 1 };
  if (Buffer.byteLength(text) > bytesMax) {
    return failed(start, `the file is larger than ${bytesMax / 1024} KiB.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.some((error) => error.code === 'RESOURCE_EXHAUSTION')) {
    return failed(start, `nested deeper than ${depthMax} levels.`);
  }
  const problems = complaints.slice(0, complaintsMax).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return problem({ file, line, column: col }, '', plainMessage(error, text));
  });
  if (!complaints.every((error) => mendable.has(error.code))) {
    return { root: null, problems };
  }
  if (document.contents === null) {
    return failed(start, 'the file is empty.');
  }
  const { root, problems: more } = walkDocument(file, document, lines);
  return { root, problems: [...problems, ...more] };
}

function walkDocument(file: string, document: Document.Parsed, lines: LineCounter): ReadYaml {
  const walker = new Walker(file, document, lines);
  try {
    return { root: walker.read(document.contents as Node, 0), problems: [] };
  } catch (error) {
    if (error instanceof Refused) {
      return { root: null, problems: [problem(error.at, '', error.message)] };
    }
    throw error;
  }
}

class Refused extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.at = at;
  }
}

/** Reads nodes into located values and counts as it goes. */
class Walker {
  private readonly file: string;
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;
  private nodes = 0;
  private aliases = 0;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
  }

  read(node: Node | null, depth: number, fallback?: Position): Located {
    const at = this.position(node, fallback);
    this.nodes += 1;
    if (this.nodes > nodesMax) {
      throw new Refused(at, `more than ${nodesMax} values: aliases may not multiply them.`);
    }
    if (depth > depthMax) {
      throw new Refused(at, `nested deeper than ${depthMax} levels.`);
    }
    if (isAlias(node)) {
      return { ...this.read(this.resolve(node, at), depth + 1), at };
    }
    if (isMap(node)) {
      return this.readMap(node.items as never, at, depth);
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item as Node, depth + 1, at));
      return { at, type: 'list', items };
    }
    if (isScalar(node) && isPlain(node.value)) {
      return { at, type: 'scalar', value: node.value, source: node.source ?? String(node.value) };
    }
    if (node === null) {
      return { at, type: 'scalar', value: null, source: '' };
    }
    throw new Refused(at, 'expected text, a number, true, false, a list or a map.');
  }

  private readMap(
    pairs: { key: Node; value: Node | null }[],
    at: Position,
    depth: number,
  ): Located {
    const entries = new Map<string, Located>();
    for (const { key, value } of pairs) {
      const keyAt = this.position(key, at);
      if (!isScalar(key)) {
        throw new Refused(keyAt, 'expected a key, found a list or a map.');
      }
      const name = key.source ?? String(key.value);
      if (name === '__proto__') {
        throw new Refused(keyAt, '"__proto__" cannot be a key.');
      }
      entries.set(name, { ...this.read(value, depth + 1, keyAt), keyAt });
    }
    return { at, type: 'map', entries };
  }

  private resolve(node: Node, at: Position): Node {
    this.aliases += 1;
    const target = isAlias(node) ? node.resolve(this.document) : undefined;
    if (this.aliases > aliasesMax) {
      throw new Refused(at, `more than ${aliasesMax} aliases.`);
    }
    if (target === undefined) {
      throw new Refused(at, 'the alias has no anchor before it.');
    }
    return target;
  }

  private position(node: Node | null, fallback?: Position): Position {
    const start = node?.range?.[0];
    if (start === undefined) {
      return fallback ?? { file: this.file, line: 1, column: 1 };
    }
    const { line, col } = this.lines.linePos(start);
    return { file: this.file, line, column: col };
  }
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function failed(at: Position, message: string): ReadYaml {
  return { root: null, problems: [problem(at, '', message)] };
}

function plainMessage(error: YAMLParseError | YAMLWarning, text: string): string {
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^[\w.-]{1,80}/.exec(text.slice(error.pos[0]))?.[0];
      return `${key === undefined ? 'this key' : `"${key}"`} is given twice; keep one of them.`;
    }
    case 'TAB_AS_INDENT':
      return 'indent with spaces, not with tabs.';
    case 'MULTIPLE_DOCS':
      return 'expected one document, found "---" and a second one.';
    case 'TAG_RESOLVE_FAILED':
      return 'tags ("!...") are not read; write the value plainly.';
    default:
      return `not valid YAML: ${error.message.replace(/\s+/g, ' ').slice(0, 160)}`;
  }
}

/** Plain values of a tree, as JSON would hold them. */
export function plain(located: Located): unknown {
  switch (located.type) {
    case 'scalar':
      return located.value;
    case 'list':
      return located.items.map(plain);
    case 'map':
      return Object.fromEntries([...located.entries].map(([name, value]) => [name, plain(value)]));
  }
}

/** What stands at a path, and the nearest thing around it where nothing does. */
export function locate(
  root: Located,
  path: readonly PropertyKey[],
): { found: Located | null; nearest: Located } {
  let nearest = root;
  for (const step of path) {
    const next =
      nearest.type === 'map'
        ? nearest.entries.get(String(step))
        : nearest.type === 'list'
          ? nearest.items[Number(step)]
          : undefined;
    if (next === undefined) {
      return { found: null, nearest };
    }
    nearest = next;
  }
  return { found: nearest, nearest };
}

/** `own` over `base`: maps merge, null removes, everything else replaces; positions are kept. */
export function merge(base: Located, own: Located): Located {
  if (base.type !== 'map' || own.type !== 'map') {
    return own;
  }
  const entries = new Map(base.entries);
  for (const [name, value] of own.entries) {
    const below = entries.get(name);
    if (value.type === 'scalar' && value.value === null) {
      entries.delete(name);
    } else {
      entries.set(name, below === undefined ? value : { ...merge(below, value), ...keyOf(value) });
    }
  }
  return { ...own, entries };
}

function keyOf(value: Located): { keyAt?: Position } {
  return value.keyAt === undefined ? {} : { keyAt: value.keyAt };
}

/** Calls `visit` for every scalar with its dotted path. */
export function eachScalar(
  root: Located,
  visit: (path: string, value: Extract<Located, { type: 'scalar' }>) => void,
  path = '',
): void {
  const below = (step: string | number) => (path === '' ? String(step) : `${path}.${step}`);
  switch (root.type) {
    case 'scalar':
      visit(path, root);
      return;
    case 'list':
      for (const [index, item] of root.items.entries()) {
        eachScalar(item, visit, below(index));
      }
      return;
    case 'map':
      for (const [name, value] of root.entries) {
        eachScalar(value, visit, below(name));
      }
  }
}
