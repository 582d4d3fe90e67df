/** Reads a condition into alternatives of terms: `a = 1 AND (b = 2 OR c IN (3, 4))`. */

/** One comparison; a null among `values` means "no value". */
export interface Term {
  property: string;
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'IN' | 'NOT IN';
  values: (string | null)[];
}

/** Alternatives a condition may have: each becomes a filter group of a search. */
const alternativesMax = 30;

/** Any of the lists, all terms of a list; null for a text that is not one complete condition. */
export function parseCondition(text: string): Term[][] | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const parser = new Parser(tokens);
  const parsed = parser.either();
  return parser.isAtEnd() && parsed !== null && parsed.length <= alternativesMax ? parsed : null;
}

type Token = { kind: 'word' | 'text' | 'sign'; value: string };

const tokenForm =
  /\s*(?:'((?:[^'\\]|\\.)*)'|(<=|>=|!=|<|>|=|\(|\)|,)|([A-Za-z]\w{0,99}|[+-]?\d[\w.:+-]{0,40}))/y;

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  tokenForm.lastIndex = 0;
  const end = text.trimEnd().length;
  while (tokenForm.lastIndex < end) {
    const match = tokenForm.exec(text);
    if (!match) return null;
    const [, quoted, sign, word] = match;
    if (quoted !== undefined) {
      tokens.push({ kind: 'text', value: quoted.replace(/\\(.)/g, '$1') });
    } else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else tokens.push({ kind: 'word', value: word ?? '' });
  }
  return tokens;
}

class Parser {
  private readonly tokens: Token[];
  private at = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  either(): Term[][] | null {
    const first = this.all();
    if (first === null) return null;
    const found = [...first];
    while (this.takeWord('OR')) {
      const next = this.all();
      if (next === null) return null;
      found.push(...next);
    }
    return found;
  }

  /** Terms joined by AND, multiplied out over their alternatives. */
  private all(): Term[][] | null {
    let found = this.one();
    while (found !== null && this.takeWord('AND')) {
      const next = this.one();
      if (next === null || found.length * next.length > alternativesMax) return null;
      found = found.flatMap((terms) => next.map((more) => [...terms, ...more]));
    }
    return found;
  }

  private one(): Term[][] | null {
    if (this.takeSign('(')) {
      const inner = this.either();
      return inner !== null && this.takeSign(')') ? inner : null;
    }
    const property = this.take('word');
    if (property === null || !/^[A-Za-z]/.test(property)) return null;
    const operator = this.operator();
    if (operator === null) return null;
    const listed = operator === 'IN' || operator === 'NOT IN';
    const values = listed ? this.list() : this.value();
    if (values === null) return null;
    const compares = operator !== '=' && operator !== '!=';
    return compares && values.includes(null) ? null : [[{ property, operator, values }]];
  }

  private operator(): Term['operator'] | null {
    if (this.takeWord('IN')) return 'IN';
    if (this.takeWord('NOT')) return this.takeWord('IN') ? 'NOT IN' : null;
    const sign = this.take('sign');
    const isOperator = sign !== null && ['=', '!=', '<', '<=', '>', '>='].includes(sign);
    return isOperator ? (sign as Term['operator']) : null;
  }

  private value(): (string | null)[] | null {
    const text = this.take('text');
    if (text !== null) return [text];
    const word = this.take('word');
    if (word === null) return null;
    if (word.toLowerCase() === 'null') return [null];
    const plain = /^(true|false)$/i.test(word) || /^[+-]?\d/.test(word);
    return plain ? [word] : null;
  }

  private list(): (string | null)[] | null {
    if (!this.takeSign('(')) return null;
    const values: (string | null)[] = [];
    do {
      const value = this.value();
      if (value === null || value.includes(null)) return null;
      values.push(...value);
    } while (this.takeSign(','));
    return this.takeSign(')') ? values : null;
  }

  private take(kind: Token['kind']): string | null {
    const token = this.tokens[this.at];
    if (token?.kind !== kind) return null;
    this.at += 1;
    return token.value;
  }

  private takeSign(value: string): boolean {
    return this.takeIf((token) => token.kind === 'sign' && token.value === value);
  }

  private takeWord(word: string): boolean {
    return this.takeIf((token) => token.kind === 'word' && token.value.toUpperCase() === word);
  }

  private takeIf(test: (token: Token) => boolean): boolean {
    const token = this.tokens[this.at];
    if (!token || !test(token)) return false;
    this.at += 1;
    return true;
  }
}
