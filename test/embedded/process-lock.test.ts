/** The process lock: held by the living, taken over from the dead, never by two. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { acquireLock, isAlive, LockHeld, thisProcess } from '../../embedded/process-lock.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partner-sync-test-'));
  file = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a living holder keeps the lock', () => {
  const lock = acquireLock(file);

  expect(() => acquireLock(file)).toThrow(LockHeld);
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test('a dead holder loses the lock', () => {
  const { pid } = spawnSync('true');
  writeFileSync(file, JSON.stringify({ ...thisProcess(), pid }));

  acquireLock(file).release();

  expect(readdirSync(folder)).toEqual([]);
});

test("a process that was given a dead holder's pid is not the holder", () => {
  writeFileSync(file, JSON.stringify({ ...thisProcess(), started: 'another time' }));

  acquireLock(file).release();

  expect(readdirSync(folder)).toEqual([]);
});

test('a holder on another machine or in another container counts as alive', () => {
  const { pid } = spawnSync('true');
  const holder = { ...thisProcess(), pid, where: 'elsewhere' };
  writeFileSync(file, JSON.stringify(holder));

  expect(isAlive(holder)).toBe(true);
  expect(() => acquireLock(file)).toThrow(LockHeld);
});

test('a lock file that is not one of ours is replaced', () => {
  writeFileSync(file, 'half a hol');

  acquireLock(file).release();

  expect(existsSync(file)).toBe(false);
});

test('releasing does not take the lock from a later holder', () => {
  const lock = acquireLock(file);
  rmSync(file);
  writeFileSync(file, JSON.stringify({ ...thisProcess(), started: 'later' }));

  lock.release();

  expect(existsSync(file)).toBe(true);
});
