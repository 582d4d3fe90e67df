/**
 * The server's read API as the command line sees it: paths and the shapes of their answers.
 * Content travels here, never through Temporal (design.md section 2).
 */

/** Every path; `:x` is a path parameter, always URL-encoded. */
export const paths = {
  health: '/health',
  metrics: '/metrics',
  connections: '/v1/connections',
  runs: '/v1/runs',
  run: '/v1/runs/:id',
  plans: '/v1/plans',
  plan: '/v1/plans/:id',
  planRows: '/v1/plans/:id/rows',
  explain: '/v1/explain',
  failures: '/v1/failures',
  commands: '/v1/commands',
  command: '/v1/commands/:id',
  summary: '/v1/connections/:name/summary',
  examples: '/v1/connections/:name/examples',
  backup: '/v1/backup',
  doctor: '/v1/doctor',
  /** HTML for people: what a CRM field can link to. */
  explainPage: '/explain/:connection/:id',
  planPage: '/plan/:id',
} as const;
