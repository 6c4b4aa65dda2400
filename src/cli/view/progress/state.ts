/** What a person wants to know of a run while it lasts. Times are milliseconds since 1970. */
import type { Event, Failure } from '../../../model/event.js';
import type { ResourceId } from '../../../model/resource.js';

export interface Active {
  readonly step: ResourceId;
  readonly says: string;
  readonly since: number;
  /** What it waits for. */
  readonly waits?: string;
  /** Seconds that it is going to take. */
  readonly expected?: number;
}

export interface HostProgress {
  readonly name: string;
  readonly link: 'none' | 'connecting' | 'ready' | 'lost';
  readonly active: readonly Active[];
  readonly done: number;
  readonly blocked: number;
  readonly failures: readonly Failure[];
  /** All its steps, where the run said so. */
  readonly of?: number;
  readonly upload?: { readonly name: string; readonly bytes: number; readonly of: number };
}

export interface Progress {
  readonly run?: {
    readonly id: string;
    readonly cluster: string;
    readonly command: string;
    readonly steps: number;
    readonly since: number;
  };
  /** In the order in which they appeared. */
  readonly hosts: ReadonlyMap<string, HostProgress>;
  readonly mended: number;
  readonly converged: number;
  readonly failed: number;
  readonly blocked: number;
  readonly proofs: readonly Extract<Event, { type: 'proof' }>[];
  /** The last few. */
  readonly notes: readonly Extract<Event, { type: 'note' }>[];
  readonly conformance?: Extract<Event, { type: 'conformance-ended' }>;
  readonly ended?: Extract<Event, { type: 'run-ended' }>;
}

export const nothingYet: Progress = {
  hosts: new Map(),
  mended: 0,
  converged: 0,
  failed: 0,
  blocked: 0,
  proofs: [],
  notes: [],
};

export const newHost = (name: string): HostProgress => ({
  name,
  link: 'none',
  active: [],
  done: 0,
  blocked: 0,
  failures: [],
});
