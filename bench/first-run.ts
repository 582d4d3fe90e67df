/** The first day of a company with ten years behind it: what a first plan would touch, and waits. */
import { type PlanRowsPage, type PlanView, paths } from '../server/contract.ts';
import type { CompanySize } from './company.ts';
import { isOpen, opportunityId } from './company.ts';
import { withCrms } from './cycle.ts';
import { startEngine } from './engine.ts';

/** What the first plan holds. */
export interface FirstRun {
  opportunities: number;
  seconds: number;
  /** 'open': nothing is written before somebody applies it. */
  state: string;
  records: number;
  /** Opportunities in it that closed before activation: `write.scope` leaves them alone. */
  outsideScope: number;
  tasks: number;
  /** Tasks of the owner with the most of them, summaries not counted; the policy allows 5. */
  mostTasksAnOwner: number;
  /** Changes of the CRM's records meanwhile. */
  written: number;
}

const opportunities = 100_000;
const years = 10;
const rowsAtOnce = 1_000;

/** Plans a company of 100,000 opportunities over ten years and looks at every row of the plan. */
export async function measureFirstRun(profileDir: string | null): Promise<FirstRun> {
  const size: CompanySize = { opportunities, years, at: new Date().toISOString() };
  return withCrms(1, size, async (crms) => {
    const [crm] = crms;
    await crm!.loadOpportunities(size);
    await crm!.resetCalls();
    const began = performance.now();
    const engine = await startEngine({
      crms,
      workers: 1,
      store: 'pglite',
      every: '1 day',
      profileDir,
      planOnly: true,
    });
    try {
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      const { api } = engine.session;
      const plan = await api.get<PlanView>(paths.plan, { id: engine.connections[0]! });
      const { outsideScope, tasksOf } = await lookAt(plan.id, size, (query) =>
        api.get<PlanRowsPage>(paths.planRows, query),
      );
      return {
        opportunities,
        seconds,
        state: plan.state,
        records: plan.records,
        outsideScope,
        tasks: plan.tasks,
        mostTasksAnOwner: Math.max(0, ...tasksOf.values()),
        written: await crm!.changes(),
      };
    } finally {
      await engine.stop();
    }
  });
}

type ReadRows = (query: Record<string, string | number>) => Promise<PlanRowsPage>;

async function lookAt(id: string, size: CompanySize, read: ReadRows) {
  const closed = new Set<string>();
  for (let n = 0; n < size.opportunities; n += 1) {
    if (!isOpen(n)) closed.add(opportunityId(n));
  }
  const outside = new Set<string>();
  const tasksOf = new Map<string, number>();
  const subjects = new Map<string, string>();
  const owners = new Map<string, string>();
  for (let after: string | null = ''; after !== null; ) {
    const page: PlanRowsPage = await read({ id, limit: rowsAtOnce, ...(after ? { after } : {}) });
    for (const row of page.rows) {
      if (row.object === 'opportunity' && closed.has(row.recordId)) outside.add(row.recordId);
      if (row.object === 'task' && row.field === 'owner') owners.set(row.recordId, String(row.new));
      if (row.object === 'task' && row.field === 'subject') {
        subjects.set(row.recordId, String(row.new));
      }
    }
    after = page.next;
  }
  for (const [task, owner] of owners) {
    // A summary stands for all beyond the cap: "23 stale opportunities, oldest ...".
    const isSummary = /^\d/.test(subjects.get(task) ?? '');
    if (!isSummary) tasksOf.set(owner, (tasksOf.get(owner) ?? 0) + 1);
  }
  return { outsideScope: outside.size, tasksOf };
}
