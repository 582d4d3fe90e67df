/** demo: the whole journey on sample data, on a fresh stack: provision, plan, apply, explain. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runUntilStopped, type Stack, startStack } from '../../embedded/stack.ts';
import type { Env } from '../../env.ts';
import {
  type ConnectionView,
  type ExampleView,
  type PipelineView,
  type PlanView,
  paths,
  type SummaryView,
} from '../../server/contract.ts';
import { prepareHome } from '../files.ts';
import { type JobOutcome, runJob } from '../jobs.ts';
import { CommandError, count, counted, exitCodes, type Output } from '../output.ts';
import {
  type SandboxOptions,
  sandboxContent,
  sayLeftOut,
  withExpected,
} from '../sandbox-content.ts';
import { saySubscribed } from '../sandbox-webhooks.ts';
import { chosenConnections, openSession, readToken, type Session } from '../session.ts';
import { sayPlan } from './plan.ts';
import { checkMappings, sayPorts } from './up.ts';

export interface DemoOptions extends SandboxOptions {
  exit?: boolean;
  actor: string;
}

/** One connection's part of the last line of `demo --json`. */
interface DemoConnection {
  connection: string;
  crm: string;
  pulled: Record<string, number>;
  decided: number;
  planned: number;
  written: number;
  tasks: number;
  failed: number;
  apiCalls: number;
  attribution: Record<string, number>;
  stale: number;
}

/** What people are shown of a connection beside the JSON. */
interface Shown {
  row: DemoConnection;
  pipeline: PipelineView;
}

type Outcome = 'green' | 'amber' | 'red';

/** Runs the journey on a stack of its own; what an earlier demo left is cleared first. */
export async function demoCommand(env: Env, output: Output, options: DemoOptions): Promise<number> {
  const home = join(env.PARTNER_SYNC_HOME, 'demo');
  const content = sandboxContent(options);
  // The sandbox forgets with its process, so the store and Temporal must start afresh with it.
  checkMappings(env);
  prepareHome(home);
  clearHome(home);
  const startedAt = Date.now();
  const stack = await startStack({
    home,
    sandbox: withExpected(env, home, content),
    env,
    onProgress: output.progress,
  });
  sayLeftOut(output, home, options.export);
  sayPorts(env, output, stack);
  let outcome: Outcome = 'red';
  try {
    outcome = await journey(env, stack, output, options, startedAt);
    if (options.exit !== true) {
      await saySubscribed(env, output, stack);
      output.say('It stays up: look around, edit a stage on a record page, then Ctrl-C.');
      output.say(`Commands for it: PARTNER_SYNC_HOME=${home} npx partner-sync status`);
      const stopped = await runUntilStopped(stack, output.progress);
      return stopped === 0 ? exitCode(outcome) : stopped;
    }
  } finally {
    await stack.stop();
  }
  return exitCode(outcome);
}

function clearHome(home: string): void {
  // A running demo holds its lock in here; startStack then says so.
  const database = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'];
  for (const part of ['store', 'store.lock', 'sandbox.log', ...database]) {
    rmSync(join(home, part), { recursive: true, force: true });
  }
}

async function journey(
  env: Env,
  stack: Stack,
  output: Output,
  options: DemoOptions,
  startedAt: number,
): Promise<Outcome> {
  const session = await openSession(env, {
    temporalAddress: stack.temporal.address,
    serverUrl: stack.server,
    token: readToken(stack.tokenFile),
    uiUrl: stack.temporal.uiUrl,
    sandboxUrl: stack.sandbox ?? null,
  });
  try {
    const connections: Shown[] = [];
    const outcomes: Outcome[] = [];
    const examples: ExampleView[] = [];
    for (const view of await filled(session, options)) {
      const { shown, outcome } = await runConnection(session, view, output, options.actor);
      connections.push(shown);
      outcomes.push(outcome);
      examples.push(...(await examplesOf(session, view.name)));
    }
    const outcome = worst(outcomes);
    const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
    sayEnd(output, stack, connections, examples);
    output.result({
      outcome,
      seconds,
      temporal: {
        address: stack.temporal.address,
        ui: stack.temporal.uiUrl,
        source: stack.temporal.source,
      },
      sandbox: { url: stack.sandbox ?? '' },
      connections: connections.map(({ row }) => row),
      examples: examples.map(({ record, sentence, url }) => ({ record, sentence, url })),
    });
    output.say(`\nDone in ${seconds} s: ${outcome}.`);
    return outcome;
  } finally {
    await session.close();
  }
}

/** The connections there is data for: an export fills the Salesforce org only. Salesforce first. */
async function filled(session: Session, options: DemoOptions): Promise<ConnectionView[]> {
  const all = await chosenConnections(session, undefined);
  const first = all.filter(({ crm }) => crm === 'salesforce');
  return options.export === undefined
    ? [...first, ...all.filter(({ crm }) => crm !== 'salesforce')]
    : first;
}

