import { afterAll, beforeAll, expect, it } from 'vitest';
import { labDown, powerOff } from '../../lab/lab.js';
import type { LabMachine } from '../../lab/servers.js';
import { vmProfile } from '../../lab/vm/profiles.js';
import { compareMachine } from '../machines/compareMachine.js';
import { machineOf, migrateMachine } from '../machines/runProfile.js';
import { closeLab } from './closeLab.js';
import { Fleetlift } from './fleetlift.js';

let fleetlift: Fleetlift;
let machine: LabMachine;

beforeAll(async () => {
  await labDown();
  machine = await machineOf(1, vmProfile('lvm'));
  fleetlift = await Fleetlift.inNewFolder();
});

afterAll(() => closeLab(fleetlift));

it('a machine whose root, /var and swap are volumes arrives as plain partitions, boots, and differs in nothing', async () => {
  const server = await migrateMachine(fleetlift, machine, 'machine', { boot: ['bios'] });
  expect(server).toMatchObject({
    status: 'Finished',
    error: null,
    // The last pass, and what it is compared with, are read from snapshots of the volumes.
    sync: { passes: 2 },
    verify: { checksum: { differences: 0 }, boot: [{ firmware: 'bios', booted: true }] },
  });
  await powerOff(machine.name);
  const { files, unexplained } = await compareMachine(fleetlift.stateDir, machine, server);
  expect(unexplained).toEqual([]);
  expect(files).toBeGreaterThan(10_000);
});
