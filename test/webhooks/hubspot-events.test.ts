/** HubSpot's webhooks as its documents and its own client have them: signatures and events. */

import { Signature } from '@hubspot/api-client';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesIn, isGenuine, isTimely } from '../../connectors/hubspot/webhooks.ts';

const uri = 'https://www.example.com/webhook_uri';
const bytes = (text: string) => Buffer.from(text, 'utf8');
const change = (event: object) => changesIn(bytes(JSON.stringify([event])));

describe('signature v3', () => {
  test('what HubSpot’s own client signs is genuine, whatever the body, the secret and the moment', () => {
    const body = fc.string({ unit: 'grapheme', maxLength: 200 });
    const moment = fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 });
    fc.assert(
      fc.property(body, fc.string({ minLength: 1 }), moment, (requestBody, clientSecret, at) => {
        const method = 'POST';
        const asked = { clientSecret, requestBody, url: uri, timestamp: at, signature: '' };
        const signature = Signature.getSignature(method, 'v3', asked);
        const request = { method, uri, body: bytes(requestBody), signature, timestamp: String(at) };

        expect(isGenuine(clientSecret, request)).toBe(true);
        expect(isGenuine(`${clientSecret}x`, request)).toBe(false);
        expect(isGenuine(clientSecret, { ...request, method: 'GET' })).toBe(false);
        expect(isGenuine(clientSecret, { ...request, uri: `${uri}/` })).toBe(false);
        expect(isGenuine(clientSecret, { ...request, body: bytes(`${requestBody} `) })).toBe(false);
        expect(isGenuine(clientSecret, { ...request, timestamp: String(at + 1) })).toBe(false);
      }),
    );
  });

  test('a signature that was made elsewhere, byte for byte', () => {
    // openssl dgst -sha256 -hmac yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy -binary | base64
    const request = {
      method: 'POST',
      uri,
      body: bytes('{"example_field":"example_value"}'),
      timestamp: '1700000000000',
      signature: 'rQEKkaNUiu+1qGF//O/pw4BCzstSqO1PyUnGICmf+7o=',
    };

    expect(isGenuine('yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy', request)).toBe(true);
  });

  test('one bit of a signature changed anywhere is forged', () => {
    const asked = { clientSecret: 's', requestBody: '[]', url: uri, timestamp: 1, signature: '' };
    const good = Signature.getSignature('POST', 'v3', asked);
    const request = { method: 'POST', uri, body: bytes('[]'), timestamp: '1' };

    for (let at = 0; at < good.length; at += 1) {
      const other = String.fromCharCode(good.charCodeAt(at) ^ 1);
      const signature = good.slice(0, at) + other + good.slice(at + 1);
      expect(isGenuine('s', { ...request, signature })).toBe(false);
    }
    expect(isGenuine('s', { ...request, signature: good })).toBe(true);
  });

  test.each([
    ['%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B', ": / ? @ ! $ ' ( ) * , ;"],
    ['%3a%2f', ':/'],
    ['%20 %25 %26 %3D %5B %C3%A9', '%20 %25 %26 %3D %5B %C3%A9'],
  ])('of the address %s HubSpot signs %s', (given, decoded) => {
    const [address, signed] = [given, decoded].map((part) => `${uri}?q=${part}`) as [
      string,
      string,
    ];
    const asked = {
      clientSecret: 's',
      requestBody: '[]',
      url: signed,
      timestamp: 1,
      signature: '',
    };
    const signature = Signature.getSignature('POST', 'v3', asked);

    const request = { method: 'POST', uri: address, body: bytes('[]'), timestamp: '1', signature };
    expect(isGenuine('s', request)).toBe(true);
  });

  test.each([
    ['now', 0, true],
    ['a minute ago', -60_000, true],
    ['five minutes ago', -300_000, true],
    ['five minutes and a millisecond ago', -300_001, false],
    ['half a minute ahead of our clock', 30_000, true],
    ['two minutes ahead of it', 120_000, false],
  ])('a request of %s (%i ms): %s', (_, ms, expected) => {
    const now = Date.parse('2026-11-20T12:00:00Z');

    expect(isTimely(String(now + ms), now)).toBe(expected);
  });

  test.each([
    [undefined],
    [''],
    ['now'],
    ['-1'],
    ['1e12'],
    ['0x1'],
    [' 1'],
    ['1.5'],
    ['9'.repeat(30)],
  ])('a timestamp %j is none', (timestamp) => {
    expect(isTimely(timestamp, 1)).toBe(false);
  });
});

