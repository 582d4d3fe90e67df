/** SOSL and the parameterized search: which records are found, and what is shown of them. */
import { beforeAll, expect, test } from '@jest/globals';
import { type Client, openClient } from './client.ts';

let client: Client;

beforeAll(async () => {
  client = openClient();
  for (const record of [
    { Name: 'Acme North', Description: 'Sells (large) anvils.' },
    { Name: 'Acme South', Phone: '555 0100' },
    { Name: 'Kingsley', Description: 'Buys from Acme' },
  ]) {
    await client.call('POST', '/sobjects/Account', record);
  }
  const person = { LastName: 'Acme', Email: 'jo@kingsley.example' };
  await client.call('POST', '/sobjects/Contact', person);
});

async function names(sosl: string): Promise<string[]> {
  const { body } = await client.call('GET', `/search/?q=${encodeURIComponent(sosl)}`);
  return body.searchRecords.map((one: { Name?: string; attributes: { type: string } }) =>
    one.Name === undefined ? one.attributes.type : one.Name,
  );
}

test('words are found in any order and field, phrases as they stand, wildcards within words', async () => {
  const accounts = (term: string) =>
    names(`FIND {${term}} IN ALL FIELDS RETURNING Account(Id, Name ORDER BY Name)`);

  expect(await accounts('acme')).toEqual(['Acme North', 'Acme South', 'Kingsley']);
  expect(await accounts('anvils acme')).toEqual(['Acme North']);
  expect(await accounts('"from acme"')).toEqual(['Kingsley']);
  expect(await accounts('anv* OR king?ley')).toEqual(['Acme North', 'Kingsley']);
  expect(await accounts('anv')).toEqual([]);
  expect(await accounts('\\(large\\)')).toEqual(['Acme North']);
});

test('the scope, conditions and limits narrow what is returned, object by object', async () => {
  const both = 'RETURNING Account(Name WHERE Phone = null ORDER BY Name LIMIT 1), Contact(Name)';

  expect(await names(`FIND {acme} IN NAME FIELDS ${both}`)).toEqual(['Acme North', 'Acme']);
  expect(await names('FIND {jo@kingsley.example} IN EMAIL FIELDS')).toEqual(['Contact']);
  expect(await names('FIND {acme} RETURNING Account(Name), Contact LIMIT 1')).toHaveLength(1);
});

test('the parameterized search asks the same by query and by body', async () => {
  const found = { searchRecords: [{ Name: 'Kingsley' }] };
  const byQuery = '/parameterizedSearch?q=Kingsley&sobject=Account&Account.fields=Id,Name&in=NAME';
  const body = { q: 'Kingsley', in: 'NAME', fields: ['Name'], sobjects: [{ name: 'Account' }] };

  expect((await client.call('GET', byQuery)).body).toMatchObject(found);
  expect((await client.call('POST', '/parameterizedSearch', body)).body).toMatchObject(found);
});

test('what is no search is refused, and what the sandbox lacks is 501', async () => {
  const search = async (sosl: string) => {
    const { status, body } = await client.call('GET', `/search?q=${encodeURIComponent(sosl)}`);
    return [status, body[0].errorCode];
  };

  expect(await search('Acme')).toEqual([400, 'MALFORMED_SEARCH']);
  expect(await search('FIND {a}')).toEqual([400, 'MALFORMED_SEARCH']);
  expect(await search('FIND {acme} RETURNING Account(Nope)')).toEqual([400, 'INVALID_FIELD']);
  expect(await search('FIND {acme} WITH SNIPPET')).toEqual([501, 'NOT_IMPLEMENTED']);
  expect(await search('FIND {acme AND NOT north}')).toEqual([501, 'NOT_IMPLEMENTED']);
});
