/** A portal with one connection to it, for the connector contract: real client, real sockets. */
import type { Connector } from '../../connectors/connector.ts';
import type { HubSpotAuth } from '../../connectors/hubspot/auth.ts';
import { type OpenHubSpotOptions, openHubSpot } from '../../connectors/hubspot/open.ts';
import { HubSpotError } from '../../sandbox/hubspot/errors.ts';
import { associate } from '../../sandbox/hubspot/links.ts';
import { mergeRecords } from '../../sandbox/hubspot/merge.ts';
import type { ObjectStore } from '../../sandbox/hubspot/object-store.ts';
import type { Portal } from '../../sandbox/hubspot/portal.ts';
import {
  defaultApp,
  defaultPrivateToken,
  defaultRefreshToken,
  integrationUserId,
} from '../../sandbox/hubspot/portals.ts';
import { valueIn } from '../../sandbox/hubspot/property.ts';
import {
  archiveRecord,
  createRecord,
  type Scene,
  updateRecord,
} from '../../sandbox/hubspot/write.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { startTappedSandbox, type TappedSandbox } from '../support/wire-tap.ts';
import type { ContractWorld, NeutralRecord } from './world.ts';

/** The contract's world, and the sandbox itself for what only HubSpot does. */
export interface HubSpotWorld extends ContractWorld {
  sandbox: Sandbox;
  portal: Portal;
  tap: TappedSandbox['tap'];
  /** Another connection, opened otherwise. */
  open(more: Partial<OpenHubSpotOptions>): Connector;
  /** A person labels a company of a deal. */
  associate(deal: string, company: string, label: string): void;
}

const names = {
  opportunity: 'deals',
  partner: 'companies',
  name: 'dealname',
  amount: 'amount',
  closeDate: 'closedate',
  stage: 'dealstage',
  ownerName: 'hubspot_owner_id.name',
  whereAlpha: "dealname = 'Alpha'",
  noObject: 'unheard_of',
  noField: 'unheard_of',
  noId: '9999999999',
};
const field = { object: 'deals', usersEdit: false, description: 'For the contract.' };
const fields: ContractWorld['fields'] = {
  flag: { ...field, name: 'contract_flag', label: 'Flag', type: 'bool' },
  reason: { ...field, name: 'contract_reason', label: 'Reason', type: 'string', length: 255 },
  partner: {
    ...field,
    name: 'companies:Contract partner',
    label: 'Contract partner',
    type: 'association label',
    referenceTo: 'companies',
    relationshipName: 'Contract deal',
  },
};
const ownerId = '70000001';
const humanUserId = 501;

/** How a world signs in: a private app's token, or OAuth. */
export type SignIn = 'token' | 'refresh-token';

/** A world over a fresh portal, by one family of paths. */
export async function openHubSpotWorld(
  apiVersion: string,
  signIn: SignIn = 'token',
): Promise<HubSpotWorld> {
  const running = await startTappedSandbox({});
  const { sandbox, url } = running;
  addOwners(sandbox.portals.defaultPortal);
  const budget: ContractWorld['budget'] = { taken: [] };
  const opened: ReturnType<typeof openHubSpot>[] = [];
  const open = (auth: HubSpotAuth, more: Partial<OpenHubSpotOptions> = {}) => {
    const connector = openHubSpot({
      auth,
      apiVersion,
      budget: {
        take: async (_calls, priority) => void budget.taken.push(priority),
        observe: () => {},
      },
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      requestTimeoutMs: 10_000,
      searchesPerSecond: 1_000,
      pageRecords: 200,
      ...more,
    });
    opened.push(connector);
    return connector;
  };
  const auth = (secret: string | null): HubSpotAuth =>
    signIn === 'token'
      ? { flow: 'token', loginUrl: url, accessToken: secret ?? defaultPrivateToken }
      : {
          flow: 'refresh-token',
          loginUrl: url,
          clientId: defaultApp.clientId,
          clientSecret: secret ?? defaultApp.clientSecret,
          refreshToken: defaultRefreshToken,
        };
  return {
    sandbox,
    portal: sandbox.portals.defaultPortal,
    tap: running.tap,
    open: (more) => open(auth(null), more),
    associate: (deal, company, label) => {
      const portal = sandbox.portals.defaultPortal;
      const from = { store: portal.store('deals'), id: deal };
      const to = { store: portal.store('companies'), id: company };
      const type = portal.associations.types.labelled('deal', 'company', label);
      associate(portal, { from, to }, [type!]);
    },
    connector: open(auth(null)),
    names,
    budget,
    callsBesidePages: 1,
    callsADescription: 3,
    rowsACall: 100,
    fields,
    reopen: () => open(auth(null)),
    openRefused: () => open(auth('not-the-secret')),
    ...recordHands(sandbox),
    ...settings(sandbox, signIn),
    async close() {
      await Promise.all(opened.map((connector) => connector.close()));
      await running.close();
    },
  };
}

