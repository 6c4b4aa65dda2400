/**
 * A host that carries a plan's actions out on a state instead of a disk: precise in files, units and what units read;
 * of the other kinds it remembers the want that was last made so, which their own `ideal` turns into what would be
 * seen. It runs no script, so it proves the plans and not the shell; test/resources proves that.
 */
import type { Resource } from '../../src/model/resource.js';

export interface FileHere {
  readonly sha256: string;
  readonly mode: number;
  readonly owner: string;
  readonly text: string;
}
export interface UnitHere {
  readonly active: boolean;
  readonly enabled: boolean;
  /** What it read at its start: path and stamp. */
  readonly started: ReadonlyMap<string, number>;
}
export interface Machine {
  readonly id: string;
  reachable: boolean;
  readonly files: Map<string, FileHere>;
  readonly units: Map<string, UnitHere>;
  readonly packages: Set<string>;
  /** `kind/key` → the want that was last made so. */
  readonly made: Map<string, Resource['want']>;
  /** Path → the number of its last change. */
  readonly stamps: Map<string, number>;
}

export const machine = (id: string): Machine => ({
  id,
  reachable: true,
  files: new Map(),
  units: new Map(),
  packages: new Set(),
  made: new Map(),
  stamps: new Map(),
});

export const runs = (one: Machine, unit: string): boolean => one.units.get(unit)?.active === true;
export const textOf = (one: Machine, path: string): string => one.files.get(path)?.text ?? '';
