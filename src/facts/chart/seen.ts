import type { Certificate } from '../../pki/certificate.js';
import type { Kubeconfig } from '../../pki/kubeconfig.js';

export interface FileSeen {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  /** ISO 8601. */
  readonly changedAt: string;
  readonly sha256: string;
  /** Redacted; absent: binary, too large, or secret as a whole. */
  readonly text?: string;
  /** Not all of it came: then there is no text either. */
  readonly cut?: true;
}

/** A file that should hold certificates, and how reading it went. */
export interface CertificateSeen {
  readonly path: string;
  readonly changedAt: string;
  /** In the order of the file. */
  readonly certificates: readonly Certificate[];
  readonly problems: readonly string[];
}

/** A private or public key file: only its public half is ever known. */
export interface KeySeen {
  readonly path: string;
  readonly mode: string;
  readonly changedAt: string;
  readonly spkiSha256?: string;
  readonly problem?: string;
}

export interface KubeconfigSeen {
  readonly path: string;
  readonly mode: string;
  readonly changedAt: string;
  readonly value?: Kubeconfig;
  readonly problems: readonly string[];
  readonly ca: readonly Certificate[];
  /** The client certificate, embedded or from the file it names. */
  readonly client: readonly Certificate[];
  /** Whether its key belongs to that certificate; undefined: could not be seen. */
  readonly keyMatches?: boolean;
}

/** What a port serves, in a handshake that verifies nothing. */
export interface ServedSeen {
  readonly address: string;
  readonly port: number;
  readonly chain: readonly Certificate[];
  /** `connection refused`, `alert 80 internal error`, `no TLS`. */
  readonly problem?: string;
}
