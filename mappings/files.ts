/** Where the texts of a mapping come from: its folder, the shipped presets, or a stored version. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bytesMax } from './located.ts';
import type { MappingText } from './types.ts';

/** Texts by path relative to the mappings folder ('policies/acme.yaml'). */
export interface MappingFiles {
  /** The text, or null where there is no such file. */
  read(path: string): string | null;
  /** Names without '.yaml' in a folder ('policies', 'presets'). */
  names(folder: string): string[];
  /** The other mapping files beside one, by path. */
  beside(path: string): string[];
  /** The path as people know it, for messages. */
  shown(path: string): string;
}

/** The presets and policies that come with partner-sync. */
const shipped = import.meta.dirname;

/** Files of a folder on disk; presets that are not there come from the shipped ones. */
export function folderFiles(
  folder: string,
  readFile: (path: string) => string | null = readTextFile,
): MappingFiles {
  return {
    read(path) {
      const own = readFile(join(folder, path));
      return own === null && path.startsWith('presets/') ? readTextFile(join(shipped, path)) : own;
    },
    names(sub) {
      const folders =
        sub === 'presets' ? [join(folder, sub), join(shipped, sub)] : [join(folder, sub)];
      return [...new Set(folders.flatMap(yamlNames))].sort();
    },
    beside: (path) => yamlFiles(folder).filter((name) => name !== path),
    shown: (path) => join(folder, path),
  };
}

/** The texts a version was stored with. */
export function storedFiles(sources: readonly MappingText[]): MappingFiles {
  const texts = new Map(sources.map(({ path, text }) => [path, text]));
  return {
    read: (path) => texts.get(path) ?? null,
    names: (folder) =>
      [...texts.keys()]
        .filter((path) => dirname(path) === folder)
        .map((path) => basename(path, '.yaml'))
        .sort(),
    beside: () => [],
    shown: (path) => path,
  };
}

/** The YAML files of a folder by name ('acme.yaml'), none where there is no such folder. */
export function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

function yamlNames(folder: string): string[] {
  return yamlFiles(folder).map((name) => name.replace(/\.ya?ml$/, ''));
}

/** Reads no more than a mapping may have: a folder or a device by that name is no file. */
function readTextFile(path: string): string | null {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) {
      return null;
    }
    return stat.size > bytesMax ? ' '.repeat(bytesMax + 1) : readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
