/**
 * The people of the sample company: sellers, channel managers, leaders, RevOps and the integration
 * user.
 */
import type { Person, Region } from './company.ts';

/** key is the e-mail's local part; `manager` refers to another one. */
type Line = [
  first: string,
  last: string,
  title: string,
  role: Person['role'],
  region: Region,
  manager: string | null,
];

const LINES: Line[] = [
  ['Marguerite', 'Okafor', 'Chief Revenue Officer', 'leader', 'Americas', null],
  ['Daniel', 'Brandt', 'VP Sales', 'leader', 'Americas', 'marguerite.okafor'],
  ['Ines', 'Carvalho', 'VP Partnerships', 'leader', 'EMEA', 'marguerite.okafor'],
  ['Ruth', 'Adeyemi', 'RevOps Lead', 'revops', 'EMEA', 'marguerite.okafor'],
  ['Tom', 'Lindgren', 'RevOps Analyst', 'revops', 'EMEA', 'ruth.adeyemi'],
  ['Priya', 'Nair', 'Channel Manager, Strategic', 'channel', 'Americas', 'ines.carvalho'],
  ['Oliver', 'Hahn', 'Channel Manager, EMEA', 'channel', 'EMEA', 'ines.carvalho'],
  ['Camille', 'Rousseau', 'Channel Manager, EMEA', 'channel', 'EMEA', 'ines.carvalho'],
  ['Kenji', 'Watanabe', 'Channel Manager, APAC', 'channel', 'APAC', 'ines.carvalho'],
  ['Sofia', 'Reyes', 'Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Marcus', 'Bell', 'Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Hannah', 'Whitlock', 'Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Andre', 'Fontaine', 'Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Leah', 'Goldberg', 'Senior Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Victor', 'Mendes', 'Account Executive', 'ae', 'Americas', 'daniel.brandt'],
  ['Emma', 'Fairley', 'Senior Account Executive', 'ae', 'EMEA', 'daniel.brandt'],
  ['Jonas', 'Keller', 'Account Executive', 'ae', 'EMEA', 'daniel.brandt'],
  ['Aoife', 'Byrne', 'Account Executive', 'ae', 'EMEA', 'daniel.brandt'],
  ['Luca', 'Moretti', 'Account Executive', 'ae', 'EMEA', 'daniel.brandt'],
  ['Freja', 'Holm', 'Account Executive', 'ae', 'EMEA', 'daniel.brandt'],
  ['Mei', 'Tan', 'Account Executive', 'ae', 'APAC', 'daniel.brandt'],
  ['Callum', 'Reid', 'Account Executive', 'ae', 'APAC', 'daniel.brandt'],
  ['Gary', 'Pruitt', 'Account Executive (left)', 'ae', 'Americas', 'daniel.brandt'],
  ['Partner Sync', 'Integration', 'Integration User', 'integration', 'Americas', null],
];

/** Left the company, and still owns a few opportunities: who gets the task then? */
const LEFT = 'gary.pruitt';

/** The user partner-sync signs in as. */
export const INTEGRATION_KEY = 'partner.sync.integration';

/** Everybody, always the same: names in tasks and reports stay recognisable from seed to seed. */
export function people(): Person[] {
  return LINES.map(([firstName, lastName, title, role, region, managerKey]) => {
    const key = `${firstName} ${lastName}`.toLowerCase().replaceAll(' ', '.');
    const active = key !== LEFT;
    return { key, firstName, lastName, title, role, region, managerKey, active };
  });
}

/** Keys of the people of one role and region; the ones who left included. */
export function sellersOf(all: Person[], region: Region): string[] {
  return all.filter((p) => p.role === 'ae' && p.region === region).map((p) => p.key);
}
