import type { Kind } from '../model/resource.js';
import { api } from './api.js';
import { artifact } from './artifact.js';
import { certificateKind } from './certificate.js';
import { directory } from './directory.js';
import { file } from './file.js';
import { image } from './image.js';
import { kubeconfigKind } from './kubeconfig.js';
import { object } from './object.js';
import { packages } from './packages.js';
import { ready } from './ready.js';
import { residue } from './residue.js';
import { service } from './service.js';
import { sysctl } from './sysctl.js';
import type { WantedKind } from './wants.js';

/** A kind whose want is not known to the caller, who only hands it on. */
export type AnyKind = Kind<string, unknown, unknown>;

/** Every kind of thing that can be wanted, in one flat table. `now`: the desk's clock, for certificates that run out. */
export const kindsAt = (now: () => Date) =>
  ({
    api,
    artifact,
    certificate: certificateKind(now),
    directory,
    file,
    image,
    kubeconfig: kubeconfigKind(now),
    object,
    packages,
    ready,
    residue,
    service,
    sysctl,
  }) as const satisfies Readonly<Record<WantedKind, AnyKind>>;
