/**
 * What a story is given by whoever has it told: a terminal, a server, a test. No story reads the environment,
 * asks a person or draws anything by itself.
 */
import type { ArtifactSet } from '../model/artifact.js';
import type { ClusterSpec, Host } from '../model/cluster.js';
import type { Input } from '../blueprint/input.js';
import type { KindTable } from '../engine/context.js';
import type { Event } from '../model/event.js';
import type { Resource, Risk } from '../model/resource.js';
import type { Connection } from '../transport/connection.js';
import type { NewHostKey } from '../transport/needs-answer.js';

export interface Ports {
  /** Every word of the story, numbered from 1. */
  readonly emit: (event: Event) => void;
  /** Asks a person; absent: nobody can be asked, and what needs consent is refused. */
  readonly consent?: (request: ConsentRequest) => Promise<ConsentAnswer>;
  /** Whether host keys that nobody knows are trusted, all or none; absent: such hosts are refused. */
  readonly trustHostKeys?: (keys: readonly NewHostKey[]) => Promise<boolean>;
  /** The password of a user for sudo on these hosts; undefined: cancelled. Absent: nobody can be asked. */
  readonly sudoPassword?: (question: SudoQuestion) => Promise<string | undefined>;
  readonly clock: () => Date;
  /** Aborted: the current actions end, no new one begins. */
  readonly signal?: AbortSignal;
  readonly connect: (host: Host, way: SshWay) => Promise<Connection>;
  readonly artifacts: Artifacts;
  readonly folders: Folders;
  /** What clusters are made of; absent: what Kubewizard builds. */
  readonly craft?: Craft;
}

export interface Craft {
  readonly kinds: KindTable;
  readonly wanted: (input: Input) => readonly Resource[];
}

export interface SudoQuestion {
  readonly user: string;
  readonly hosts: readonly string[];
  /** They were given another one, and refused it. */
  readonly refused: boolean;
}

/** `phrase`: these letters must be typed; absent: yes or no. */
export interface ConsentRequest {
  readonly risk: Risk;
  readonly says: string;
  readonly phrase?: string;
}
/** Yes or no; for a phrase what was typed. undefined: cancelled. */
export type ConsentAnswer = boolean | string | undefined;

export interface SshWay {
  /** Its known_hosts is read: a lab's keys are there. */
  readonly directory: string;
  /** `HOST SHA256:…`: unknown keys that a person has accepted. */
  readonly accepted?: ReadonlySet<string>;
  /** In memory alone. */
  readonly sudoPassword?: string;
}

export interface Artifacts {
  /** Builds or downloads what is not at hand. */
  resolve(spec: ClusterSpec, progress: (says: string, done?: number, of?: number) => void): Promise<ArtifactSet>;
  /** The set where the cache holds all of it: who only examines builds and downloads nothing. */
  atHand(spec: ClusterSpec): Promise<ArtifactSet | undefined>;
}

export interface Folders {
  /** Where what belongs to no cluster file is remembered: `~/.kubewizard`. */
  readonly home: string;
  /** In whose `.kubewizard` a cluster without a file is remembered. */
  readonly working: string;
}
