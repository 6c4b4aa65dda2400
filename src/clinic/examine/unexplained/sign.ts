/** What a chart shows as broken, whoever may explain it. */
import type { Subject, Shown } from '../verdict.js';

export type SignKind =
  | 'node'
  | 'readyz'
  | 'health'
  | 'listener'
  | 'lease'
  | 'unit'
  | 'process'
  | 'pod'
  | 'api-service'
  | 'service'
  | 'endpoint'
  | 'address'
  | 'start'
  | 'workload'
  | 'deletion'
  | 'file'
  | 'etcd'
  | 'connection'
  | 'refusal'
  | 'report';

/** One broken thing: never *healthy*, also where no case knows why. */
export interface Sign {
  readonly kind: SignKind;
  /** The host on which the thing is, or `cluster`. */
  readonly host: string;
  /** Other hosts that are as near to the cause: the other end of a connection. */
  readonly also?: readonly string[];
  readonly subject: Subject;
  readonly says: string;
  readonly shows: readonly Shown[];
  /** What a person would do next. */
  readonly next: string;
}