describe('events', () => {
  const account = '62515';
  const about = (object: string, id: string, isLink = false) => ({ account, object, id, isLink });

  test.each([
    ['deal.propertyChange', { objectId: 123 }, [about('0-3', '123')]],
    ['deal.creation', { objectId: 123 }, [about('0-3', '123')]],
    ['deal.deletion', { objectId: 123 }, [about('0-3', '123')]],
    ['deal.restore', { objectId: 123 }, [about('0-3', '123')]],
    ['company.propertyChange', { objectId: '9' }, [about('0-2', '9')]],
    ['contact.privacyDeletion', { objectId: 5 }, [about('0-1', '5')]],
    ['line_item.creation', { objectId: 5 }, [about('0-8', '5')]],
    ['object.propertyChange', { objectTypeId: '2-30001', objectId: 7 }, [about('2-30001', '7')]],
    ['object.creation', { objectTypeId: '0-3', objectId: 7 }, [about('0-3', '7')]],
  ])('%s %j is about %j', (subscriptionType, more, expected) => {
    expect(change({ portalId: 62515, subscriptionType, ...more })).toEqual(expected);
  });

  test('a merge is about the record that lives on and every one that went into it', () => {
    const merge = { objectId: 3, newObjectId: 3, primaryObjectId: 1, mergedObjectIds: [1, 2] };
    const expected = ['3', '1', '2'].map((id) => about('0-3', id));

    expect(change({ portalId: 62515, subscriptionType: 'deal.merge', ...merge })).toEqual(expected);
    const asText = { ...merge, mergedObjectIds: '1, 2' };
    expect(change({ portalId: 62515, subscriptionType: 'deal.merge', ...asText })).toEqual(
      expected,
    );
  });

  test('a changed association is about both of its ends, and of their links alone', () => {
    const ends = { fromObjectId: 31, toObjectId: 21 };
    const both = [about('0-3', '31', true), about('0-2', '21', true)];

    const older = {
      subscriptionType: 'deal.associationChange',
      associationType: 'DEAL_TO_COMPANY',
    };
    const generic = {
      subscriptionType: 'object.associationChange',
      fromObjectTypeId: '0-3',
      toObjectTypeId: '0-2',
    };

    expect(change({ portalId: 62515, ...older, ...ends })).toEqual(both);
    expect(change({ portalId: 62515, ...generic, ...ends })).toEqual(both);
  });

  test('a label of one’s own names no types: the end that the subscription names is known', () => {
    const event = {
      portalId: 62515,
      subscriptionType: 'deal.associationChange',
      associationType: 'SOURCING PARTNER',
      fromObjectId: 31,
      toObjectId: 21,
    };

    expect(change(event)).toEqual([about('0-3', '31', true)]);
  });

  test('HubSpot’s documents call the type of an event eventType too', () => {
    expect(change({ eventType: 'deal.creation', objectId: 1 })).toEqual([
      { account: null, object: '0-3', id: '1', isLink: false },
    ]);
  });

  test.each([
    [{ subscriptionType: 'conversation.newMessage', objectId: 1 }],
    [{ subscriptionType: 'object.creation', objectId: 1 }],
    [{ subscriptionType: 'object.creation', objectTypeId: '../..', objectId: 1 }],
    [{ subscriptionType: 'deal.creation', objectId: 'DROP TABLE' }],
    [{ subscriptionType: 'deal.creation', objectId: 1.5 }],
    [{ subscriptionType: 'deal.creation', objectId: -1 }],
    [{ subscriptionType: 'deal.creation', objectId: '9'.repeat(40) }],
    [{ subscriptionType: 'deal.creation', objectId: { id: 1 } }],
    [{ subscriptionType: 'constructor.creation', objectId: 1 }],
    [{}],
  ])('an event that names no record is passed over: %j', (event) => {
    expect(change(event)).toEqual([]);
  });

  test('whatever arrives, what leaves is ids', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (events) => {
        for (const { object, id } of changesIn(bytes(JSON.stringify(events))) ?? []) {
          expect(`${object}/${id}`).toMatch(/^\d{1,3}-\d{1,12}\/\d{1,20}$/);
        }
      }),
    );
  });
});
