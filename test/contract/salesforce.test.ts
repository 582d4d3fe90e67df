/** The connector contract, run by the Salesforce connector through jsforce against the sandbox. */
import type { Connector, ProvisionField } from '../../connectors/connector.ts';
import { type OpenSalesforceOptions, openSalesforce } from '../../connectors/salesforce/open.ts';
import { closeCursors } from '../../sandbox/salesforce/api/query.ts';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import { connectorContract } from './connector-contract.ts';
import type { ContractWorld, NeutralRecord } from './world.ts';

const names = {
  opportunity: 'Opportunity',
  partner: 'Account',
  name: 'Name',
  amount: 'Amount',
  closeDate: 'CloseDate',
  stage: 'StageName',
  ownerName: 'Owner.Name',
  whereAlpha: "Name = 'Alpha'",
  noObject: 'Unheard_Of__c',
  noField: 'Unheard_Of__c',
  noId: '006000000099999AAA',
};
const objects = { opportunity: 'Opportunity', partner: 'Account' } as const;
const field = { object: 'Opportunity', usersEdit: false, description: 'For the contract.' };
const fields: ContractWorld['fields'] = {
  flag: { ...field, name: 'Contract_Flag__c', label: 'Flag', type: 'Checkbox' },
  reason: { ...field, name: 'Contract_Reason__c', label: 'Reason', type: 'Text', length: 255 },
  partner: {
    ...field,
    name: 'Contract_Partner__c',
    label: 'Contract Partner',
    type: 'Lookup',
    referenceTo: 'Account',
    relationshipName: 'Contract_Opportunities',
  } satisfies ProvisionField,
};

connectorContract({ name: 'salesforce', open: openWorld, skip: [] });

async function openWorld(): Promise<ContractWorld> {
  const running = await startSandbox();
  const { sandbox, url } = running;
  const org = sandbox.tenants.defaultOrg;
  org.shortPageRows = 250;
  const budget: ContractWorld['budget'] = { taken: [] };
  const opened: Connector[] = [];
  const open = (clientSecret: string, more: Partial<OpenSalesforceOptions> = {}) => {
    const connector = openSalesforce({
      auth: { flow: 'client-credentials', loginUrl: url, clientId: 'sandbox', clientSecret },
      budget: {
        take: async (_calls, priority) => void budget.taken.push(priority),
        observe: () => {},
      },
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      requestTimeoutMs: 10_000,
      ...more,
    });
    opened.push(connector);
    return connector;
  };
  return {
    connector: open('sandbox-secret'),
    names,
    budget,
    callsBesidePages: 0,
    callsADescription: 1,
    rowsACall: 200,
    fields,
    reopen: () => open('sandbox-secret'),
    openRefused: () => open('not-the-secret'),
    ...handsIn(sandbox),
    async close() {
      await Promise.all(opened.map((connector) => connector.close()));
      await running.close();
    },
  };
}

function mustHave(id: string | undefined, result: string): string {
  if (id) return id;
  throw new Error(`the sandbox did not create a record: ${result}`);
}

/** What people and other systems do in the org. */
function handsIn(sandbox: Sandbox): Settings {
  return { ...recordHands(sandbox), ...settings(sandbox) };
}

type RecordHand = 'create' | 'edit' | 'remove' | 'merge' | 'look' | 'tasks';
type Costs = 'callsBesidePages' | 'callsADescription' | 'rowsACall';
type Own = 'connector' | 'names' | 'budget' | 'fields' | Costs;
type Settings = Omit<ContractWorld, Own | 'reopen' | 'openRefused' | 'close'>;

function recordHands(sandbox: Sandbox): Pick<ContractWorld, RecordHand> {
  const org = sandbox.tenants.defaultOrg;
  return {
    create(object, records) {
      const wasFrozen = sandbox.clock.frozen;
      sandbox.clock.freeze();
      const required = object === 'opportunity' ? { StageName: 'Prospecting' } : {};
      const rows = records.map((record) => ({ ...required, ...rowOf(record) }));
      const results = org.insert(objects[object], rows, org.admin);
      if (!wasFrozen) sandbox.clock.resume();
      return results.map((result) => mustHave(result.id, JSON.stringify(result)));
    },
    edit: (object, id, record) => {
      org.update(objects[object], [{ Id: id, ...rowOf(record) }], org.admin);
    },
    remove: (object, ids) => {
      org.delete(objects[object], ids, org.admin);
    },
    merge: (masterId, merged) => {
      org.merge('Account', { masterId, duplicateIds: [merged] }, org.admin);
      return masterId;
    },
    look(id) {
      const row = org.get('Opportunity', id);
      if (!row) return null;
      const { Name, Amount, CloseDate } = row;
      return {
        name: String(Name),
        ...(Amount === null ? {} : { amount: Number(Amount) }),
        ...(CloseDate === null ? {} : { closeDate: String(CloseDate) }),
      };
    },
    tasks: () =>
      org
        .query('SELECT Subject, IsClosed FROM Task')
        .map((row) => ({ subject: String(row.Subject), open: row.IsClosed !== true })),
  };
}

function settings(sandbox: Sandbox): Omit<Settings, RecordHand> {
  const org = sandbox.tenants.defaultOrg;
  return {
    nowMs: () => sandbox.clock.now(),
    advance: (ms) => sandbox.clock.advance(ms),
    freeze: () => sandbox.clock.freeze(),
    revokeSessions: () => sandbox.tenants.sessions.clear(),
    forgetPaging: () => closeCursors(org),
    countedCalls: () => org.dailyCalls.used,
    logins: () =>
      sandbox.calls.calls().filter(({ path }) => path === '/services/oauth2/token').length,
    leaveCalls: (calls) => {
      org.dailyCalls = { ...org.dailyCalls, max: org.dailyCalls.used + calls };
    },
    forbidNegativeAmounts: () => {
      org.validationRules.push({
        object: 'Opportunity',
        name: 'Amount_Not_Negative',
        when: { field: 'Amount', is: '<', value: 0 },
        message: 'An amount is never negative.',
        field: 'Amount',
      });
    },
    hideProvisionedFields: () => {
      const assigned = org.query(
        `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${org.integrationUserId}'`,
      );
      const ids = assigned.map((row) => String(row.Id));
      org.delete('PermissionSetAssignment', ids, org.admin);
    },
  };
}

function rowOf(record: Partial<NeutralRecord>): Record<string, string | number> {
  return {
    ...(record.name === undefined ? {} : { Name: record.name }),
    ...(record.amount === undefined ? {} : { Amount: record.amount }),
    ...(record.closeDate === undefined ? {} : { CloseDate: record.closeDate }),
  };
}
