import type { Kind, Traits } from '../model/resource.js';
import { api } from './api.js';
import { artifact } from './artifact.js';
import { certificateKind } from './certificate.js';
import { cleanup } from './cleanup.js';
import { command } from './command.js';
import { directory } from './directory.js';
import { drained } from './drained.js';
import { file } from './file.js';
import { firewallRules } from './firewall-rules.js';
import { image } from './image.js';
import { kubeconfigKind } from './kubeconfig.js';
import { object } from './object.js';
import { packages } from './packages.js';
import { ready } from './ready.js';
import { service } from './service.js';
import { staticPod } from './static-pod.js';
import { sysctl } from './sysctl.js';
import { uncordoned } from './uncordoned.js';
import type { WantedKind } from './wants.js';

/** A kind whose want is not known to the caller, who only hands it on. */
export type AnyKind = Kind<string, unknown, unknown>;

/**
 * Every kind of thing that can be wanted, in one flat table. `now`: the control machine's clock, for certificates that
 * run out.
 */
export const kindsAt = (now: () => Date) =>
  ({
    api,
    artifact,
    certificate: certificateKind(now),
    cleanup,
    command,
    directory,
    drained,
    file,
    firewallRules,
    image,
    kubeconfig: kubeconfigKind(now),
    object,
    packages,
    ready,
    service,
    staticPod,
    sysctl,
    uncordoned,
  }) as const satisfies Readonly<Record<WantedKind, AnyKind>>;

const known: Readonly<Record<string, AnyKind>> = kindsAt(() => new Date(0));

/** Of a kind that nobody knows: none. */
export const traitsOf = (kind: string): Traits => known[kind] ?? {};
