// The import arrows of the house. An arrow that is not listed here is an error, types included.
const folders = [
  'workflows',
  'activities',
  'rules',
  'connectors',
  'mappings',
  'store',
  'server',
  'reports',
  'sandbox',
  'embedded',
];
const path = (names) => `^(${names.join('|')})(/|\\.ts$)`;
const only = (from, allowed, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: path([from]) },
  to: {
    path: path(
      [...folders, 'worker', 'client', 'env', 'bench', 'test'].filter(
        (n) => n !== from && !allowed.includes(n),
      ),
    ),
  },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^node:' },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    only('rules', [], 'The rules are pure: they import nothing of the house.'),
    only('sandbox', [], 'The sandbox knows nothing of the engine.'),
    only(
      'embedded',
      ['sandbox', 'env'],
      'The embedded stack starts Temporal, PGlite and the sandbox.',
    ),
    only('connectors', ['rules'], 'A connector sees the canonical types only.'),
    only('mappings', ['rules'], 'A mapping sees the canonical types only.'),
    only('store', ['rules'], 'The store sees the canonical types only.'),
    only('reports', ['store', 'rules'], 'Reports read the store.'),
    only(
      'workflows',
      ['rules', 'activities'],
      'Workflows decide time and order; activities as types only.',
    ),
    only(
      'activities',
      ['connectors', 'mappings', 'store', 'rules', 'reports'],
      'Activities are the side effects.',
    ),
    only(
      'server',
      ['store', 'reports', 'mappings', 'workflows', 'rules'],
      'The server reads the store and sends messages.',
    ),
    only(
      'client',
      ['workflows', 'server', 'env', 'embedded', 'mappings', 'rules'],
      'The command line parses, sends and prints; it validates mappings without a stack.',
    ),
    {
      name: 'connectors-by-contract-only',
      comment:
        'Rules only through types.ts: who stores, translates or shows a decision makes none.',
      severity: 'error',
      from: { path: '^(connectors|mappings|store|server)/' },
      to: { path: '^rules/', pathNot: '^rules/types\\.ts$' },
    },
    {
      name: 'activities-see-the-connector-interface',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^connectors/', pathNot: '^connectors/(connector|errors|budget|deadline)\\.ts$' },
    },
    {
      name: 'workflows-see-activities-as-types',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-and-server-see-messages-only',
      severity: 'error',
      from: { path: '^(client(/|\\.ts$)|server/)' },
      to: { path: '^workflows/', pathNot: '^workflows/messages\\.ts$' },
    },
    {
      name: 'client-sees-the-contract-only',
      severity: 'error',
      from: { path: '^client' },
      to: { path: '^server/', pathNot: '^server/contract\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|coverage|\\.mirror)/' },
    includeOnly:
      '^(workflows|activities|rules|connectors|mappings|store|server|reports|sandbox|embedded|bench|test|client|worker|client\\.ts|env\\.ts)',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
