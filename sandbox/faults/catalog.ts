/** Every fault there is, by name. */
import { changeFaults } from './changes.ts';
import { connectionFaults } from './connection.ts';
import type { FaultKind } from './kinds.ts';
import { portalChangeFaults } from './portal-changes.ts';
import { portalFaults } from './portal-faults.ts';
import { refusalFaults } from './refusals.ts';
import { rowFaults } from './rows.ts';

/** The faults by name; connection faults are of any vendor, `portal` ones HubSpot's. */
export const catalog: Record<string, FaultKind> = {
  ...connectionFaults,
  ...refusalFaults,
  ...rowFaults,
  ...changeFaults,
  ...portalFaults,
  ...portalChangeFaults,
};
