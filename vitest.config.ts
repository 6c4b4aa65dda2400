import { defineConfig } from 'vitest/config';

/** In CI what fails is run once more and says so, as lab scenarios do: a red run lands nothing of a whole session. */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/lab/**', 'node_modules/**'],
    testTimeout: 30_000,
    retry,
    setupFiles: ['test/retried.ts'],
  },
});
