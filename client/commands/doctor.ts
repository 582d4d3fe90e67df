/** doctor: each part of the installation, whether it answers, and what to do where it does not. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { versions } from 'node:process';
import {
  connectToTemporal,
  searchAttributes,
  temporalConnectionOptions,
} from '../../embedded/namespace.ts';
import type { Env } from '../../env.ts';
import { type ConnectionView, type HealthView, paths } from '../../server/contract.ts';
import { createApi } from '../api.ts';
import { exitCodes, type Output } from '../output.ts';
import { type Whereabouts, whereabouts } from '../session.ts';

interface Check {
  part: string;
  ok: boolean;
  found: string;
  remedy: string | null;
}

/** Node's own requirement of the libraries (crm-apis.md section 4). */
const nodeMajorMin = 24;
/** A CRM's clock further off than this would move windows and deadlines. */
const clockOffsetMaxMs = 60_000;

/** Checks everything it can reach. Exit code 1 when a part fails. */
export async function doctorCommand(env: Env, output: Output): Promise<number> {
  const checks: Check[] = [checkNode(), ...checkPrivacy(env.PARTNER_SYNC_HOME)];
  const at = findStack(env, checks);
  if (at !== null) {
    checks.push(...(await checkTemporal(env, at)));
    checks.push(...(await checkServer(at)));
  }
  output.table(
    ['', 'Part', 'Found', 'What to do'],
    checks.map((check) => [check.ok ? 'ok' : 'NO', check.part, check.found, check.remedy ?? '']),
  );
  output.result({ checks });
  return checks.every((check) => check.ok) ? exitCodes.done : exitCodes.failed;
}

function checkNode(): Check {
  const ok = Number(versions.node.split('.')[0]) >= nodeMajorMin;
  return {
    part: 'Node',
    ok,
    found: versions.node,
    remedy: ok ? null : 'Run through the npm scripts: they bring Node 24 along.',
  };
}

/** The home folder holds CRM data and the token: nobody else on this machine may look into it. */
function checkPrivacy(home: string): Check[] {
  const folder = resolve(home);
  const open = [folder, join(folder, 'token')].filter((path) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & othersMask) !== 0;
  });
  if (!existsSync(folder)) {
    return [];
  }
  const found = open.length === 0 ? 'for its owner only' : `open to others: ${open.join(', ')}`;
  const remedy = open.length === 0 ? null : `chmod go-rwx ${open.join(' ')}`;
  return [{ part: 'Home folder', ok: open.length === 0, found, remedy }];
}

/** The permission bits of the group and of everybody else. */
const othersMask = 0o077;

function findStack(env: Env, checks: Check[]): Whereabouts | null {
  try {
    const at = whereabouts(env);
    checks.push({ part: 'Stack', ok: true, found: at.serverUrl, remedy: null });
    return at;
  } catch (error) {
    const remedy = error instanceof Error ? error.message : String(error);
    checks.push({ part: 'Stack', ok: false, found: 'not running', remedy });
    return null;
  }
}

async function checkTemporal(env: Env, at: Whereabouts): Promise<Check[]> {
  try {
    const connection = await connectToTemporal(temporalConnectionOptions(env, at.temporalAddress));
    try {
      const answer = await connection.operatorService.listSearchAttributes({
        namespace: env.TEMPORAL_NAMESPACE,
      });
      const missing = Object.keys(searchAttributes).filter(
        (name) => !(name in (answer.customAttributes ?? {})),
      );
      return [
        { part: 'Temporal', ok: true, found: at.temporalAddress, remedy: null },
        searchAttributeCheck(env, missing),
      ];
    } finally {
      await connection.close();
    }
  } catch {
    const remedy = 'Start it, or correct TEMPORAL_ADDRESS.';
    return [{ part: 'Temporal', ok: false, found: `${at.temporalAddress} is silent`, remedy }];
  }
}

function searchAttributeCheck(env: Env, missing: string[]): Check {
  const types: Record<string, string> = searchAttributes;
  const commands = missing.map((name) => `--name ${name} --type ${types[name]}`).join(' ');
  return {
    part: 'Search attributes',
    ok: missing.length === 0,
    found: missing.length === 0 ? 'registered' : `missing: ${missing.join(', ')}`,
    remedy:
      missing.length === 0
        ? null
        : `temporal operator search-attribute create --namespace ${env.TEMPORAL_NAMESPACE} ${commands}`,
  };
}

async function checkServer(at: Whereabouts): Promise<Check[]> {
  const api = createApi(at.serverUrl, at.token);
  try {
    const health = await api.get<HealthView>(paths.health);
    const store: Check = {
      part: 'Store',
      ok: health.store.ok,
      found: `${health.store.kind}, schema ${health.store.schemaVersion}, ${Math.round(health.store.latencyMs)} ms`,
      remedy: health.store.ok ? null : 'Look at the worker log.',
    };
    const rows = await api.get<ConnectionView[]>(paths.connections);
    return [store, ...rows.flatMap(connectionChecks)];
  } catch (error) {
    const remedy = error instanceof Error ? error.message : String(error);
    return [{ part: 'Server', ok: false, found: at.serverUrl, remedy }];
  }
}

function connectionChecks(row: ConnectionView): Check[] {
  const offset = Math.abs(row.clockOffsetMs);
  return [
    {
      part: `Connection ${row.name}`,
      ok: !row.paused,
      found: row.paused ? 'paused' : (row.activeVersion ?? 'no active version'),
      remedy: row.pauseReason ?? (row.activeVersion === null ? 'Run plan, then apply.' : null),
    },
    {
      part: `Clock of ${row.name}`,
      ok: offset <= clockOffsetMaxMs,
      found: `${Math.round(row.clockOffsetMs / 1000)} s from ours`,
      remedy: offset <= clockOffsetMaxMs ? null : 'Set the clock of this machine (NTP).',
    },
  ];
}