/** provision -> plan -> apply of one connection. */
async function runConnection(
  session: Session,
  view: ConnectionView,
  output: Output,
  actor: string,
): Promise<{ shown: Shown; outcome: Outcome }> {
  const { name } = view;
  const base = { connection: name, actor };
  output.say(`\n${name} (${view.crm})`);
  const provisioned = await step(session, { ...base, kind: 'provision' as const }, output);
  output.say('Fields, keys and permission sets are in place.');
  const planned = await step(session, { ...base, kind: 'plan' as const }, output);
  const planId = planned.result.planId;
  if (planId === null) {
    throw new CommandError(`${name} made no plan: ${planned.run.message ?? 'see the worker log'}`);
  }
  const plan = await session.api.get<PlanView>(paths.plan, { id: planId });
  sayPlan(output, plan);
  const applied = await step(session, { ...base, kind: 'apply' as const, planId }, output);
  const summary = await session.api.get<SummaryView>(paths.summary, { connection: name });
  const runs = [provisioned.run, planned.run, applied.run];
  // The plan's: apply reads a last few minutes again to see what has changed since.
  const pulled = (object: string) => planned.run.counts[`pulled.${object}`] ?? 0;
  const sum = (key: string) => runs.reduce((total, run) => total + (run.counts[key] ?? 0), 0);
  output.say(
    `Written: ${count(sum('written'))} records and ${count(sum('tasks'))} tasks; ` +
      `${count(sum('failed'))} failed; ${count(sum('apiCalls'))} API calls.`,
  );
  return {
    outcome: worst([provisioned, planned, applied].map(({ result }) => result.outcome)),
    shown: {
      pipeline: summary.pipeline,
      row: {
        connection: name,
        crm: view.crm,
        pulled: {
          opportunity: pulled('opportunity'),
          partner: pulled('partner'),
          registration: pulled('registration'),
          touch: pulled('touch'),
        },
        // The plan's: apply may look at a record again, which decides nothing more.
        decided: planned.run.counts['decided'] ?? 0,
        planned: plan.records,
        written: sum('written'),
        tasks: sum('tasks'),
        failed: sum('failed'),
        apiCalls: sum('apiCalls'),
        attribution: summary.attribution,
        stale: summary.stale,
      },
    },
  };
}

/** One job; red ends the demo with the run's own sentence. */
async function step(
  session: Session,
  job: Parameters<typeof runJob>[1],
  output: Output,
): Promise<JobOutcome> {
  const outcome = await runJob(session, job, output);
  if (outcome.result.outcome === 'red') {
    const said = outcome.result.failure?.message ?? outcome.run.message ?? 'no reason was given';
    throw new CommandError(`${job.connection}: ${job.kind} failed. ${said}`);
  }
  return outcome;
}

async function examplesOf(session: Session, connection: string): Promise<ExampleView[]> {
  return session.api.get<ExampleView[]>(paths.examples, { connection, limit: 3 });
}

function sayEnd(output: Output, stack: Stack, connections: Shown[], examples: ExampleView[]): void {
  for (const { row, pipeline } of connections) {
    output.say(`\nOpportunities on ${row.connection}`);
    sayPipeline(output, pipeline);
    output.say(`\nAttribution on ${row.connection}`);
    output.table(
      ['Type', 'Opportunities'],
      [
        ...Object.entries(row.attribution).map(([type, n]) => [type, count(n)]),
        ['(stale stage)', count(row.stale)],
      ],
    );
  }
  output.say(`\n${counted(examples.length, 'example')}, explained`);
  for (const example of examples) {
    const amount = example.amount === null ? '' : ` (${example.amount})`;
    output.say(`- ${example.name}${amount}: ${example.sentence}`);
    if (example.counterfactual !== null) {
      output.say(`  ${example.counterfactual}`);
    }
    output.say(`  ${example.url}`);
    output.say(`  why: ${example.pageUrl}`);
  }
  output.say('\nLook around');
  output.table(
    ['What', 'Where'],
    [
      ['Temporal UI', stack.temporal.uiUrl],
      ['CRM record pages', stack.sandbox ?? '-'],
    ],
  );
}

function sayPipeline(output: Output, pipeline: PipelineView): void {
  output.table(
    ['State', 'Opportunities', 'Amount'],
    (['won', 'lost', 'open'] as const).map((state) => [
      state,
      count(pipeline[state].opportunities),
      amountsOf(pipeline[state].amounts),
    ]),
  );
  const blank = [
    [pipeline.withoutAccount, 'account'],
    [pipeline.withoutAmount, 'amount'],
    [pipeline.withoutCloseDate, 'close date'],
  ] as const;
  const said = blank.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} have no ${what}`);
  if (said.length > 0) {
    output.say(`Left blank, as the CRM has them: ${said.join(', ')}.`);
  }
}

/** Sums of different currencies are not added up: the first is shown, the others are counted. */
function amountsOf([first = '-', ...others]: string[]): string {
  return others.length === 0
    ? first
    : `${first} and ${counted(others.length, 'other currency', 'other currencies')}`;
}

function worst(outcomes: Outcome[]): Outcome {
  if (outcomes.includes('red')) {
    return 'red';
  }
  return outcomes.includes('amber') ? 'amber' : 'green';
}

function exitCode(outcome: Outcome): number {
  return { green: exitCodes.done, amber: exitCodes.amber, red: exitCodes.failed }[outcome];
}
