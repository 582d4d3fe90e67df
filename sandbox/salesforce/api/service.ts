/** The API's front page: versions, resources and limits. */
import type { Hono } from 'hono';
import { type Api, base, versionMax, versionMin } from './call.ts';
import { origin } from './identity.ts';

const seasons = ['Spring', 'Summer', 'Winter'];

/** `Winter '27` for 68: three releases a year. */
function releaseName(version: number): string {
  const steps = version - versionMax;
  const season = seasons[(((steps + 2) % 3) + 3) % 3]!;
  const year = 27 + Math.floor((steps + 2) / 3);
  // A Winter release is named after the year it begins before.
  return `${season} '${season === 'Winter' ? year : year - 1}`;
}

/** GET /services/data needs no token. */
export function mountVersions(app: Hono): void {
  app.get('/services/data', (c) => {
    const count = versionMax - versionMin + 1;
    const versions = Array.from({ length: count }, (_, i) => versionMin + i);
    return c.json(
      versions.map((version) => ({
        label: releaseName(version),
        url: `/services/data/v${version}.0`,
        version: `${version}.0`,
      })),
    );
  });
}

/** Mounts the resource list and limits. */
export function mountService(api: Api): void {
  api.get('/services/data/:version', (c) => {
    const names = [
      'composite',
      'jobs',
      'limits',
      'parameterizedSearch',
      'query',
      'queryAll',
      'search',
      'sobjects',
      'tooling',
    ];
    const identity = `${origin(c)}/id/${c.get('org').id}/${c.get('actor').userId}`;
    const resources = names.map((name) => [name, `${base(c)}/${name}`]);
    return c.json({ ...Object.fromEntries(resources), identity });
  });
  // Salesforce's numbers are approximate; these are right.
  api.get('/services/data/:version/limits/recordCount', (c) => {
    const asked = (c.req.query('sObjects') ?? '').toLowerCase().split(',').filter(Boolean);
    const org = c.get('org');
    const named = [...org.objects.values()].filter(
      ({ name }) => asked.length === 0 || asked.includes(name.toLowerCase()),
    );
    const sObjects = named.map((object) => ({
      count: org.table(object).liveCount,
      name: object.name,
    }));
    return c.json({ sObjects });
  });
  api.get('/services/data/:version/limits', (c) => {
    const { used, max } = c.get('org').dailyCalls;
    const untouched = (Max: number) => ({ Max, Remaining: Max });
    return c.json({
      DailyApiRequests: { Max: max, Remaining: Math.max(0, max - used) },
      DailyBulkApiBatches: untouched(15_000),
      DailyBulkV2QueryJobs: untouched(10_000),
      DailyBulkV2QueryFileStorageMB: untouched(976_562),
      DataStorageMB: untouched(1024),
      FileStorageMB: untouched(1024),
    });
  });
}
