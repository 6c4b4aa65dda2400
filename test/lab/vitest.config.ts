/** Tests on real hosts: one file at a time, as root. `npx vitest run --config test/lab/vitest.config.ts [file]` */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/lab/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 30_000,
  },
});
