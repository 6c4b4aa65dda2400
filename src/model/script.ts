declare const made: unique symbol;

/**
 * POSIX sh that the template `sh` of src/shell made, and nobody else. At run time a string; no string is one by itself.
 */
export type Script = string & { readonly [made]: 'script' };
