/**
 * The learning rate of an epoch (counted from 0) as a share of the base rate. A pure function of what has happened,
 * so that a resumed training needs nothing but the history: `validationLosses` holds one value for each epoch done.
 */
export type Schedule = (epoch: number, validationLosses: readonly number[]) => number;
