/** What a schema cannot say about a policy: calendars that exist, holidays known, tiers in order. */
import { isHolidayRegion } from './calendar.ts';
import { type Located, locate } from './located.ts';
import type { PolicyInput } from './policy-schema.ts';
import { didYouMean, problem } from './problems.ts';
import type { TierLevelInput } from './tier-schema.ts';
import type { Problem } from './types.ts';

/** Problems of a policy that has passed its schema. */
export function checkPolicyMeaning(input: PolicyInput, root: Located): Problem[] {
  return [
    ...calendarReferences(input, root),
    ...regionsTwice(input, root),
    ...tierTables(input).flatMap(({ levels, path }) => tierProblems(levels, path, root)),
    ...tierForm(input, root),
    ...stalePolicy(input, root),
  ];
}

/** Holiday regions nobody knows; works on the raw tree, so that they show with all the rest. */
export function checkPolicyTree(root: Located): Problem[] {
  const calendars = locate(root, ['calendars']).found;
  if (calendars === null || calendars.type !== 'map') {
    return [];
  }
  return [...calendars.entries].flatMap(([name, calendar]) => {
    const list = locate(calendar, ['holidays']).found;
    const items = list?.type === 'list' ? list.items : [];
    return items.flatMap((item, index) => {
      const code = item.type === 'scalar' ? item.source : '';
      const looksRight = /^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}$/.test(code);
      const path = `calendars.${name}.holidays.${index}`;
      return looksRight && !isHolidayRegion(code)
        ? [problem(item.at, path, `no public holidays are known for "${code}".`)]
        : [];
    });
  });
}

/** Tiers whose next line is not 1.5 to 2.5 times as high: legal, and worth a look. */
export function warnOfPolicy(input: PolicyInput, root: Located): Problem[] {
  return tierTables(input).flatMap(({ levels, path }) =>
    levels.flatMap((level, index) => {
      const below = Number(levels[index - 1]?.revenue ?? 0);
      const ratio = below > 0 ? Number(level.revenue ?? 0) / below : 2;
      if (ratio === 0 || (ratio >= 1.5 && ratio <= 2.5)) {
        return [];
      }
      const message =
        `"${level.name}" asks for ${ratio.toFixed(1)} times the revenue of the tier below; ` +
        'programmes usually step by 1.5 to 2.5.';
      return [at(root, [...path, index, 'revenue'], message)];
    }),
  );
}

function calendarReferences(input: PolicyInput, root: Located): Problem[] {
  const names = Object.keys(input.calendars);
  const references: [PropertyKey[], string | undefined][] = [
    [['default_calendar'], input.default_calendar],
    [['registration', 'calendar'], input.registration.calendar],
  ];
  return references.flatMap(([path, name]) => {
    if (name === undefined || names.includes(name)) {
      return [];
    }
    const known = names.length === 0 ? 'there is none' : `there: ${names.join(', ')}`;
    const message = `no calendar is called "${name}" (${known}).${didYouMean(name, names)}`;
    return [at(root, path, message)];
  });
}

function regionsTwice(input: PolicyInput, root: Located): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(input.calendars).flatMap(([name, calendar]) =>
    calendar.regions.flatMap((region, index) => {
      const first = seen.get(region.toLowerCase());
      seen.set(region.toLowerCase(), first ?? name);
      const message = `"${region}" already belongs to the calendar "${first}".`;
      return first === undefined ? [] : [at(root, ['calendars', name, 'regions', index], message)];
    }),
  );
}

interface TierList {
  levels: TierLevelInput[];
  path: PropertyKey[];
}

function tierTables({ tiers }: PolicyInput): TierList[] {
  if (tiers === undefined) {
    return [];
  }
  if (Array.isArray(tiers)) {
    return [{ levels: tiers, path: ['tiers'] }];
  }
  const tables = (tiers.tables ?? []).map((table, index) => ({
    levels: table.levels,
    path: ['tiers', 'tables', index, 'levels'],
  }));
  return tiers.levels === undefined
    ? tables
    : [{ levels: tiers.levels, path: ['tiers', 'levels'] }, ...tables];
}

function tierForm({ tiers }: PolicyInput, root: Located): Problem[] {
  if (tiers === undefined || Array.isArray(tiers)) {
    return [];
  }
  const both = tiers.levels !== undefined && tiers.tables !== undefined;
  const neither = tiers.levels === undefined && tiers.tables === undefined;
  return both || neither ? [at(root, ['tiers'], 'expected either "levels" or "tables".')] : [];
}

const thresholds = [
  'revenue',
  'won_deals',
  'registrations',
  'certifications',
  'satisfaction',
] as const;

/** Names once each, and no line below that of the tier before. */
function tierProblems(levels: TierLevelInput[], path: PropertyKey[], root: Located): Problem[] {
  const names = levels.map((level) => level.name.toLowerCase());
  return levels.flatMap((level, index) => {
    const twice = names.indexOf(level.name.toLowerCase()) < index;
    const here = [...path, index];
    const problems = twice
      ? [at(root, [...here, 'name'], `the tier "${level.name}" is given twice.`)]
      : [];
    for (const name of thresholds) {
      const below = levels[index - 1]?.[name];
      const own = level[name];
      if (below !== undefined && own !== undefined && Number(own) < Number(below)) {
        const message = `expected at least ${below}, that of the tier below, found ${own}.`;
        problems.push(at(root, [...here, name], message));
      }
    }
    return problems;
  });
}

/** A stage that is ignored and has a limit as well: one of the two is a mistake. */
function stalePolicy({ stale }: PolicyInput, root: Located): Problem[] {
  return stale.ignore.flatMap((stage, index) =>
    stage in stale.stages
      ? [
          at(
            root,
            ['stale', 'ignore', index],
            `"${stage}" is ignored but has its own limit in "stages"; drop one of them.`,
          ),
        ]
      : [],
  );
}

function at(root: Located, path: readonly PropertyKey[], message: string): Problem {
  return problem(locate(root, path).nearest.at, path.join('.'), message);
}
