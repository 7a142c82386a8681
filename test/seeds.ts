/** For `it.each`: a fixed seed, and one that is new with every run and told by the name of the test. */
export const seeds: readonly number[] = [20261122, Math.floor(Math.random() * 2 ** 31)];
