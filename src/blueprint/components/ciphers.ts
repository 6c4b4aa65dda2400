/**
 * For TLS 1.2 (the suites of 1.3 cannot be chosen, and are all good): forward secrecy and authenticated encryption,
 * by the names that every minor knows. Both kinds of keys are there, since the owner's CA decides.
 */
export const ciphers: readonly string[] = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
];
