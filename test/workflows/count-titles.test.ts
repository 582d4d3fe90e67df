/** Counts in the Temporal UI are words, whatever run they come from. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { countTable, countTitle } from '../../workflows/job-details.ts';

test.each([
  ['pulled.opportunity', 'Opportunities read'],
  ['changed.user', 'Users that changed'],
  ['vanished.partner', 'Partners gone from the CRM'],
  ['tasksCancelled', 'Tasks cancelled'],
  ['somethingNew', 'Something new'],
  ['somethingNew.touch', 'Touches something new'],
])('the count %s is called "%s"', (name, title) => {
  expect(countTitle(name)).toBe(title);
});

test('every count an activity adds by name has a title of its own', () => {
  const source = readdirSync('activities')
    .map((file) => readFileSync(`activities/${file}`, 'utf8'))
    .join('\n');
  const added = [...source.matchAll(/addTo\(\s*\w*counts,\s*'(\w+)'/g)].map((match) => match[1]!);

  expect(added).toContain('decided');
  for (const name of new Set(added)) {
    const ownWords = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
    expect([name, countTitle(name).split(' ').length]).not.toEqual([name, 1]);
    expect(countTitle(name)).not.toBe(ownWords);
  }
});

test('large counts have separators, and a count of nothing is left out', () => {
  expect(countTable('So far', { 'pulled.opportunity': 14277, failed: 0, decided: 7 })).toEqual([
    '| So far | |',
    '|---|--:|',
    '| Opportunities read | 14,277 |',
    '| Decisions made | 7 |',
  ]);
});
