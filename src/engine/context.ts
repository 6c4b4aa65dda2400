/** Everything the engine is given: it makes nothing of this itself, so it runs against any hosts, kinds and clocks. */
import type { Transfer } from '../artifacts/index.js';
import type { Failure } from '../model/event.js';
import type { Reveal } from '../model/content.js';
import type { CertificateRequest, Kind, Resource, ResourceId } from '../model/resource.js';
import type { Connection } from '../transport/connection.js';

/** A kind as the engine sees it: which one belongs to which resource is known by name only. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where kinds of all wants stand in one table
export type AnyKind = Kind<string, any, any>;
export type KindTable = Readonly<{ [kind: string]: AnyKind }>;

export interface Issued {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}
export type Issue = (request: CertificateRequest) => Promise<Issued>;

/** The Kubernetes API, by whatever way it is reached. Rejects with WorldFailed where nobody answers. */
export interface Api {
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface Limits {
  /** Hosts worked on at the same time. */
  readonly connections: number;
  /** Hosts that fetch at the same time. */
  readonly uploads: number;
  /** Hosts on which something restarts at the same time. */
  readonly restarts: number;
  /** Seconds without a word from a script, after which it is given up. */
  readonly silence: number;
  /**
   * Seconds without a word of the control machine, after which a host takes back by itself what nobody confirmed: more
   * than anything takes that acts without a word, and so little that the old state serves again within three minutes.
   */
  readonly armed: number;
  /** Seconds for which an API is asked that was reached before a change, and is not after it. */
  readonly confirm: number;
}
export const defaultLimits: Limits = {
  connections: 64,
  uploads: 16,
  restarts: 8,
  silence: 900,
  armed: 90,
  confirm: 90,
};

/** One way to the API, from one host, by the control machine's own credential. */
export interface ApiWay {
  readonly name: string;
  /** Undefined: it lets in and answers. `refused`: it answered, and does not let in. */
  ask(): Promise<{ readonly says: string; readonly refused: boolean } | undefined>;
}

export interface Dirs {
  readonly home: string;
  readonly scratch: string;
}
export const hostDirs: Dirs = { home: '/var/lib/kubewizard', scratch: '/run/kubewizard' };

export interface ArtifactServer {
  readonly port: number;
  readonly token: string;
  /** As hosts see the control machine; absent: where their ssh connection came from. */
  readonly address?: string;
  /** A piece of a file, for hosts that cannot fetch; undefined: no file with that digest. */
  chunk(sha256: string, offset: number, length: number): Promise<Buffer | undefined>;
  /** Told of what is on its way to hosts; returns how to stop listening. Absent: nobody knows. */
  onProgress?(listener: (transfer: Transfer) => void): () => void;
}

export interface Context {
  /** `fresh` after a connection was cut: never the same one again. */
  readonly connections: (host: string, how?: { readonly fresh?: boolean }) => Promise<Connection>;
  readonly kinds: KindTable;
  readonly wanted: ReadonlyMap<ResourceId, Resource>;
  readonly reveal: Reveal;
  readonly issue: Issue;
  readonly api?: () => Promise<Api>;
  /** From a host, its own server and the endpoint; absent: nothing is asked after a change. */
  readonly apiWays?: (host: string) => Promise<readonly ApiWay[]>;
  readonly server?: ArtifactServer;
  readonly limits?: Partial<Limits>;
  /** Where Kubewizard's own things lie on a host; absent: `hostDirs`. */
  readonly dirs?: (host: string) => Dirs;
  readonly clock: () => Date;
  readonly run: { readonly id: string; readonly command: string; readonly owner: string };
  /** Resolves when every event so far is on the control machine's disk. */
  readonly sync?: () => Promise<void>;
  /** Aborted: no new step, the current actions end. */
  readonly signal?: AbortSignal;
}

export interface Outcome {
  readonly ok: boolean;
  /** Steps that acted and are proven, and those found converged. */
  readonly mended: number;
  readonly converged: number;
  readonly blocked: number;
  /** Never begun, because of an interruption. */
  readonly left: number;
  readonly failures: readonly Failure[];
  readonly interrupted: boolean;
  readonly exitCode: number;
}
