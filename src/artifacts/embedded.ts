/**
 * The files of program-files.ts, by their paths, where the program is one file: build.mjs puts them here. In a checkout
 * they are read from the disk.
 */
export const embedded = undefined as Readonly<Record<string, string>> | undefined;
