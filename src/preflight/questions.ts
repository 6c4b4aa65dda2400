/** Everything that preflight asks a host, in one round trip; judged by `judgePreflight`. */
import type { Fact } from '../model/fact.js';
import { clock } from '../facts/host/clock.js';
import { containers, type ContainerFacts } from '../facts/host/containers.js';
import { holder, type HolderFacts } from '../facts/host/holder.js';
import { identity, type IdentityFacts } from '../facts/host/identity.js';
import { kernel, type KernelFacts } from '../facts/host/kernel.js';
import { leftovers, type LeftoverFacts } from '../facts/host/leftovers.js';
import { ports, type Listener } from '../facts/host/ports.js';
import { reach, type Reach, type Target } from '../facts/host/reach.js';
import { size, type SizeFacts } from '../facts/host/size.js';
import { sync } from '../facts/host/sync.js';
import { sysctls, type SysctlFacts } from '../facts/host/sysctls.js';
import { system, type SystemFacts } from '../facts/host/system.js';
import { together } from '../facts/together.js';

/** Each part is missing where the host's answer made no sense: unknown, which is never fine. */
export interface PreflightFacts {
  readonly system?: SystemFacts;
  readonly size?: SizeFacts;
  readonly kernel?: KernelFacts;
  readonly sysctls?: SysctlFacts;
  readonly ports?: readonly Listener[];
  readonly identity?: IdentityFacts;
  readonly leftovers?: LeftoverFacts;
  readonly containers?: ContainerFacts;
  readonly reach?: readonly Reach[];
  /** Who has the virtual address; only asked of load balancers. */
  readonly holder?: HolderFacts;
  /** Milliseconds of a synchronous write; only asked of etcd's hosts. */
  readonly syncMs?: number;
  /** Seconds since 1970. */
  readonly clock?: number;
}

export interface PreflightQuestions {
  /** What the host must reach. */
  readonly targets: readonly Target[];
  /** Whether its disk shall be tried. */
  readonly etcd: boolean;
  /** The address that it may have to carry. */
  readonly virtualAddress?: string | undefined;
}

/** About 0.3 s; as much again with a virtual address, 2 s more where a target is silent. */
export const preflight = ({ targets, etcd, virtualAddress }: PreflightQuestions): Fact<PreflightFacts> =>
  together<PreflightFacts>('preflight', {
    system,
    size,
    kernel,
    sysctls,
    ports,
    identity,
    leftovers,
    containers,
    reach: reach(targets),
    ...(virtualAddress === undefined ? {} : { holder: holder(virtualAddress) }),
    ...(etcd ? { syncMs: sync } : {}),
    // Last: close to the moment at which the answer arrives.
    clock,
  });
