/** Jest in ESM mode over TypeScript: swc strips the types, Node runs the modules as they are. */
export default {
  testEnvironment: './test/environment.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 180_000,
  testSequencer: './test/longest-first.js',
  maxWorkers: 2,
};