function addOwners(portal: Portal): void {
  const common = { archived: false, createdAt: 0, updatedAt: 0, teams: [] };
  for (const [id, userId, firstName] of [
    [ownerId, humanUserId, 'Ada'],
    ['70000002', integrationUserId, 'Partner'],
  ] as const) {
    const email = `${firstName.toLowerCase()}@contract.example`;
    portal.owners.set(id, { ...common, id, userId, email, firstName, lastName: 'Sync' });
  }
}

type RecordHand = 'create' | 'edit' | 'remove' | 'merge' | 'look' | 'tasks';
type Setting =
  | 'nowMs'
  | 'advance'
  | 'freeze'
  | 'revokeSessions'
  | 'forgetPaging'
  | 'countedCalls'
  | 'logins'
  | 'leaveCalls'
  | 'forbidNegativeAmounts'
  | 'hideProvisionedFields';

const objects = { opportunity: 'deals', partner: 'companies' } as const;

/** What people do in the portal. */
function recordHands(sandbox: Sandbox): Pick<ContractWorld, RecordHand> {
  const portal = sandbox.portals.defaultPortal;
  const author = {
    sourceType: 'CRM_UI' as const,
    sourceId: null,
    userId: humanUserId,
    appId: null,
  };
  const scene = (object: keyof typeof objects): Scene => ({
    portal,
    store: portal.store(objects[object]),
    writer: { author, apiVersion: 'v3', via: 'page' },
  });
  const live = (store: ObjectStore, id: string) => store.live(id) ?? missing(id);
  return {
    create(object, records) {
      const wasFrozen = sandbox.clock.frozen;
      sandbox.clock.freeze();
      const made = records.map((record) => createRecord(scene(object), rowOf(object, record)).id);
      if (!wasFrozen) sandbox.clock.resume();
      return made;
    },
    edit(object, id, record) {
      const { store } = scene(object);
      updateRecord(scene(object), live(store, id), rowOf(object, record, false));
    },
    remove(object, ids) {
      for (const id of ids) archiveRecord(scene(object), live(scene(object).store, id));
    },
    merge: (survivor, merged) => mergeRecords(scene('partner'), survivor, merged).id,
    look(id) {
      const store = portal.store('deals');
      const record = store.live(id);
      if (!record) return null;
      const value = (name: string) => valueIn(record, store.properties.get(name)!);
      const [amount, closeDate] = [value('amount'), value('closedate')];
      return {
        name: value('dealname') ?? '',
        ...(amount === null ? {} : { amount: Number(amount) }),
        ...(closeDate === null ? {} : { closeDate: closeDate.slice(0, 10) }),
      };
    },
    tasks() {
      const store = portal.store('tasks');
      return [...store.all()].map((record) => ({
        subject: valueIn(record, store.properties.get('hs_task_subject')!) ?? '',
        open: valueIn(record, store.properties.get('hs_task_status')!) !== 'COMPLETED',
      }));
    },
  };
}

function settings(sandbox: Sandbox, signIn: SignIn): Pick<ContractWorld, Setting> {
  const { portals, clock, calls } = sandbox;
  const portal = portals.defaultPortal;
  return {
    nowMs: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    freeze: () => clock.freeze(),
    revokeSessions: () => {
      for (const [token, { kind }] of portals.tokens) {
        if (kind === 'oauth') portals.tokens.delete(token);
      }
    },
    forgetPaging: () => {}, // HubSpot remembers nothing between two pages
    countedCalls: () => portal.limiter.usedToday,
    logins: () =>
      calls
        .calls()
        .filter(({ path, status }) =>
          signIn === 'token' ? status === 401 : path.endsWith('/token'),
        ).length,
    leaveCalls: (left) => {
      const { limiter } = portal;
      limiter.settings = { ...limiter.settings, enforced: true, daily: limiter.usedToday + left };
    },
    forbidNegativeAmounts: () => {
      portal.beforeWrite = ({ object, properties }) => {
        if (object !== 'deals' || !(Number(properties['amount']) < 0)) return 0;
        throw new HubSpotError(400, 'VALIDATION_ERROR', 'An amount is never negative.');
      };
    },
    hideProvisionedFields: () => {
      for (const name of ['contract_flag', 'contract_reason']) {
        portal.store('deals').properties.remove(name);
      }
    },
  };
}

function missing(id: string): never {
  throw new Error(`The portal has no record ${id}.`);
}

function rowOf(
  object: keyof typeof objects,
  record: Partial<NeutralRecord>,
  isNew = true,
): Record<string, string> {
  const name = object === 'opportunity' ? 'dealname' : 'name';
  const stage: Record<string, string> =
    isNew && object === 'opportunity' ? { dealstage: 'appointmentscheduled' } : {};
  return {
    ...stage,
    ...(isNew ? { hubspot_owner_id: ownerId } : {}),
    ...(record.name === undefined ? {} : { [name]: record.name }),
    ...(record.amount === undefined ? {} : { amount: String(record.amount) }),
    ...(record.closeDate === undefined ? {} : { closedate: record.closeDate }),
  };
}
