/** Everything that preflight asks a host, in one round trip; judged by `judgePreflight`. */
import { type Fact, Unreadable } from '../model/fact.js';
import { clock } from '../facts/host/clock.js';
import { containers, type ContainerFacts } from '../facts/host/containers.js';
import { holder, type HolderFacts } from '../facts/host/holder.js';
import { identity, type IdentityFacts } from '../facts/host/identity.js';
import { kernel, type KernelFacts } from '../facts/host/kernel.js';
import { leftovers, type LeftoverFacts } from '../facts/host/leftovers.js';
import type { Part } from '../facts/host/part.js';
import { ports, type Listener } from '../facts/host/ports.js';
import { reach, type Reach, type Target } from '../facts/host/reach.js';
import { size, type SizeFacts } from '../facts/host/size.js';
import { sync } from '../facts/host/sync.js';
import { sysctls, type SysctlFacts } from '../facts/host/sysctls.js';
import { system, type SystemFacts } from '../facts/host/system.js';
import { raw, scripts, sh } from '../shell/sh.js';

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
  /** Seconds since 1970, asked last: close to the moment at which the answer arrives. */
  readonly clock?: number;
}

export interface Asked {
  /** What the host must reach. */
  readonly targets: readonly Target[];
  /** Whether its disk shall be tried. */
  readonly etcd: boolean;
  /** The address that it may have to carry. */
  readonly virtualAddress?: string | undefined;
}

/** About 0.3 s; as much again with a virtual address, 2 s more where a target is silent. */
export function preflight({ targets, etcd, virtualAddress }: Asked): Fact<PreflightFacts> {
  const parts: readonly [keyof PreflightFacts, Part<unknown>][] = [
    ['system', system],
    ['size', size],
    ['kernel', kernel],
    ['sysctls', sysctls],
    ['ports', ports],
    ['identity', identity],
    ['leftovers', leftovers],
    ['containers', containers],
    ['reach', reach(targets)],
    ...(virtualAddress === undefined
      ? []
      : [['holder', holder(virtualAddress)] as const satisfies [keyof PreflightFacts, Part<unknown>]]),
    ...(etcd ? [['syncMs', sync] as const satisfies [keyof PreflightFacts, Part<unknown>]] : []),
    ['clock', clock],
  ];
  return {
    id: 'preflight',
    question: {
      ask: 'host',
      script: scripts(parts.map(([name, part]) => sh`echo ${`==kw ${name}`}\n( ${raw(part.script)}\n)`)),
    },
    parse: output => read(parts, output),
  };
}

function read(parts: readonly [keyof PreflightFacts, Part<unknown>][], output: string): PreflightFacts {
  const texts = new Map(
    output
      .split(/^==kw /m)
      .slice(1)
      .map(text => {
        const cut = text.indexOf('\n');
        return [text.slice(0, cut), text.slice(cut + 1)] as const;
      }),
  );
  if (texts.size === 0) throw new Unreadable('preflight', output, 'none of the questions was answered');
  return Object.fromEntries(
    parts.flatMap(([name, part]) => {
      const text = texts.get(name);
      const value = text === undefined ? undefined : part.parse(text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
