/** Words of a search: what a term asks for, and whether texts have it. */
import { ApiError } from '../errors.ts';
import { malformed } from './parse.ts';

/** Words in a row, each as a pattern with `*` and `?`. */
type Phrase = RegExp[];

/** Texts match when all phrases of one alternative are somewhere in them. */
export type Wanted = Phrase[][];

/** Reads `acme "new york" OR kings*`. Throws ApiError MALFORMED_SEARCH, 501 for NOT and brackets. */
export function wantedBy(asked: string): Wanted {
  // An escaped sign stands for itself; those that would mean something are no part of a word.
  const term = asked.replace(/\\(.)/g, (_, sign: string) => (/[()*?"]/.test(sign) ? ' ' : sign));
  if (term.replace(/[\s*?"]/g, '').length < 2) {
    throw malformed(`search term must be longer than one character: ${term}`);
  }
  const pieces = [...term.matchAll(/"([^"]*)"|(\S+)/g)];
  const alternatives: Phrase[][] = [[]];
  for (const [, quoted, word] of pieces) {
    if (word === 'NOT' || /^[()]|[()]$/.test(word ?? '')) {
      throw new ApiError(501, 'NOT_IMPLEMENTED', 'The sandbox has no NOT and no brackets in FIND.');
    }
    if (word === 'OR') alternatives.push([]);
    else if (word !== 'AND') {
      const phrase = wordsOf(quoted ?? word ?? '', true).map(patternOf);
      if (phrase.length > 0) alternatives.at(-1)!.push(phrase);
    }
  }
  return alternatives.filter((phrases) => phrases.length > 0);
}

/** Whether these texts, of one record, have what is wanted. */
export function matches(wanted: Wanted, texts: string[]): boolean {
  const words = texts.map((text) => wordsOf(text, false));
  return wanted.some((phrases) =>
    phrases.every((phrase) => words.some((row) => inARow(phrase, row))),
  );
}

function inARow(phrase: Phrase, words: string[]): boolean {
  return words.some((_, at) =>
    phrase.every((pattern, i) => at + i < words.length && pattern.test(words[at + i]!)),
  );
}

function wordsOf(text: string, wildcards: boolean): string[] {
  const word = wildcards ? /[\p{L}\p{N}*?]+/gu : /[\p{L}\p{N}]+/gu;
  return text.toLowerCase().match(word) ?? [];
}

function patternOf(word: string): RegExp {
  return new RegExp(`^${word.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u');
}
